"""The linter judges what it is asked for, remembers what has not changed, and never fails."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from authoring.planted import PLANTED, QUESTIONS, TEXT, add, edit
from authoring.test_rules import FIXTURE, OURS, TODAY, told
from practicum.authoring.judging import contents, remembering
from practicum.authoring.linting import LintReport, Remark, lint
from practicum.authoring.rules import RULES
from practicum.cli.author_lint import as_annotation
from practicum.cli.main import app
from practicum.labs.finding import LabError

# These rewrite whole stretches of a file, and so would others.
SPOILABLE = sorted(set(PLANTED) - {"block-count", "examination-form"})


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our courses without their modules: there is little to judge beside the fixture."""
    ignored = shutil.ignore_patterns("[0-9][0-9]-*")
    return Path(shutil.copytree(OURS, tmp_path_factory.mktemp("bare") / "ours", ignore=ignored))


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be spoilt."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def judge(bare: Path, courses: Path, *places: str, home: Path | None = None) -> LintReport:
    """What the linter says of some places, or of all the fixture's courses."""
    asked = places or (str(courses),)
    return lint(asked, folders=[bare, courses], today=TODAY, home=home, here=courses)


@settings(max_examples=8)
@given(
    st.lists(st.lists(st.sampled_from(SPOILABLE), unique=True, max_size=3), max_size=3),
    st.sampled_from([contents.SETTLES_NS, -contents.SETTLES_NS]),
)
def test_what_is_remembered_is_what_would_be_found(
    bare: Path, tmp_path_factory: pytest.TempPathFactory, edits: list[list[str]], settles_ns: int
) -> None:
    """After any edits, and after all of them were taken back; of one module or of all, and
    whether files are read again or known to be untouched."""
    root = tmp_path_factory.mktemp("edits")
    courses = root / "courses"
    # What is found without a memory depends on the files alone: it is looked for once.
    fresh: dict[tuple[tuple[str, ...], tuple[str, ...]], object] = {}
    for rules in [[], *edits, []]:
        shutil.rmtree(courses, ignore_errors=True)
        shutil.copytree(FIXTURE, courses)
        for rule in rules:
            try:
                PLANTED[rule].plant(courses)
            except (AssertionError, ValueError):
                continue  # another one has changed that line already
        with mock.patch.object(contents, "SETTLES_NS", settles_ns):
            for places in [(), ("counter",), ("queues/waiting",), ()]:
                if (of := (tuple(rules), places)) not in fresh:
                    fresh[of] = told(judge(bare, courses, *places))
                assert told(judge(bare, courses, *places, home=root)) == fresh[of]


def test_what_is_told_of_the_catalogue_is_not_remembered_too_long(
    bare: Path, courses: Path
) -> None:
    """Where a folder or a text comes, or goes, that holds nothing."""
    home, folder = courses.parent / "home", courses / "queues/09-nothing"
    text = courses / "counter/01-first-counter/module.md"
    changes = [
        (folder.mkdir, True),
        (folder.rmdir, False),
        (text.unlink, True),
        (text.touch, False),
    ]
    judge(bare, courses, home=home)
    for change, is_wrong in changes:
        change()
        fresh = judge(bare, courses)
        assert ("catalogue" in {each.rule for each in fresh.remarks}) == is_wrong
        assert told(judge(bare, courses, home=home)) == told(fresh)


def test_a_memory_that_is_busy_is_left_alone(
    bare: Path, courses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is there again for the next one."""
    monkeypatch.setattr(remembering, "BUSY_S", 0)
    home = courses.parent / "home"
    PLANTED["todo"].plant(courses)
    wanted = told(judge(bare, courses, home=home))
    memory = remembering.Memory(home, TODAY.toordinal())
    memory.put(b"key", b"value")
    (kept,) = (home / "cache").glob("lint-*.sqlite3")
    with contextlib.closing(sqlite3.connect(kept)) as other:
        other.execute("begin exclusive")
        assert told(judge(bare, courses, home=home)) == wanted
        assert memory.get(b"other") is None
        memory.close()
    size = kept.stat().st_size
    assert told(judge(bare, courses, home=home)) == wanted
    assert kept.stat().st_size == size


def test_a_damaged_memory_costs_nothing_but_time(bare: Path, courses: Path) -> None:
    """Whatever stands in its file, or if there can be no file."""
    home = courses.parent / "home"
    PLANTED["todo"].plant(courses)
    wanted = told(judge(bare, courses))
    assert told(judge(bare, courses, home=home)) == wanted
    (kept,) = (home / "cache").glob("lint-*.sqlite3")
    whole = kept.read_bytes()
    for damaged in (b"", b"no database", whole[: len(whole) // 2], whole[:4096] + b"\0" * 50_000):
        kept.write_bytes(damaged)
        assert told(judge(bare, courses, home=home)) == wanted
        assert told(judge(bare, courses, home=home)) == wanted
    (courses.parent / "file").write_text("")
    assert told(judge(bare, courses, home=courses.parent / "file")) == wanted


def test_only_what_was_asked_for_is_told(bare: Path, courses: Path) -> None:
    """By path or by id; a file stands for its module."""
    PLANTED["todo"].plant(courses)
    PLANTED["persona"].plant(courses)
    for place in ("counter", "counter/first-counter", "first-counter", f"{courses}/counter"):
        assert {each.rule for each in judge(bare, courses, place).remarks} == {"persona"}
    for place in (f"{courses}/{TEXT}", f"{courses}/{QUESTIONS}", "queues/waiting"):
        report = judge(bare, courses, place)
        assert {each.rule for each in report.remarks} == {"todo"}
        assert [each.id for each in report.modules] == ["queues/waiting"]
    both = judge(bare, courses, "queues", "counter")
    assert {each.rule for each in both.remarks} == {"persona", "todo"}


def test_a_copy_is_told_of_the_module_that_was_asked_for(bare: Path, courses: Path) -> None:
    """Of the later one, if both were."""
    sentence = "  - id: {}\n    kind: short\n    block: {}\n    text: {}\n    explain: E.\n"
    text = "What do people do who wait in a long line in front of one of three tills?"
    for file, name, block in (
        ("counter/01-first-counter/questions.yaml", "one", "technical-foundation"),
        (QUESTIONS, "two", "bounds"),
    ):
        add(file, sentence.format(name, block, text) + "    accept: [wait]\n")(courses)
    for places, file in (
        (("counter",), "counter/01-first-counter/questions.yaml"),
        (("queues",), QUESTIONS),
        ((), QUESTIONS),
    ):
        (found,) = judge(bare, courses, *places).remarks
        assert (found.rule, found.file) == ("duplicate-question", file)


def test_an_id_that_another_module_has_is_told_of_the_one_that_was_asked_for(
    bare: Path, courses: Path
) -> None:
    """Although nothing else of the other one is looked at."""
    shutil.copytree(courses / "queues/01-waiting", courses / "queues/02-waiting")
    for place in ("queues/01-waiting", "queues/02-waiting"):
        found = judge(bare, courses, f"{courses}/{place}").remarks
        assert {each.file.rpartition("/")[0] for each in found if each.rule == "id-twice"} == {
            place
        }


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("queuse/waiting", "did you mean queues/waiting"),
        ("nothing-like-it", "practicum catalogue"),
        ("empty", "practicum author new course"),
        ("notes.txt", "part of no module"),
    ],
)
def test_a_place_that_is_none_is_told(
    place: str, said: str, bare: Path, courses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what may have been meant."""
    (courses.parent / "empty").mkdir()
    (courses.parent / "notes.txt").write_text("")
    monkeypatch.chdir(courses.parent)
    with pytest.raises(LabError) as caught:
        judge(bare, courses, place)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../../pillars/course.yaml", "leaves the course"),
        ("/etc/passwd", "no place in the course"),
        ("cards.yml", "did you mean cards.yaml"),
        ("../01-waiting/module.md#boundss", "did you mean bounds"),
        ("out.md", "link out of the course"),
        ("../../counter/course.yaml", "leaves the course"),
        ("labs/short-line/lab.md", ""),
        ("../course.yaml", ""),
        ("module.md#deadlines", ""),
        ("https://example.org/#anything", ""),
        ("mailto:ada@example.org", ""),
    ],
)
def test_a_link_must_stay_in_the_course(target: str, said: str, bare: Path, courses: Path) -> None:
    """And lead to something there."""
    (courses.parent / "secret.md").write_text("# Secret")
    (courses / "queues/01-waiting/out.md").symlink_to(courses.parent / "secret.md")
    edit(TEXT, "](#bounds)", f"]({target})")(courses)
    found = judge(bare, courses).remarks
    assert [each.rule for each in found] == (["link"] if said else [])
    assert all(said in str(each) for each in found)


