"""One run of a lab's plan with somebody's files: loaded, run, judged, the machine watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check.answering import silent_services
from practicum.labs.check.attribution import Ran
from practicum.labs.check.files import Copied
from practicum.labs.check.lab_range import LabRange, NotReady
from practicum.labs.check.last_words import last_words
from practicum.labs.check.machine import Watch, watching
from practicum.labs.experiment.figures import figures_of
from practicum.labs.experiment.observations import Observations, Saga
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.run import Plan, Progress, Run
from practicum.labs.grading import Graded, grade
from practicum.labs.lab import CHECKS, Lab

CHECKS_TIMEOUT_S = 60.0
WITNESSES = frozenset({"order", "bank", "inventory", "shipping"})
"""Without one of them the checks cannot be run."""


class Narrator(Protocol):
    """Is told how a check goes; a terminal, a page or a test."""

    def on_stage(self, words: str) -> None:
        """Something else begins."""
        ...

    def on_progress(self, progress: Progress) -> None:
        """The experiment goes on."""
        ...

    def on_news(self, news: str) -> None:
        """A fault struck, or its effect is over; in rich's markup."""
        ...

    def on_judgement(self, judgement: Judgement) -> None:
        """A check has ended."""
        ...


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``observations`` are None when the services did not start with the
    files; ``seconds`` are by part; ``spoiled`` says that the range is not well with them."""

    ran: Ran
    seconds: dict[str, float]
    observations: Observations | None = None
    sagas: Mapping[str, Saga] = {}
    figures: Mapping[str, float] = {}
    spoiled: bool = False


class Lap:
    """Seconds of one part after another."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = time.monotonic()

    def note(self, part: str) -> None:
        """The part has ended now, and the next begins."""
        now = time.monotonic()
        self.seconds[part] = round(self.seconds.get(part, 0.0) + now - self._at, 2)
        self._at = now


class Trial:
    """Tries files in the range of a lab, under one plan."""

    def __init__(self, lab: Lab, lab_range: LabRange, plan: Plan, home: Path) -> None:
        self._lab, self._range, self._plan, self._home = lab, lab_range, plan, home

    async def of(self, files: Copied, narrator: Narrator) -> Tried:
        """Load the files, run the plan, judge. Raises RangeError when the range itself fails."""
        lap = Lap()
        async with watching(self._range.folder) as watch:
            try:
                started = await self._range.load(self.replaces(files))
            except NotReady as error:
                lap.note("load")
                judgement = not_started(error, files)
                narrator.on_judgement(judgement)
                return _without_run((judgement,), watch, lap)
            if started:
                narrator.on_stage(f"{', '.join(started)} started with {files.source.name}/")
            lap.note("load")
            return await self._run(files, narrator, (watch, lap))

    def replaces(self, files: Copied) -> dict[str, Path]:
        """The files by the module that each stands for."""
        return {module: files.folder / name for name, module in self._lab.spec.replaces.items()}

    async def _run(self, files: Copied, narrator: Narrator, tools: tuple[Watch, Lap]) -> Tried:
        watch, lap = tools
        client = self._range.client
        status = await client.status()
        run = Run(
            self._plan,
            client.name,
            addresses(status),
            client,
            on_progress=narrator.on_progress,
            on_news=narrator.on_news,
            shelf=self._range.take_shelf(),
        )
        observations = await run.run()
        lap.note("experiment")
        silent = await silent_services(client, files)
        for judgement in silent.values():
            narrator.on_judgement(judgement)
        graded = Graded([], [])
        if not WITNESSES & silent.keys():
            narrator.on_stage("the checks ask the witnesses")
            graded = await self._grade(observations, narrator.on_judgement)
        lap.note("checks")
        seen = watch.seen()
        return Tried(
            ran=Ran(
                judgements=(*silent.values(), *graded.judgements),
                machine=seen,
                troubles=tuple(graded.troubles),
            ),
            seconds=lap.seconds,
            observations=observations,
            sagas=run.sagas,
            figures=figures_of(run, observations, await client.status()),
            spoiled=bool(silent),
        )

    async def _grade(
        self, observations: Observations, on_judgement: Callable[[Judgement], None]
    ) -> Graded:
        return await grade(
            self._lab.folder / CHECKS,
            observations,
            on_judgement=on_judgement,
            timeout_s=CHECKS_TIMEOUT_S,
            home=self._home,
        )


def _without_run(judgements: tuple[Judgement, ...], watch: Watch, lap: Lap) -> Tried:
    return Tried(
        ran=Ran(judgements=judgements, machine=watch.seen()), seconds=lap.seconds, spoiled=True
    )


def not_started(error: NotReady, files: Copied) -> Judgement:
    """What is told of services that did not get ready."""
    names = ", ".join(error.last_words)
    logs = [last_words(log) for log in error.last_words.values()]
    why = logs[0][0] if logs and logs[0] else str(error).splitlines()[0]
    return Judgement(
        check="the services start",
        verdict=Verdict.FAIL,
        expected=f"{names} gets ready with your files",
        seen=files.as_learner_knows(why),
        shown=tuple(files.as_learner_knows(line) for log in logs for line in log),
        look_next="the lines above are the end of its log: what did it die of, or wait for?",
    )


class Muted:
    """Passes on how a run goes, and keeps what it came to for itself."""

    def __init__(self, narrator: Narrator) -> None:
        self.on_stage = narrator.on_stage
        self.on_progress = narrator.on_progress

    def on_news(self, news: str) -> None:
        """Faults of somebody else's run are no news."""

    def on_judgement(self, judgement: Judgement) -> None:
        """Nor are its judgements."""
