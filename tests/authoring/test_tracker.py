"""The tracker: a tick exists only where something ran, and only for the files that it ran on."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from practicum.authoring.loading import load_catalogue
from practicum.authoring.tracker.importing.judging import judge_tracker
from practicum.authoring.tracker.markdown import as_markdown
from practicum.authoring.tracker.page import as_page
from practicum.authoring.tracker.priority import priorities
from practicum.authoring.tracker.records import hash_module, write_module_proof
from practicum.authoring.tracker.status import Row, Status, Tracker, read_tracker, statistics
from practicum.authoring.tracker.upkeep import months_later, rounds
from practicum.checking.verdict import Verdict
from practicum.cli.main import app
from practicum.curriculum.stewardship import Round
from practicum.labs.lab import load_lab
from practicum.labs.proof import LabProof, ModuleProof, hash_lab
from practicum.labs.school_key import issuer_of
from practicum.labs.verifying import write_proof

OURS, FIXTURE = Path(__file__).parents[2] / "courses", Path(__file__).parent / "fixture"
TODAY = dt.date(2026, 11, 21)
COUNTER, WAITING = "counter/first-counter", "queues/waiting"
CATALOGUE = load_catalogue([OURS])


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the linter has judged our own modules once."""
    home = tmp_path_factory.mktemp("memory")
    read_tracker(folders=[OURS], home=home, today=TODAY)
    return home


@pytest.fixture
def home(tmp_path: Path, memory: Path) -> Path:
    """A home without evidence."""
    return Path(shutil.copytree(memory, tmp_path / "home"))


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be changed."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def tracker(courses: Path, home: Path, *trusted: str) -> Tracker:
    """The tracker of the fixture's courses."""
    return read_tracker(
        [str(courses)], folders=[OURS, courses], home=home, today=TODAY, trusted=trusted
    )


def row(courses: Path, home: Path, module: str, *trusted: str) -> Row:
    """The row of one module."""
    (found,) = (x for x in tracker(courses, home, *trusted).rows if x.id == module)
    return found


def folder(courses: Path, module: str) -> Path:
    """Where a module of the fixture lies."""
    course, name = module.split("/")
    return next((courses / course).glob(f"*-{name}"))


def prove(
    courses: Path,
    home: Path,
    module: str,
    day: str = "2026-11-20",
    verdict: Verdict = Verdict.PASS,
    problems: tuple[str, ...] = (),
) -> Path:
    """A proof of a module as it is now."""
    proof = ModuleProof(
        module=module,
        version=1,
        module_sha256=hash_module(folder(courses, module)),
        made_at=f"{day}T12:00:00.000000Z",
        verdict=verdict,
        errors=0,
        advice=0,
        rules="r",
        problems=problems,
        runs=(),
        machine={},
        versions={},
    )
    return write_module_proof(proof, home)


def prove_lab(courses: Path, home: Path, day: str = "2026-11-20") -> Path:
    """A proof of the fixture's lab as it is now."""
    lab = load_lab(folder(courses, WAITING) / "labs" / "short-line")
    proof = LabProof(
        lab=lab.id,
        version=1,
        lab_sha256=hash_lab(lab),
        made_at=f"{day}T12:00:00.000000Z",
        verdict=Verdict.PASS,
        problems=(),
        trials=(),
        passes=3,
        times=3,
        flake_rate=0.0,
        check_s=1.0,
        machine={},
        versions={},
    )
    return write_proof(proof, home)


def test_without_a_run_there_is_no_tick(courses: Path, home: Path) -> None:
    """However clean the linter finds the files; and it says what to run."""
    found = row(courses, home, COUNTER)
    assert found.status == "in work"
    assert found.errors == 0
    assert found.missing == (f"nothing has proved it: `practicum author verify {COUNTER}`",)
    assert (found.completed, found.proved) == ("", "")


def test_a_proof_of_these_files_is_a_tick(courses: Path, home: Path) -> None:
    """The day on which it passed first stays, the last one moves on."""
    prove(courses, home, COUNTER, "2026-11-18")
    path = prove(courses, home, COUNTER, "2026-11-20")
    found = row(courses, home, COUNTER)
    assert (found.status, found.missing) == ("complete", ())
    assert (found.completed, found.proved) == ("2026-11-18", "2026-11-20")
    assert found.evidence == (str(path),)


