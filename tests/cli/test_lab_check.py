"""What a run means for the learner: only a failure of her files is an attempt."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from labs.test_library import COURSES
from practicum.checking.verdict import Judgement, Verdict
from practicum.cli.lab_check import count_run, tell_record, told
from practicum.labs.check.attribution import Blame
from practicum.labs.check.checking import CheckReport
from practicum.labs.check.plan import Variation
from practicum.labs.lab import load_lab
from practicum.labs.workspace.workspace import Workspace
from practicum.learner.events import AnyEvent, LabChecked
from practicum.study.opening import open_desk

LAB = load_lab(COURSES / "practice" / "01-basics" / "labs" / "count-once")
AS_THE_LAB_SAYS = Variation()


@pytest.fixture
def mine(tmp_path: Path) -> Workspace:
    """A workspace that was just started."""
    return Workspace.start(tmp_path, LAB)[0]


def report(verdict: Verdict, blame: Blame = "nobody") -> CheckReport:
    """What a check came to."""
    return CheckReport(
        verdict=verdict,
        blame=blame,
        reason="",
        judgements=(),
        figures={},
        path=None,
        page=None,
        seconds={},
    )


@pytest.mark.parametrize(
    ("verdict", "blame", "attempts"),
    [
        (Verdict.FAIL, "learner", 1),
        (Verdict.FAIL, "nobody", 0),
        (Verdict.UNKNOWN, "learner", 0),
        (Verdict.UNKNOWN, "lab", 0),
        (Verdict.UNKNOWN, "machine", 0),
    ],
)
def test_only_a_failure_that_is_the_learners_is_an_attempt(
    verdict: Verdict, blame: Blame, attempts: int, mine: Workspace
) -> None:
    """What the lab or the machine did costs nothing, nor what was never run."""
    words = count_run(mine, report(verdict, blame), mine.files(), AS_THE_LAB_SAYS)
    assert mine.state.attempts == attempts
    assert words == ("attempt 1" if attempts else "no attempt is counted")
    assert not mine.state.passed


def test_a_pass_is_remembered_with_the_failures_before(mine: Workspace) -> None:
    """And the files that passed."""
    for _ in range(2):
        count_run(mine, report(Verdict.FAIL, "learner"), mine.files(), AS_THE_LAB_SAYS)
    words = count_run(mine, report(Verdict.PASS), mine.files(), Variation(seed=7))
    assert words == "the lab is passed after 2 failed attempts"
    assert mine.state.passed
    assert count_run(mine, report(Verdict.PASS), mine.files(), AS_THE_LAB_SAYS) == "passed again"


@pytest.mark.parametrize(
    "varied", [Variation(rate=1.0), Variation(duration_s=1.0), Variation(calm=True)]
)
def test_an_easier_run_counts_neither_way(varied: Variation, mine: Workspace) -> None:
    """Otherwise one order without a fault would be a pass."""
    for result in (report(Verdict.PASS), report(Verdict.FAIL, "learner")):
        assert "a variation" in count_run(mine, result, mine.files(), varied)
    assert (mine.state.attempts, mine.state.passed) == (0, "")


def test_a_pass_of_files_that_were_saved_meanwhile_is_not_remembered(mine: Workspace) -> None:
    """Nobody knows which of the two passed."""
    before = mine.files()
    (mine.folder / "rules.py").write_text("other")
    assert "check once more" in count_run(mine, report(Verdict.PASS), before, AS_THE_LAB_SAYS)
    assert not mine.state.passed


def recorded(home: Path) -> list[AnyEvent]:
    """What the record of the home holds, after who she is."""
    desk = open_desk({"PRACTICUM_HOME": str(home)})
    return [entry.event for entry in desk.record.read(desk.person)][1:]


def test_the_record_is_told_of_a_check(
    mine: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the names of the tests that failed, whose fault it was, and the evidence's hash."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    (tmp_path / "evidence.json").write_text('{"kind": "lab", "sha256": "abc"}')
    judgements = tuple(
        Judgement(check=f"check {n}", verdict=verdict, expected="", seen="", test=test)
        for n, verdict, test in [
            (1, Verdict.FAIL, "test_one"),
            (2, Verdict.PASS, "test_two"),
            (3, Verdict.FAIL, ""),
        ]
    )
    failed = msgspec.structs.replace(
        report(Verdict.FAIL, "learner"), judgements=judgements, path=tmp_path / "evidence.json"
    )
    tell_record(mine, failed, mine.files(), AS_THE_LAB_SAYS)
    tell_record(mine, report(Verdict.UNKNOWN, "machine"), mine.files(), Variation(seed=3))
    tell_record(mine, report(Verdict.PASS), mine.files(), AS_THE_LAB_SAYS)
    assert recorded(tmp_path) == [
        LabChecked(
            lab=LAB.id,
            verdict="fail",
            blame="learner",
            failed=("test_one", "check 3"),
            evidence="abc",
        ),
        LabChecked(lab=LAB.id, verdict="unknown", blame="machine"),
        LabChecked(lab=LAB.id, verdict="pass"),
    ]


def test_the_record_is_not_told_of_what_counts_neither_way(
    mine: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor of a pass of files that are not there any more."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    before = mine.files()
    tell_record(mine, report(Verdict.PASS), before, Variation(calm=True))
    (mine.folder / "rules.py").write_text("other")
    tell_record(mine, report(Verdict.PASS), before, AS_THE_LAB_SAYS)
    assert recorded(tmp_path) == []


def test_a_record_that_cannot_be_written_fails_no_check(
    mine: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is told in one line."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    (tmp_path / "archive.db").write_bytes(b"no database at all" * 99)
    gone = msgspec.structs.replace(report(Verdict.FAIL, "learner"), path=tmp_path / "gone")
    tell_record(mine, gone, mine.files(), AS_THE_LAB_SAYS)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("practicum: not recorded: ")
    assert "archive.db is damaged" in said


def test_a_failure_shows_all_that_helps_and_text_is_not_markup() -> None:
    """In the order in which one reads it."""
    judgement = Judgement(
        check="money [bold]conserved[/]",
        verdict=Verdict.FAIL,
        expected="charged = kept",
        seen="2 [charged] > 1",
        examples=("order o-1",),
        shown=("payment  Charge  3 ms",),
        look_next="the key",
    )
    console = Console(width=80)
    with console.capture() as captured:
        console.print(told(judgement))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    assert lines == [
        "✘ fail  money [bold]conserved[/]",
        "    expected  charged = kept",
        "    seen      2 [charged] > 1",
        "              - order o-1",
        "            | payment  Charge  3 ms",
        "    look next the key",
    ]
