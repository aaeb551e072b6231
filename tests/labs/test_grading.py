"""Checks run in a process of their own: what they say is passed on, and what keeps them from
speaking is unknown, never a pass."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.observations import FaultSeen, Observations
from practicum.labs.grading import grade

OBSERVATIONS = Observations(
    range="r",
    peers={},
    accepted=("o-1",),
    planned=("payment dies",),
    faults=(
        FaultSeen(
            what="payment dies",
            kind="crash",
            target="payment",
            began_s=1.0,
            ended_s=1.0,
            struck=True,
            outcome="fired",
            recovery_s=2.5,
        ),
    ),
)
HEAD = """
import pytest
from practicum.checking.recovery import faults_fired, recovered
"""


async def graded(folder: Path, text: str, *, timeout_s: float = 120.0) -> list[Judgement]:
    """The judgements of a checks file; each was heard of once, in order."""
    checks = folder / "checks.py"
    checks.write_text(text)
    heard: list[Judgement] = []
    graded = await grade(checks, OBSERVATIONS, on_judgement=heard.append, timeout_s=timeout_s)
    assert heard == graded.judgements
    return graded.judgements


async def test_each_check_gives_its_judgement_in_words(tmp_path: Path) -> None:
    """Passes, failures with their reason, plain tests, skipped ones, and broken ground."""
    found = await graded(
        tmp_path,
        HEAD
        + """
def test_struck(chaos, judged):
    judged(faults_fired(chaos.planned, [each.what for each in chaos.faults]))

def test_recovered(chaos, judged):
    judged(recovered({x.what: x.recovery_s for x in chaos.faults}, within_s=1))

def test_plain_truth():
    assert True

def test_plain_lie():
    assert 1 == 2, "one is not two"

def test_a_pass_that_is_taken_back(chaos, judged):
    judged(recovered({x.what: x.recovery_s for x in chaos.faults}, within_s=10))
    raise RuntimeError("but on second thoughts")

@pytest.mark.skip(reason="not today")
def test_left_out():
    pass

@pytest.fixture
def ground():
    raise OSError("the witness is away")

def test_without_ground(ground):
    pass

@pytest.fixture
def untidy():
    yield
    raise OSError("left a mess")

def test_untidy_end(untidy):
    pass
""",
    )
    assert [(x.check, x.verdict.value) for x in found] == [
        ("the faults struck", "pass"),
        ("recovery", "fail"),
        ("plain truth", "pass"),
        ("plain lie", "fail"),
        ("a pass that is taken back", "unknown"),
        ("left out", "unknown"),
        ("without ground", "unknown"),
        ("untidy end", "pass"),
        ("untidy end", "unknown"),
    ]
    seen = {x.check: x.seen for x in found}
    assert seen["recovery"] == "the slowest took 2.50 s"
    assert "one is not two" in seen["plain lie"]
    assert "second thoughts" in seen["a pass that is taken back"]
    assert "not today" in seen["left out"]
    assert seen["without ground"] == "the witness is away"


async def test_checks_that_cannot_be_read_are_unknown_with_the_reason(tmp_path: Path) -> None:
    """A slip of the pen in the checks is not the learner's failure."""
    (found,) = await graded(tmp_path, "def test_half(:\n")
    assert found.verdict is Verdict.UNKNOWN
    assert "SyntaxError" in "\n".join(found.examples)


async def test_a_file_without_checks_is_unknown(tmp_path: Path) -> None:
    """Nothing was asked, so nothing was shown."""
    (found,) = await graded(tmp_path, "")
    assert found.verdict is Verdict.UNKNOWN


async def test_checks_that_do_not_end_are_stopped_and_unknown(tmp_path: Path) -> None:
    """Whatever was said before stands; the process is gone afterwards."""
    found = await graded(
        tmp_path,
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "def test_endless():\n    time.sleep(600)\n",
        timeout_s=3.0,
    )
    assert found[-1].verdict is Verdict.UNKNOWN
    assert found[-1].examples == ("the checks took longer than 3 s",)
    pid = tmp_path / "pid"
    if pid.exists():
        assert not Path("/proc", pid.read_text()).exists()


async def test_checks_that_kill_their_process_are_unknown(tmp_path: Path) -> None:
    """The judgements before it stand, and do not make a pass of the whole."""
    found = await graded(
        tmp_path, "import os\ndef test_a():\n    pass\ndef test_b():\n    os._exit(0)\n"
    )
    assert [x.verdict for x in found] == [Verdict.PASS, Verdict.UNKNOWN]


KILLED = """
import asyncio, sys
from pathlib import Path
from practicum.labs.experiment.observations import Observations
from practicum.labs.grading import grade
asyncio.run(grade(Path(sys.argv[1]), Observations(range="r", peers={}, accepted=()),
                  on_judgement=print))
"""


def test_checks_end_with_him_who_asked_for_them(tmp_path: Path) -> None:
    """A kill -9 of the grader leaves no check behind that nobody waits for."""
    checks, pid = tmp_path / "checks.py", tmp_path / "pid"
    checks.write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        "def test_endless():\n    time.sleep(600)\n"
    )
    grader = subprocess.Popen([sys.executable, "-c", KILLED, checks])
    while not (pid.exists() and pid.read_text()):
        assert grader.poll() is None
        time.sleep(0.05)
    child = psutil.Process(int(pid.read_text()))
    grader.kill()
    grader.wait()
    gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone
