"""A check of somebody's files: probed, put into the lab's range, run, judged, attributed.

The range stays up afterwards, with the files still loaded, so that one can look around in it.
A check can be killed at any moment: faults end with its connection, and what it noted about
the range is only trusted as far as it was finished.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check import attribution, memory
from practicum.labs.check.attribution import Blame, Finding, Ran
from practicum.labs.check.files import Copied, copy_files, digest_of, hashes_of
from practicum.labs.check.investigating import judge_answer
from practicum.labs.check.lab_range import LabRange, lab_manifest
from practicum.labs.check.plan import Variation, plan_of
from practicum.labs.check.probing import Problem, probe
from practicum.labs.check.recording import Record, record
from practicum.labs.check.trying import Lap, Muted, Narrator, Trial, Tried
from practicum.labs.experiment.observations import Observations
from practicum.labs.lab import CHECKS, SOLUTION, Lab

CheckNarrator = Narrator


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a check came to. Only a fail whose blame is ``learner`` costs an attempt.

    ``path`` is where the evidence lies and ``page`` where it is drawn; None when nothing was
    run. ``seconds`` are by part of the check; ``verdict`` counts from its beginning until all
    checks of the files were heard, ``total`` until the end.
    """

    verdict: Verdict
    blame: Blame
    reason: str
    judgements: tuple[Judgement, ...]
    figures: dict[str, float]
    path: Path | None
    page: Path | None
    seconds: dict[str, float]


async def check(
    lab: Lab,
    files: Path,
    *,
    home: Path,
    range_name: str,
    narrator: CheckNarrator,
    calm: bool = False,
    attribute: bool = True,
    seed: int | None = None,
    rate: float | None = None,
    duration_s: float | None = None,
) -> CheckReport:
    """Judge the lab's files in the folder ``files``.

    ``calm`` leaves the faults out; without ``attribute`` nobody asks who is to blame. Seed,
    rate and duration vary the experiment. Raises RangeError when the range cannot be had, and
    when another check has it. Cancelled, it leaves a range without faults.
    """
    home, files = home.absolute(), files.absolute()
    variation = Variation(seed=seed, rate=rate, duration_s=duration_s, calm=calm)
    with memory.alone(home, range_name):
        try:
            if lab.spec.kind == "investigate":
                return await _investigate(lab, files, (home, range_name), narrator, variation)
            repair = _Repair(lab, files, (home, range_name), narrator, variation)
            return await repair.check(attribute=attribute)
        except asyncio.CancelledError:
            narrator.on_news("interrupted: the faults are lifted, the range stays up as it is")
            raise


