"""A lab is proved by its own folders, and what speaks against it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.test_library import COURSES
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check.attribution import Blame
from practicum.labs.check.checking import CheckReport
from practicum.labs.lab import load_lab
from practicum.labs.proof import LabProof, Trial, hash_lab
from practicum.labs.signing import verify as verify_bundle
from practicum.labs.verifying import verify, write_proof

LAB = load_lab(COURSES / "practice" / "01-basics" / "labs" / "count-once")
ENDS, ONCE = "test_most_are_confirmed", "test_each_parcel_is_counted_once"
Run = tuple[str, bool]
"""A folder's name, and whether its run is calm."""


def report(*failed: str, blame: Blame = "nobody", verdict: Verdict | None = None) -> CheckReport:
    """What a check with these failed tests comes to; the others pass."""
    judgements = tuple(
        Judgement(
            check=test.removeprefix("test_").replace("_", " "),
            verdict=Verdict.FAIL if test in failed else Verdict.PASS,
            expected="all is well",
            seen=f"{test} saw this",
            test=test,
        )
        for test in (ENDS, ONCE)
    )
    return CheckReport(
        verdict=verdict or (Verdict.FAIL if failed else Verdict.PASS),
        blame=blame,
        reason="so it was" if blame != "nobody" else "",
        judgements=judgements,
        figures={},
        path=None,
        page=None,
        seconds={"verdict": 5.0, "total": 6.0},
    )


GOOD: dict[Run, CheckReport] = {
    ("start", False): report(ENDS, ONCE),
    ("solution", False): report(),
    ("too-early", True): report(),
    ("too-early", False): report(ENDS, ONCE),
    ("too-late", True): report(),
    ("too-late", False): report(ENDS),
}


class Listener:
    """Hears of every run."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def on_trial_ended(self, trial: Trial) -> None:
        """Note it."""
        self.ended.append(trial.title)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """All else goes by."""
        return lambda *_: None


def prove(
    home: Path, changed: dict[Run, CheckReport | list[CheckReport]], times: int = 3
) -> tuple[LabProof, list[dict[str, Any]]]:
    """The proof of a lab whose folders are checked as told, and how the checks were asked."""
    answers = {
        run: list(given) if isinstance(given, list) else [given] * 99
        for run, given in {**GOOD, **changed}.items()
    }
    asked: list[dict[str, Any]] = []

    async def check(lab: object, files: Path, **options: Any) -> CheckReport:
        asked.append({"files": files, **options})
        return answers[files.name, options["calm"]].pop(0)

    listener = Listener()
    proof = asyncio.run(verify(LAB, times=times, home=home, narrator=listener, checker=check))
    assert listener.ended == [trial.title for trial in proof.trials]
    return proof, asked


def test_a_good_lab_is_proved(tmp_path: Path) -> None:
    """Every folder is run, the solution as often as asked, each wrong one first without faults;
    in a range that no learner uses."""
    proof, asked = prove(tmp_path, {})
    assert proof.verdict is Verdict.PASS
    assert proof.problems == ()
    runs = [(each["files"].name, each["calm"]) for each in asked]
    solved = [("solution", False)] * 3
    wrong = [(name, calm) for name in ("too-early", "too-late") for calm in (True, False)]
    assert runs == [("start", False), *solved, *wrong]
    assert {each["range_name"] for each in asked} == {"verify-count-once"}
    assert (proof.passes, proof.times, proof.flake_rate, proof.check_s) == (3, 3, 0.0, 5.0)
    (caught,) = [x for x in proof.trials if x.name == "too-early" and not x.calm]
    assert caught.said == f"{ONCE} saw this"


BAD: dict[str, tuple[dict[Run, CheckReport | list[CheckReport]], str]] = {
    "a start that passes": ({("start", False): report()}, "start: no check failed"),
    "a start that cannot be loaded": (
        {("start", False): msgspec.structs.replace(report(ENDS), judgements=())},
        "start: no check failed",
    ),
    "a solution that fails once": (
        {("solution", False): [report(), report(ENDS), report()]},
        f"solution: it did not pass: most are confirmed: {ENDS} saw this",
    ),
    "a wrong one that is not caught": (
        {("too-late", False): report()},
        "too-late: no check failed: they all passed",
    ),
    "a wrong one that another check catches": (
        {("too-late", False): report(ONCE)},
        f"too-late: {ENDS}, which is declared for it, did not fail, but {ONCE}",
    ),
    "a wrong one that fails without faults": (
        {("too-early", True): report(ONCE)},
        f"too-early, no faults: it did not pass: each parcel is counted once: {ONCE} saw this",
    ),
    "a check that is broken": (
        {("too-early", False): report(ONCE, blame="lab", verdict=Verdict.UNKNOWN)},
        "too-early: so it was",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_speaks_against_a_lab_is_told(what: str, tmp_path: Path) -> None:
    """One run that does not come out as it must is enough."""
    changed, told = BAD[what]
    proof, _ = prove(tmp_path, changed)
    assert proof.verdict is Verdict.FAIL
    assert len(proof.problems) == 1
    assert proof.problems[0].startswith(told)


def test_a_flake_is_counted(tmp_path: Path) -> None:
    """As a share of the solution's runs."""
    proof, _ = prove(
        tmp_path, {("solution", False): [report(), report(ENDS), report(), report()]}, 4
    )
    assert (proof.passes, proof.flake_rate) == (3, 0.25)


def test_a_run_on_a_machine_that_is_not_well_is_made_again(tmp_path: Path) -> None:
    """And if that does not help, nothing is proved."""
    unwell = report(ENDS, blame="machine", verdict=Verdict.UNKNOWN)
    proof, asked = prove(tmp_path, {("solution", False): [unwell, report(), report(), report()]})
    assert proof.verdict is Verdict.PASS
    assert len(asked) == 9
    proof, _ = prove(tmp_path, {("solution", False): [unwell] * 9})
    assert proof.verdict is Verdict.UNKNOWN
    assert proof.passes == 0
    proof, _ = prove(tmp_path, {("solution", False): [unwell] * 9, ("start", False): report()})
    assert proof.verdict is Verdict.FAIL


def test_the_proof_is_kept_signed(tmp_path: Path) -> None:
    """A stranger can check it; a change shows."""
    proof, _ = prove(tmp_path, {})
    path = write_proof(proof, tmp_path)
    assert path.parent == tmp_path / "evidence"
    assert path.name.startswith("lab-proof-practice-basics-count-once-")
    found = verify_bundle(path)
    assert found.problems == ()
    assert (found.kind, found.told) == ("lab-proof", "pass")
    path.write_text(path.read_text().replace('"flake_rate": 0.0', '"flake_rate": 0.5'))
    assert len(verify_bundle(path).problems) == 2
    assert proof.lab_sha256 == hash_lab(LAB)