@pytest.mark.parametrize(
    ("away", "rule"),
    [
        ("queues/01-waiting", "link"),
        ("queues/01-waiting/labs/short-line", "link"),
        ("queues/01-waiting/labs/short-line/solution", "lab"),
        ("queues/01-waiting/labs/short-line/checks.py", "lab"),
    ],
)
def test_what_lies_elsewhere_is_told_by_its_name(
    away: str, rule: str, bare: Path, courses: Path, tmp_path: Path
) -> None:
    """Until it has come home, with the same contents; whatever is remembered."""
    place, elsewhere, home = courses / away, tmp_path / "elsewhere", tmp_path / "home"
    assert not judge(bare, courses, home=home).errors
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    found = judge(bare, courses, home=home).remarks
    said = [each.message for each in found if (each.rule, each.file) == (rule, away)]
    assert said == ["it is a symbolic link that leaves queues"]

    place.unlink()
    elsewhere.rename(place)
    assert not judge(bare, courses, home=home).errors


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["---", "id: x", "# T", "::: note", ":::", ":::: block id=a", "```python", "```", "~~~",
             "```mermaid", "graph TD", "[^a]", "[l](x.md#y)", "| a |", "|---|", "<b>", "> q", "- l",
             "### H", "Mitigation:", "\ttab", "TODO", "data base", "\x00", "é", "    code", ""]
        )
        | st.text(max_size=12),
        max_size=25,
    )
)  # fmt: skip
def test_no_text_upsets_the_linter(
    bare: Path, tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    """A Markdown file that is no module is judged all the same; findings name its lines."""
    path = tmp_path_factory.mktemp("loose") / "lesson.md"
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    report = lint([str(path)], folders=[bare], today=TODAY, here=path.parent)
    count = len(re.split("\r\n|\r|\n", "\n".join(lines)))
    for each in report.remarks:
        assert each.file == "lesson.md"
        assert each.message
        assert each.remedy
        assert 1 <= (each.line or 1) <= count + 1


def test_markdown_that_is_no_module_gets_its_own_lines(bare: Path, tmp_path: Path) -> None:
    """Although it has no front matter."""
    path = tmp_path / "notes" / "lesson.md"
    path.parent.mkdir()
    path.write_text(
        "# Replication\n\nA data base copies.\n\n```mermaid\nnothing\n```\n\n[next](nowhere.md)\n"
    )
    report = lint([str(path.parent)], folders=[bare], today=TODAY, here=tmp_path)
    found = {(each.rule, each.line) for each in report.remarks}
    assert {("terms", 3), ("diagram", 6), ("form", 1)} <= found
    assert all(each.file == "notes/lesson.md" for each in report.remarks)


def test_a_page_by_itself_is_told_once_what_it_lacks(bare: Path, tmp_path: Path) -> None:
    """One finding stands for all the parts of a module, and for the front matter."""
    path = tmp_path / "lesson.md"
    path.write_text("# Replication\n\nA copy.\n\n## Contents\n\n## Why\n\nIt survives.\n")
    report = lint([str(path)], folders=[bare], today=TODAY, here=tmp_path)
    found = [(each.rule, each.line, each.message[:26]) for each in report.remarks]
    assert found == [
        ("form", 1, "this page is no module yet"),
        ("empty-heading", 5, "nothing stands under 'Cont"),
    ]


def test_findings_stand_in_the_order_of_their_files(bare: Path, courses: Path) -> None:
    """And of the lines in them."""
    for each in ("todo", "persona", "computed", "pitfalls", "exam-form", "catalogue"):
        PLANTED[each].plant(courses)
    found = [(each.file, each.line or 0) for each in judge(bare, courses).remarks]
    assert found == sorted(found)
    assert len(found) == 6


def test_a_finding_is_an_annotation_that_github_reads() -> None:
    """What would end the command is escaped."""
    remark = Remark(
        rule="terms", severity="advice", file="a,b:c.md", line=3, message="100%\nsure", remedy="r"
    )
    assert as_annotation(remark) == (
        "::warning file=a%2Cb%3Ac.md,line=3,title=terms::100%25%0Asure: r"
    )


def test_the_command_answers_and_says_whether_there_are_errors(
    courses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 without errors, advice or not; 1 with them; JSON and annotations hold the same."""
    monkeypatch.setenv("PRACTICUM_COURSES", str(courses))
    monkeypatch.setenv("PRACTICUM_HOME", str(courses.parent / "home"))

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["author", "lint", "queues", *words])
        return result.exit_code, result.output

    assert run() == (0, "1 module judged: nothing to find\n")
    PLANTED["topics"].plant(courses)
    code, said = run()
    assert (code, "0 errors, 1 advice" in said) == (0, True)
    PLANTED["todo"].plant(courses)
    code, said = run("--json")
    document = json.loads(said)
    assert (code, document["errors"], document["advice"]) == (1, 1, 1)
    assert {each["rule"] for each in document["findings"]} == {"todo", "topics"}
    code, said = run("--format", "github")
    assert code == 1
    assert [line.split()[0] for line in said.splitlines()] == ["::warning", "::error"]


def test_each_rule_is_explained() -> None:
    """And a rule that is none has its nearest named."""
    runner = CliRunner()
    every = runner.invoke(app, ["author", "explain"]).output
    for rule in RULES.values():
        assert rule.id in every
        told = runner.invoke(app, ["author", "explain", rule.id]).output
        for words in (rule.demands, rule.why, rule.remedy, str(rule.since)):
            assert words in told
    result = runner.invoke(app, ["author", "explain", "case"])
    assert isinstance(result.exception, LabError)
    assert "did you mean cases" in str(result.exception)


def test_a_file_that_cannot_be_read_is_told(bare: Path, courses: Path) -> None:
    """Others are judged all the same."""
    (courses / QUESTIONS).write_bytes(b"questions: \xff")
    (courses / "queues/01-waiting/cards.yaml").unlink()
    os.mkfifo(courses / "queues/01-waiting/cards.yaml")
    PLANTED["persona"].plant(courses)
    found = {(each.rule, each.file.rpartition("/")[2]) for each in judge(bare, courses).remarks}
    assert found == {
        ("form", "questions.yaml"), ("form", "cards.yaml"), ("persona", "module.md"),
    }  # fmt: skip


def test_a_lab_whose_start_or_mistake_is_the_solution_is_told(bare: Path, courses: Path) -> None:
    """Nothing could tell them apart, and nobody has to run it to know."""
    lab = courses / "queues/01-waiting/labs/short-line"
    for part in ("start", "wrong/drops-all"):
        shutil.copy(lab / "solution/charging.py", lab / part / "charging.py")
    found = judge(bare, courses).remarks
    assert [each.rule for each in found] == ["lab", "lab"]
    assert {each.file.partition("short-line/")[2] for each in found} == {"start", "wrong/drops-all"}