class _Repair:
    """The check of one set of files that stand for modules."""

    def __init__(
        self,
        lab: Lab,
        files: Path,
        place: tuple[Path, str],
        narrator: CheckNarrator,
        variation: Variation,
    ) -> None:
        self._lab, self._files, self._narrator = lab, files, narrator
        self._home, name = place
        self._plan = plan_of(lab.spec.experiment, variation)
        self._calm = variation.calm
        self._range = LabRange(self._home, name, lab_manifest(lab.spec.range))
        self._trial = Trial(lab, self._range, self._plan, self._home)
        self._began_at = time.time()
        self._began_s = time.monotonic()
        self._lap = Lap()

    async def check(self, *, attribute: bool) -> CheckReport:
        """The whole way."""
        self._narrator.on_stage("reading your files")
        problems = await probe(self._lab, self._files)
        self._lap.note("probe")
        if problems:
            return self._not_begun(problems)
        await self._range.up(self._narrator.on_stage)
        self._lap.note("range")
        mine = copy_files(self._files, self._lab.files, self._range.folder)
        tried = await self._trial.of(mine, self._narrator)
        verdict_s = self._elapsed_s()
        self._lap.note("run")
        finding, reference = await self._attribute(mine, tried, attribute=attribute)
        if tried.spoiled:
            self._narrator.on_stage("the range is put back to the shop's own services")
            await self._range.load({})
        self._lap.note("attribution")
        path, page = self._record(mine, tried, finding, reference)
        return CheckReport(
            verdict=finding.verdict,
            blame=finding.blame,
            reason=finding.reason,
            judgements=tried.ran.judgements,
            figures=dict(tried.figures),
            path=path,
            page=page,
            seconds=self._seconds(tried, verdict_s),
        )

    def _not_begun(self, problems: list[Problem]) -> CheckReport:
        judgement = unloadable(problems)
        self._narrator.on_judgement(judgement)
        return CheckReport(
            verdict=Verdict.FAIL,
            blame="nobody",
            reason="your files cannot be loaded yet, so nothing was started; this costs no attempt",
            judgements=(judgement,),
            figures={},
            path=None,
            page=None,
            seconds=self._lap.seconds | {"verdict": self._elapsed_s(), "total": self._elapsed_s()},
        )

    async def _attribute(
        self, mine: Copied, tried: Tried, *, attribute: bool
    ) -> tuple[Finding, Ran | None]:
        """Whose failure it is; the lab's solution is run for it where that is needed."""
        names = self._lab.files
        solution = self._lab.folder / SOLUTION
        is_solution = mine.digest == digest_of(hashes_of(solution, names))
        key = self._proof_key(solution)
        ran, reference = tried.ran, None
        if is_solution and ran.verdict is Verdict.PASS:
            self._range.note_proof(key, time.time())
        proved_at = self._range.proved_at(key)
        age_s = None if proved_at is None else time.time() - proved_at
        wanted = attribute and attribution.needs_reference(ran, is_solution=is_solution)
        if wanted and not attribution.proof_stands(ran, age_s):
            self._narrator.on_stage("to be fair: the lab's own solution under the same plan")
            copied = copy_files(solution, names, self._range.folder)
            reference = (await self._trial.of(copied, Muted(self._narrator))).ran
            if reference.verdict is Verdict.PASS:
                self._range.note_proof(key, time.time())
            if not tried.spoiled and await self._range.load(self._trial.replaces(mine)):
                self._narrator.on_stage("your files are loaded again: look around in the range")
        finding = attribution.attribute(
            ran, reference, proof_age_s=age_s if wanted else None, is_solution=is_solution
        )
        return finding, reference

    def _proof_key(self, solution: Path) -> str:
        """Of the plan, the checks and the solution: a pass holds for all of them together."""
        checks = hashlib.sha256((self._lab.folder / CHECKS).read_bytes()).hexdigest()
        parts = (self._plan.digest, checks, digest_of(hashes_of(solution, self._lab.files)))
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def _record(
        self, mine: Copied, tried: Tried, finding: Finding, reference: Ran | None
    ) -> tuple[Path, Path]:
        nothing = Observations(range=self._range.client.name, peers={}, accepted=())
        return record(
            Record(
                lab=self._lab,
                files=mine.sha256,
                began_at=self._began_at,
                plan=msgspec.to_builtins(self._plan),
                calm=self._calm,
                finding=finding,
                mine=tried.ran,
                reference=reference,
                observations=tried.observations or nothing,
                sagas=tried.sagas,
                figures=tried.figures,
                seconds=tried.seconds,
                range_folder=self._range.folder,
            ),
            self._home,
        )

    def _elapsed_s(self) -> float:
        return round(time.monotonic() - self._began_s, 2)

    def _seconds(self, tried: Tried, verdict_s: float) -> dict[str, float]:
        self._lap.note("evidence")
        parts = {name: s for name, s in self._lap.seconds.items() if name != "run"}
        return {**parts, **tried.seconds, "verdict": verdict_s, "total": self._elapsed_s()}


def unloadable(problems: list[Problem]) -> Judgement:
    """What is told of files that cannot even be loaded."""
    first, *more = [line for problem in problems for line in str(problem).splitlines()]
    return Judgement(
        check="your files can be loaded",
        verdict=Verdict.FAIL,
        expected="files that Python can load in place of the lab's modules",
        seen=first,
        shown=tuple(more),
        look_next=problems[0].remedy,
    )


async def _investigate(
    lab: Lab,
    files: Path,
    place: tuple[Path, str],
    narrator: CheckNarrator,
    variation: Variation,
) -> CheckReport:
    """The check of an answer: nothing is run but the checks."""
    home, range_name = place
    began_at, lap = time.time(), Lap()
    judged = await judge_answer(lab, files, (home, range_name), narrator, variation)
    lap.note("verdict")
    finding = attribution.attribute_answer(judged.ran, unfinished=judged.unfinished)
    path, page = record(
        Record(
            lab=lab,
            files=judged.files,
            began_at=began_at,
            plan=msgspec.to_builtins(lab.spec.experiment) | {"seed": judged.seed},
            calm=variation.calm,
            finding=finding,
            mine=judged.ran,
            reference=None,
            observations=judged.observations,
            sagas={},
            figures={},
            seconds=judged.seconds,
            range_folder=judged.range_folder,
        ),
        home,
    )
    lap.note("evidence")
    total = round(sum(lap.seconds.values()), 2)
    return CheckReport(
        verdict=finding.verdict,
        blame=finding.blame,
        reason=finding.reason,
        judgements=judged.ran.judgements,
        figures={},
        path=path,
        page=page,
        seconds={**judged.seconds, **lap.seconds, "total": total},
    )
