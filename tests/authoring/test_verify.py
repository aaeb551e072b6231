"""What a module lets its readers run is run, and a proof says what came of it."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import msgspec
import psutil
import pytest
from typer.testing import CliRunner

from authoring.planted import QUESTIONS, TEXT, edit
from authoring.test_rules import FIXTURE, OURS, TODAY
from practicum.authoring import executing
from practicum.authoring.executing import difference, run_listing, run_question
from practicum.authoring.linting import lint
from practicum.authoring.proving import prove
from practicum.authoring.tracker.records import hash_module, read_records
from practicum.checking.verdict import Verdict
from practicum.cli.main import app
from practicum.curriculum.lesson import Listing
from practicum.curriculum.question import Code
from practicum.labs.proof import ModuleProof


def listing(text: str, expected: str | None = None, file: str = "a.py") -> Listing:
    """A listing as the parser makes it."""
    return Listing(language="python", text=text, line=7, file=file, expected=expected)


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("print(1)\n", "1\n", ""),
        ("print('a ')\nprint()\n", "a\n\n\n", ""),
        ("print(1)\n", None, ""),
        ("print(1)\n", "2\n", "line 1 of its output is '1', the text shows '2'"),
        ("print(1)\nprint(2)\n", "1\n", "line 2 of its output is '2', the text shows nothing"),
        ("print(1)\n", "1\n2\n", "line 2 of its output is nothing, the text shows '2'"),
        ("raise ValueError('no')\n", None, "it ended with 1: ValueError: no"),
        ("print({'a', 'b', 'c', 'd', 'e', 'f', 'g'})\n", None, "a second run prints something"),
        ("import random; print(random.random())\n", None, "a second run prints something"),
        ("while True: pass\n", None, "more than 2 seconds of processor time"),
        ("print('x' * 5_000_000)\n", None, "it printed more than 1 MB"),
        ("open('/dev/tty')\n", None, "it ended with 1"),
        ("import sys; print(sys.stdin.read())\n", "", ""),
    ],
)
def test_a_listing_prints_what_its_text_shows(
    text: str, expected: str | None, said: str, tmp_path: Path
) -> None:
    """Every time, within its time."""
    run = run_listing(listing(text, expected), tmp_path)
    assert run.passed == (not said)
    assert said in run.said
    assert not run.unsure


def test_a_listing_may_import_those_before_it(tmp_path: Path) -> None:
    """As in the reader's own folder."""
    run_listing(listing("def twice(x):\n    return 2 * x\n", file="first.py"), tmp_path)
    run = run_listing(listing("from first import twice\nprint(twice(2))\n", "4\n"), tmp_path)
    assert run.passed, run.said