@pytest.mark.parametrize("name", ["module.md", "questions.yaml", "cards.yaml", "new.py"])
def test_a_change_takes_the_tick_away(courses: Path, home: Path, name: str) -> None:
    """Of any file of the module; a new proof brings it back, with the first day."""
    prove(courses, home, COUNTER, "2026-11-18")
    with (folder(courses, COUNTER) / name).open("a") as file:
        file.write("\n")
    found = row(courses, home, COUNTER)
    assert found.status == "in work"
    assert found.has_changed
    assert found.missing[0].startswith("it has changed since it was proved on 2026-11-18")
    prove(courses, home, COUNTER, "2026-11-20")
    found = row(courses, home, COUNTER)
    assert (found.status, found.completed, found.proved) == ("complete", "2026-11-18", "2026-11-20")


def test_a_linter_error_takes_the_tick_away_though_nothing_ran_anew(
    courses: Path, home: Path
) -> None:
    """The linter judges today; what was proved under its rules of yesterday does not count."""
    path = folder(courses, COUNTER) / "module.md"
    path.write_text(path.read_text().replace("id: first-counter", "id: first-counter\nnonsense: 1"))
    prove(courses, home, COUNTER)
    found = row(courses, home, COUNTER)
    assert found.status == "in work"
    assert "of the linter" in found.missing[0]


def test_a_proof_that_failed_is_told(courses: Path, home: Path) -> None:
    """The newest of these files counts, with its first problem."""
    prove(courses, home, COUNTER, "2026-11-18")
    prove(courses, home, COUNTER, "2026-11-19", Verdict.FAIL, ("a.py printed 2",))
    found = row(courses, home, COUNTER)
    assert found.status == "in work"
    assert "did not pass (a.py printed 2)" in found.missing[0]
    prove(courses, home, COUNTER, "2026-11-20", Verdict.UNKNOWN, ("the machine was busy",))
    assert "is unknown (the machine was busy)" in row(courses, home, COUNTER).missing[0]


def test_a_lab_needs_its_own_proof(courses: Path, home: Path) -> None:
    """And loses it when one of its files changes; hidden files change nothing."""
    prove(courses, home, WAITING, "2026-11-18")
    found = row(courses, home, WAITING)
    assert found.missing[0].startswith("lab short-line: nothing has proved it")
    assert (found.labs_proved, found.labs) == (0, 1)
    prove_lab(courses, home, "2026-11-20")
    found = row(courses, home, WAITING)
    assert (found.status, found.completed, found.labs_proved) == ("complete", "2026-11-20", 1)
    lab = folder(courses, WAITING) / "labs" / "short-line"
    (folder(courses, WAITING) / ".notes").write_text("mine")
    assert row(courses, home, WAITING).status == "complete"
    with (lab / "lab.md").open("a") as file:
        file.write("\nMore.\n")
    found = row(courses, home, WAITING)
    assert found.status == "in work"
    assert found.missing[0].startswith("lab short-line: it has changed since")


def test_a_proof_that_was_edited_does_not_count(courses: Path, home: Path) -> None:
    """Its signature is not that of what it says; the tracker tells."""
    path = prove(courses, home, COUNTER, verdict=Verdict.FAIL)
    path.write_text(path.read_text().replace('"fail"', '"pass"'))
    found = tracker(courses, home)
    assert found.statistics.complete == 0
    assert [Path(name).name for name, _ in found.refused] == [path.name]
    assert "changed after it was sealed" in found.refused[0][1]


def test_a_proof_of_somebody_else_counts_if_she_is_trusted(
    courses: Path, home: Path, tmp_path: Path
) -> None:
    """By her did:key."""
    other = tmp_path / "other"
    path = prove(courses, other, COUNTER)
    (home / "evidence").mkdir()
    shutil.copy(path, home / "evidence")
    assert row(courses, home, COUNTER).status == "in work"
    assert "nobody here trusts" in tracker(courses, home).refused[0][1]
    assert row(courses, home, COUNTER, issuer_of(other)).status == "complete"


