"""Prove a lab: its start fails, its solution passes again and again, and each wrong solution
passes the run without faults and fails the check that is declared for it.

A lab whose checks cannot tell the solution from a plausible mistake teaches the mistake. So
every folder of the lab is checked as a learner's files would be, in a range that nobody else
uses. Runs in which the machine was not well prove nothing; they are made again a few times.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import msgspec

from practicum.checking.verdict import Verdict
from practicum.labs import evidence
from practicum.labs.check.checking import CheckNarrator, CheckReport, check
from practicum.labs.lab import SOLUTION, START, Lab
from practicum.labs.library import verify_range
from practicum.labs.proof import LabProof, Part, Trial, hash_lab
from practicum.labs.school_key import school_key
from practicum.labs.signing import sign
from practicum.servers.home import telling, write_atomically
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339

UNSURE_MAX = 2
"""How often a run is made again in which the machine was not well."""


class ProofNarrator(CheckNarrator, Protocol):
    """Is told how a proof goes."""

    def on_trial(self, title: str) -> None:
        """The next run begins."""
        ...

    def on_trial_ended(self, trial: Trial) -> None:
        """It came to this."""
        ...


Checker = Callable[..., Awaitable[CheckReport]]
"""`check`, or something that answers as it does."""


async def verify(
    lab: Lab,
    *,
    times: int,
    home: Path,
    narrator: ProofNarrator,
    range_name: str = "",
    checker: Checker = check,
) -> LabProof:
    """Run all that proves the lab, the solution ``times`` times; the proof is not written yet."""
    bench = Bench(lab, home, range_name or verify_range(lab), narrator, checker)
    await bench.run("start", START)
    for _ in range(times):
        await bench.run("solution", SOLUTION)
    for name in lab.spec.wrong:
        await bench.run("wrong", name, calm=True)
        await bench.run("wrong", name)
    return _proof(lab, bench.trials, times)


class Bench:
    """Makes the runs one after the other, and notes them."""

    def __init__(
        self, lab: Lab, home: Path, range_name: str, narrator: ProofNarrator, checker: Checker
    ) -> None:
        self.trials: list[Trial] = []
        self._lab = lab
        self._home = home
        self._range = range_name
        self._narrator = narrator
        self._checker = checker

    async def run(self, part: Part, name: str, *, calm: bool = False) -> None:
        """Check one folder; again, if the machine was not well."""
        folder = self._lab.wrong(name) if part == "wrong" else self._lab.folder / name
        self._narrator.on_trial(f"{name}, no faults" if calm else name)
        for _ in range(1 + UNSURE_MAX):
            report = await self._checker(
                self._lab,
                folder,
                home=self._home,
                range_name=self._range,
                narrator=self._narrator,
                calm=calm,
                attribute=calm,
            )
            trial = self._trial(part, name, calm, report)
            if not trial.unsure:
                break
        self.trials.append(trial)
        self._narrator.on_trial_ended(trial)

    def _trial(self, part: Part, name: str, calm: bool, report: CheckReport) -> Trial:
        failed = [x for x in report.judgements if x.verdict is Verdict.FAIL]
        declared = self._lab.spec.wrong[name].caught_by if part == "wrong" and not calm else ""
        telling = next((x for x in failed if x.test == declared), failed[0] if failed else None)
        problem = self._problem(part, calm, declared, report)
        return Trial(
            part=part,
            name=name,
            calm=calm,
            verdict=report.verdict,
            failed=tuple(judgement.test or judgement.check for judgement in failed),
            said=telling.seen if telling is not None else report.reason,
            seconds=report.seconds,
            problem=problem,
            unsure=bool(problem) and report.blame == "machine",
        )

    def _problem(self, part: Part, calm: bool, declared: str, report: CheckReport) -> str:
        """What speaks against the lab; empty if the run came out as it must."""
        if report.blame in ("machine", "lab") and report.verdict is not Verdict.PASS:
            return report.reason
        if part == "solution" or calm:
            return "" if report.verdict is Verdict.PASS else _not_passed(report)
        failed = [x.test for x in report.judgements if x.verdict is Verdict.FAIL and x.test]
        if not failed:
            return f"no check failed: {report.reason or 'they all passed'}"
        if declared and declared not in failed:
            return f"{declared}, which is declared for it, did not fail, but {', '.join(failed)}"
        return ""


def _not_passed(report: CheckReport) -> str:
    told = [f"{x.check}: {x.seen}" for x in report.judgements if x.verdict is not Verdict.PASS]
    return f"it did not pass: {'; '.join(told) or report.reason}"


def _proof(lab: Lab, trials: list[Trial], times: int) -> LabProof:
    wrong = [trial for trial in trials if trial.problem]
    solved = [trial for trial in trials if trial.part == "solution"]
    passes = sum(trial.verdict is Verdict.PASS for trial in solved)
    verdict = Verdict.PASS
    if wrong:
        verdict = Verdict.UNKNOWN if all(trial.unsure for trial in wrong) else Verdict.FAIL
    taken = [trial.seconds["verdict"] for trial in trials if "verdict" in trial.seconds]
    return LabProof(
        lab=lab.id,
        version=lab.spec.version,
        lab_sha256=hash_lab(lab),
        made_at=rfc3339(LiveWorld().now()),
        verdict=verdict,
        problems=tuple(f"{trial.title}: {trial.problem}" for trial in wrong),
        trials=tuple(trials),
        passes=passes,
        times=times,
        flake_rate=round(1 - passes / times, 4) if times else 0.0,
        check_s=round(statistics.median(taken), 2) if taken else 0.0,
        machine=evidence.machine(),
        versions=evidence.versions(),
    )


def write_proof(proof: LabProof, home: Path) -> Path:
    """Sign the proof and put it with the evidence; its path."""
    signed = sign(proof, school_key(home))
    stamp = proof.made_at.replace(":", "").replace("-", "").partition(".")[0]
    name = f"{proof.kind}-{proof.lab.replace('/', '-')}-{stamp}-{signed.sha256[:8]}.json"
    path = home / "evidence" / name
    with telling(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        document = msgspec.json.format(msgspec.json.encode(signed), indent=2)
        write_atomically(path, document)
    return path