def test_a_listing_that_waits_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that had no time for it is to blame, or a sleep; neither is known."""
    hasty = msgspec.structs.replace(executing.LISTING_LIMITS, wall_s=1.0)
    monkeypatch.setattr(executing, "LISTING_LIMITS", hasty)
    run = run_listing(listing("import time; time.sleep(60)\n"), tmp_path)
    assert (run.passed, run.unsure) == (False, True)


def test_what_a_listing_leaves_running_is_ended(tmp_path: Path) -> None:
    """It must not outlive the check."""
    text = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid))\n"
    )
    assert run_listing(listing(text), tmp_path).passed
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "child").read_text())).wait(timeout=30)


QUESTION = Code(
    id="q",
    text="t",
    explain="e",
    start="def twice(x): ...",
    solution="def twice(x): return 2 * x",
    check="assert twice(2) == 4",
    wrong=("def twice(x): return x * x * x",),
)


def test_a_code_question_tells_right_from_wrong() -> None:
    """The solution passes, nothing else does; an endless one is wrong, too."""
    endless = "def twice(x):\n    while True: pass"
    question = msgspec.structs.replace(QUESTION, wrong=(*QUESTION.wrong, endless))
    runs = list(run_question(question, "questions.yaml", 3))
    assert [each.what for each in runs] == [
        "q: solution", "q: start", "q: wrong attempt 1", "q: wrong attempt 2",
    ]  # fmt: skip
    assert all(each.passed for each in runs)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"solution": "def twice(x): return x"}, "the solution does not pass its check"),
        ({"solution": "def twice(x) return x"}, "SyntaxError"),
        ({"start": "twice = lambda x: 4"}, "the start passes the check"),
        ({"wrong": ("def twice(x): return x * x",)}, "the wrong attempt 1 passes the check"),
    ],
)
def test_a_code_question_with_a_wrong_key_is_told(change: dict[str, object], said: str) -> None:
    """With the attempt that comes out otherwise."""
    fields = {name: getattr(QUESTION, name) for name in QUESTION.__struct_fields__}
    runs = list(run_question(Code(**{**fields, **change}), "questions.yaml", 3))
    (wrong,) = [each for each in runs if not each.passed]
    assert said in wrong.said


def test_no_difference_is_no_difference() -> None:
    """Spaces at the ends of lines and of the text do not count, those at beginnings do."""
    assert difference("a\nb\n", "a  \nb\n\n") == ""
    assert difference("a", " a") == "line 1 of its output is ' a', the text shows 'a'"


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be spoilt."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def proved(courses: Path) -> ModuleProof:
    """The proof of the fixture's module of focus blocks."""
    report = lint(["queues"], folders=[OURS, courses], today=TODAY, here=courses)
    return prove(report.modules[0], rules=report.rules, made_at="2026-11-21T00:00:00Z")


def test_a_module_is_proved_by_what_ran(courses: Path) -> None:
    """For the very files that it was made of."""
    proof = proved(courses)
    assert proof.verdict is Verdict.PASS, proof.problems
    assert len(proof.runs) == 10
    assert proof.module_sha256 == hash_module(courses / "queues/01-waiting")


def test_a_module_is_not_proved_when_a_listing_or_a_key_is_wrong(courses: Path) -> None:
    """Each is told with its line; the rules `listing-runs` and `code-question` stand for them."""
    edit(TEXT, "9 wait\n", "8 wait\n")(courses)
    edit(QUESTIONS, "return len(line) < 3", "line.append(item); return len(line) < 4")(courses)
    edit(QUESTIONS, "assert line == [1, 2, 3]", "assert put([], 1)")(courses)
    proof = proved(courses)
    assert proof.verdict is Verdict.FAIL
    assert len(proof.problems) == 2
    assert "rates.py: line 1 of its output is '9 wait'" in proof.problems[0]
    assert "bounded-put: wrong attempt 1: the wrong attempt 1 passes" in proof.problems[1]


def test_errors_of_the_linter_are_problems_of_the_proof(courses: Path) -> None:
    """However well all runs."""
    edit(TEXT, "then shed load.", "then TODO.")(courses)
    proof = proved(courses)
    assert (proof.verdict, proof.errors) == (Verdict.FAIL, 1)


def test_the_command_keeps_a_proof_that_counts(
    courses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed by the home's own key; labs are left out when they are not asked for."""
    home = courses.parent / "home"
    monkeypatch.setenv("PRACTICUM_COURSES", str(courses))
    monkeypatch.setenv("PRACTICUM_HOME", str(home))
    result = CliRunner().invoke(app, ["author", "verify", "queues", "--no-labs", "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["modules"][0]["verdict"] == "pass"
    assert document["labs"] == []
    records = read_records(home)
    assert [proof.module for _, proof in records.modules] == ["queues/waiting"]
    assert records.refused == ()
    edit(TEXT, "9 wait\n", "8 wait\n")(courses)
    result = CliRunner().invoke(app, ["author", "verify", "queues", "--no-labs"])
    assert result.exit_code == 1
    assert "rates.py: line 1 of its output" in result.output