def test_the_checklist_says_which_rule_met_each_item(courses: Path, home: Path) -> None:
    """What was not run on these files is not met."""
    quality = {x.item: x for x in row(courses, home, WAITING).quality}
    assert len(quality) == 12
    assert not quality["code fit for production"].met
    assert quality["code fit for production"].unjudged == ("listing-runs",)
    assert quality["exercises by hand"].unjudged == ("lab-proof",)
    prove(courses, home, WAITING)
    prove_lab(courses, home)
    found = row(courses, home, WAITING)
    assert all(each.met and each.rules for each in found.quality)
    assert len(found.exam_quality) == 12
    assert row(courses, home, COUNTER).exam_quality == ()


def test_what_is_pending_says_why(home: Path) -> None:
    """Every module and track of the catalogue has a row."""
    found = read_tracker(folders=[OURS], home=home, today=TODAY)
    parts = [x for course in CATALOGUE.courses.values() for x in course.parts_to_write]
    assert len(found.rows) == len(parts)
    assert all(each.pending for each in found.rows if each.status == "pending")
    assert all(each.missing for each in found.rows if each.status == "in work")
    (events,) = (each for each in found.rows if each.id == "microservices/events")
    assert "lab relay-killed: nothing has proved it" in "; ".join(events.missing)


def test_a_place_chooses_rows(courses: Path, home: Path) -> None:
    """A course or a module, by id or by path; one that is pending, too."""
    every = {"folders": [OURS, courses], "home": home, "today": TODAY}

    def ids(*places: str) -> list[str]:
        return [each.id for each in read_tracker(places, **every).rows]  # type: ignore[arg-type]

    assert ids("pillars/flow-control") == ["pillars/flow-control"]
    assert len(ids("pillars")) == 6
    assert ids(str(OURS / "pillars" / "04-truth-distribution")) == ["pillars/truth-distribution"]
    assert ids(str(folder(courses, COUNTER)), "queues") == [COUNTER, WAITING]


STATUS: st.SearchStrategy[Status] = st.sampled_from(["complete", "in work", "pending"])


@given(st.lists(STATUS, max_size=40))
def test_statistics_count_every_row_once(statuses: list[Status]) -> None:
    """And the percentage is that of the complete."""
    rows = [Row(id=f"c/{n}", course="c", topic="t", status=x) for n, x in enumerate(statuses)]
    found = statistics(rows)
    assert found.total == len(rows)
    assert found.percent == (round(100 * statuses.count("complete") / len(rows), 1) if rows else 0)


MODULES = list(dict(CATALOGUE.modules()))


@given(st.sets(st.sampled_from(MODULES)), st.sets(st.sampled_from(MODULES)))
def test_the_next_module_builds_on_what_is_complete(complete: set[str], begun: set[str]) -> None:
    """Unless it is begun, or nothing that is left does; all that are not complete are there."""
    found = priorities(CATALOGUE, complete=complete, begun=begun - complete)
    assert {each.id for each in found} == set(MODULES) - complete
    assert all(each.why for each in found)
    ready = [not each.unmet for each in found if not each.is_begun]
    assert ready == sorted(ready, reverse=True)
    assert [each.is_begun for each in found] == sorted(
        (each.is_begun for each in found), reverse=True
    )


def test_the_next_module_is_the_one_that_most_waits_for() -> None:
    """Its reasons name the steps and the roles; a stated priority is told as such."""
    found = priorities(CATALOGUE, complete=(), begun=())
    impact = [len(x.waiting) + len(x.roles) for x in found if not x.unmet]
    assert impact == sorted(impact, reverse=True)
    by_id = {each.id: each for each in found}
    timeouts = by_id["patterns/timeouts"]
    assert "patterns/chaos-engineering" in timeouts.waiting
    assert "site reliability engineer" in timeouts.roles
    truth = by_id["pillars/truth-distribution"]
    assert truth.unmet == ("pillars/state-distribution", "pillars/flow-control")
    assert truth.is_stated
    assert any(why.startswith("stated: ") for why in truth.why)


def test_upkeep_counts_from_the_last_round() -> None:
    """Or from the foundation; it is overdue the day after."""
    stewardship = CATALOGUE.stewardship
    due = {each.name: each for each in rounds(stewardship, dt.date(2026, 12, 22))}
    assert (due["content"].due, due["content"].is_overdue) == (dt.date(2026, 12, 21), True)
    assert due["content"].last is None
    assert not any(each.is_overdue for each in rounds(stewardship, dt.date(2026, 12, 21)))
    assert not due["technology"].is_overdue
    made = Round(day=dt.date(2026, 12, 20), by="somebody")
    content = msgspec.structs.replace(stewardship.upkeep["content"], rounds=(made,))
    later = msgspec.structs.replace(stewardship, upkeep={**stewardship.upkeep, "content": content})
    (again,) = (x for x in rounds(later, dt.date(2026, 12, 22)) if x.name == "content")
    assert (again.last, again.due, again.is_overdue) == (made.day, dt.date(2027, 1, 20), False)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 60))
