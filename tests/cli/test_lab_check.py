"""What a run means for the learner: only a failure of her files is an attempt."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from labs.test_library import COURSES
from practicum.checking.verdict import Judgement, Verdict
from practicum.cli.lab_check import count_run, told
from practicum.labs.check.attribution import Blame
from practicum.labs.check.checking import CheckReport
from practicum.labs.check.plan import Variation
from practicum.labs.lab import load_lab
from practicum.labs.workspace.workspace import Workspace

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
