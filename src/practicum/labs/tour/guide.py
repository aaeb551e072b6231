"""The whole tour: range up, experiment, checks, evidence."""

from __future__ import annotations

import hashlib
import importlib.resources
from pathlib import Path
from typing import Protocol

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs import evidence
from practicum.labs.check.machine import as_figures, watching
from practicum.labs.experiment.figures import figures_of
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.run import Plan, Progress, Run
from practicum.labs.grading import grade
from practicum.labs.report import page
from practicum.labs.report.choosing import choose
from practicum.labs.school_key import school_key
from practicum.labs.signing import sign
from practicum.labs.tour.excuse import excuse, verdict_of
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeFolder
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339


class Narrator(Protocol):
    """Is told how the tour goes; a terminal, a page or a test."""

    def on_progress(self, progress: Progress) -> None:
        """The experiment goes on."""
        ...

    def on_news(self, news: str) -> None:
        """A fault struck, or its effect is over; in rich's markup."""
        ...

    def on_judgement(self, judgement: Judgement) -> None:
        """A check has ended."""
        ...


class Report(msgspec.Struct, frozen=True):
    """What the tour came to; ``path`` is where the evidence lies, ``page`` where it is drawn."""

    verdict: Verdict
    judgements: tuple[Judgement, ...]
    figures: dict[str, float]
    path: Path
    page: Path


async def take_tour(client: RangeClient, plan: Plan, home: Path, narrator: Narrator) -> Report:
    """Run the experiment on a range that is up, check it, and write the evidence.

    The machine is watched meanwhile: a failure that may be its doing is unknown.
    """
    status = await client.status()
    run = Run(
        plan,
        client.name,
        addresses(status),
        client,
        on_progress=narrator.on_progress,
        on_news=narrator.on_news,
    )
    folder = RangeFolder(home, client.name).path
    started = LiveWorld().now()
    async with watching(folder) as watch:
        observations = await run.run()
        seen = watch.seen()
    with importlib.resources.as_file(_checks()) as checks:
        graded = await grade(checks, observations, on_judgement=narrator.on_judgement, home=home)
        checks_hash = hashlib.sha256(checks.read_bytes()).hexdigest()
    judgements = graded.judgements
    verdict = verdict_of(judgements, seen)
    unwell = excuse(judgements, seen)
    if unwell is not None:
        narrator.on_judgement(unwell)
        judgements = [*judgements, unwell]
    figures = figures_of(run, observations, await client.status())
    bundle = evidence.Evidence(
        kind="tour",
        made_at=rfc3339(started),
        verdict=verdict,
        judgements=tuple(judgements),
        observations=observations,
        plan=msgspec.to_builtins(plan),
        figures=figures,
        machine={**evidence.machine(), **as_figures(seen)},
        versions=evidence.versions(),
        checks_sha256=checks_hash,
    )
    bundle = sign(bundle, school_key(home))
    path = evidence.write(bundle, home / "evidence")
    chosen = choose(folder / "telemetry", run.sagas, observations.faults, since_s=started)
    drawn = page.write(page.render(bundle, run.sagas, chosen), path.with_suffix(".html"))
    return Report(verdict, tuple(judgements), figures, path, drawn)


def _checks() -> importlib.resources.abc.Traversable:
    return importlib.resources.files("practicum.labs.tour") / "checks.py"
