"""Each rule finds its planted violation, and nothing else; a clean module has no findings."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from authoring.planted import EXAM, EXAMINATION, PLANTED
from practicum.authoring.linting import LintReport, lint
from practicum.authoring.loading import load_catalogue
from practicum.authoring.quality import EXAM_ITEMS, MODULE_ITEMS, quality_of
from practicum.authoring.rules import RULES
from practicum.authoring.rules.prose import empty_headings, same_words
from practicum.authoring.rules.rule import Rule, declare

ROOT = Path(__file__).parents[2]
OURS, FIXTURE = ROOT / "courses", Path(__file__).parent / "fixture"
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what was found is kept between tests: our own modules are judged once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be spoilt."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def judged(courses: Path, home: Path, today: dt.date = TODAY) -> LintReport:
    """What the linter says of all courses in a folder that lies beside ours."""
    return lint([str(courses)], folders=[OURS, courses], today=today, home=home, here=courses)


def told(report: LintReport) -> list[str]:
    """All findings, in words."""
    return [f"{each.rule}: {each}" for each in report.remarks]


def test_a_clean_course_has_no_findings(courses: Path, home: Path) -> None:
    """Of focus blocks or of timed parts, with a lab and an exam; and an exam by itself."""
    report = judged(courses, home)
    assert told(report) == []
    assert [(each.id, each.minutes) for each in report.modules] == [
        ("counter/first-counter", 120),
        ("queues/waiting", 165),
        ("exam:counter-keeper", 25),
    ]


def test_a_long_examination_can_be_clean(courses: Path, home: Path) -> None:
    """The form of the catalogue can be kept."""
    (courses / EXAM).write_text(EXAMINATION)
    assert told(judged(courses, home)) == []


def test_every_rule_of_the_linter_has_a_planted_violation() -> None:
    """Who adds a rule plants what breaks it."""
    assert set(PLANTED) == {each.id for each in RULES.values() if each.judge == "lint"}


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_violation_is_found_and_nothing_else(
    rule: str, courses: Path, home: Path
) -> None:
    """In its line, with what is wrong and what to do."""
    planted = PLANTED[rule]
    planted.plant(courses)
    (found,) = judged(courses, home).remarks or [None]
    assert found is not None
    assert (found.rule, found.severity) == (rule, RULES[rule].severity_on(TODAY))
    assert found.file == planted.file
    assert found.message
    assert found.remedy
    lines = (courses / found.file).read_text().splitlines()
    if planted.line:
        assert planted.line in lines[(found.line or 0) - 1], found
    else:
        assert found.line is None


def test_all_violations_of_two_modules_are_told_at_once(courses: Path, home: Path) -> None:
    """The first does not hide the others."""
    together = ("authors", "computed", "cross-law", "pitfalls", "spacing", "timed-parts", "todo")
    for each in together:
        PLANTED[each].plant(courses)
    assert {each.rule for each in judged(courses, home).remarks} == set(together)


def test_a_rule_that_was_added_later_is_advice_until_its_day() -> None:
    """From that day on it is an error."""
    day = dt.date(2027, 3, 1)
    rule = Rule(id="later", demands="d", why="w", remedy="r", error_from=day)
    assert rule.severity_on(day - dt.timedelta(days=1)) == "advice"
    assert rule.severity_on(day) == "error"


def test_no_two_rules_have_one_id() -> None:
    """The second is refused when it is declared."""
    with pytest.raises(ValueError, match="twice"):
        declare(RULES["cases"])


def test_what_depends_on_the_day_is_judged_on_each_day(courses: Path, home: Path) -> None:
    """Although everything else of the module comes from memory."""
    assert told(judged(courses, home)) == []
    later = judged(courses, home, TODAY + dt.timedelta(days=800))
    assert {each.rule for each in later.remarks} == {"source-age", "updated"}
    sooner = judged(courses, home, dt.date(2026, 1, 1))
    assert {each.rule for each in sooner.remarks} == {"source-age", "updated"}
    assert all("still to come" in each.message for each in sooner.remarks)


def test_every_item_of_every_checklist_is_judged_by_rules_that_there_are() -> None:
    """Those of the standards, and those of each module and examination."""
    catalogue = load_catalogue([OURS])
    known = {same_words(each) for each in MODULE_ITEMS}
    lists = [catalogue.standards.quality["module"]]
    lists += [module.quality for _, module in catalogue.modules()]
    for items in lists:
        assert {same_words(each.name) for each in items} <= known
    known = {same_words(each) for each in EXAM_ITEMS}
    lists = [catalogue.standards.quality["exam"]]
    lists += [each.quality for each in catalogue.exams.examinations]
    for items in lists:
        assert {same_words(each.name) for each in items} <= known
    for rules in (*MODULE_ITEMS.values(), *EXAM_ITEMS.values()):
        assert set(rules) <= set(RULES)


def test_an_item_is_met_only_when_all_its_rules_were_judged_and_kept() -> None:
    """What nobody judged is not met, and says so."""
    items = load_catalogue([OURS]).standards.quality["module"]
    linted = {each.id for each in RULES.values() if each.judge == "lint"}
    found = {x.item: x for x in quality_of(items, "module", broken={"pitfalls"}, judged=linted)}
    assert found["visual aids"].met
    assert found["anti-patterns and pitfalls"].broken == ("pitfalls",)
    assert not found["anti-patterns and pitfalls"].met
    assert found["code fit for production"].unjudged == ("listing-runs",)
    assert not found["code fit for production"].met
    proved = quality_of(items, "module", broken=(), judged=set(RULES))
    assert all(each.met for each in proved)


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("# T\n\n## A\n\nwords\n", []),
        ("# T\n\n## A\n\n### B\n\nwords\n", []),
        ("# T\n\n## A\n\n## B\nwords\n", ["A"]),
        ("# T\n\n### A\n\n## B\nwords\n", ["A"]),
        ("# T\n\n## A\n\n## B\n", ["A", "B"]),
        ("# T\n\n## A\n```\n# no heading\n```\n", []),
        ("# T\n:::: note\n### A\n::::\nwords\n", ["A"]),
        ("# T\n## A\n:::: note\nwords\n::::\n", []),
        ("", []),
    ],
)
def test_a_heading_is_empty_if_the_next_thing_is_no_part_of_it(text: str, empty: list[str]) -> None:
    """What is deeper is a part of it, and code and containers are."""
    assert [title for _, title in empty_headings(text)] == empty
    assert all(text.splitlines()[line - 1].endswith(title) for line, title in empty_headings(text))