def test_months_later_is_the_same_day_of_another_month(day: dt.date, months: int) -> None:
    """Or its last."""
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + dt.timedelta(days=1)).day == 1


def test_what_grew_old_is_overdue(courses: Path, home: Path) -> None:
    """A module that nobody went through for longer than it says, a source opened long ago."""
    later = dt.date(2031, 1, 1)
    found = read_tracker([str(courses)], folders=[OURS, courses], home=home, today=later)
    assert {each.what for each in found.overdue} == {COUNTER, WAITING}
    assert all(each.line and each.file and each.remedy for each in found.overdue)


def test_the_markdown_holds_before_its_own_judge(courses: Path, home: Path) -> None:
    """import-tracker, which doubts everything, finds nothing to doubt in it."""
    prove(courses, home, COUNTER)
    text = as_markdown(tracker(courses, home), courses)
    (courses / "tracker.md").write_text(text)
    report = judge_tracker(courses / "tracker.md", TODAY, [OURS, courses])
    assert [str(each) for each in report.doubts] == []
    assert (report.claimed, report.standing, len(report.modules)) == (1, 1, 2)


HOSTILE = "<script>alert(1)</script> | `x` \n## Heading"


def test_the_pages_keep_hostile_words_in_their_place(courses: Path, home: Path) -> None:
    """No markup of theirs, no row or heading more; nothing is fetched."""
    found = tracker(courses, home)
    rows = tuple(msgspec.structs.replace(x, topic=HOSTILE, missing=(HOSTILE,)) for x in found.rows)
    hostile = msgspec.structs.replace(found, rows=rows)
    plain, worse = as_page(found, courses), as_page(hostile, courses)
    assert "<script" not in worse
    assert worse.count("<tr") == plain.count("<tr")
    assert not re.search(r"(src|href)=\"(https?:)?//", worse)
    before, after = as_markdown(found, courses), as_markdown(hostile, courses)
    assert "<script" not in after
    assert after.count("\n") == before.count("\n")
    assert after.count("\n#") == before.count("\n#")
    assert len(re.findall(r"(?<!\\)\|", after)) == len(re.findall(r"(?<!\\)\|", before))


def test_the_page_draws_every_module(courses: Path, home: Path) -> None:
    """A tile for each, in the colour of its status, that leads to its row."""
    prove(courses, home, COUNTER)
    page = as_page(tracker(courses, home), courses)
    assert page.count("<rect ") == 2
    assert page.count('<rect class="complete"') == 1
    assert 'href="#queues--waiting"' in page
    assert 'id="queues--waiting"' in page
    assert 'href="counter/01-first-counter/module.md"' in page


def test_the_command_writes_each_form(
    courses: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the ending of the file, or as it is told."""
    monkeypatch.setenv("PRACTICUM_HOME", str(home))
    monkeypatch.setenv("PRACTICUM_COURSES", str(courses))
    prove(courses, home, COUNTER)

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["author", "tracker", *words])
        assert result.exit_code == code, result.output
        return result.stdout

    assert "1 of 2 complete (50 %)" in run("counter", "queues", "-o", str(tmp_path / "t.html"))
    assert (tmp_path / "t.html").read_text().startswith("<!doctype html>")
    (tmp_path / "like-any-file").touch()
    assert (tmp_path / "t.html").stat().st_mode == (tmp_path / "like-any-file").stat().st_mode
    assert "| ✅ complete | 20" in run("counter")
    told = json.loads(run("counter", "--format", "json"))
    assert told == json.loads(run("counter", "--json"))
    assert told["rows"][0]["status"] == "complete"
    run("counter", "--format", "pdf", code=2)
    nowhere = ["author", "tracker", "counter", "-o", str(tmp_path / "none/t.html")]
    refused = CliRunner().invoke(app, nowhere)
    assert "put that right, or name another file" in str(refused.exception)
