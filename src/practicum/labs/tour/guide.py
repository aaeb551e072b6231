"""The whole tour: range up, experiment, checks, evidence."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.resources
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.labs import evidence
from practicum.labs.experiment import Observations
from practicum.labs.grading import grade
from practicum.labs.tour.run import Plan, Progress, Tour
from practicum.servers.client import RangeClient
from practicum.servers.control import Event, RangeStatus
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339
from practicum.stress.open_loop import Shot, percentile

STRIKE_POLL_S = 0.02


class Narrator(Protocol):
    """Is told how the tour goes; a terminal, a page or a test."""

    def on_progress(self, progress: Progress) -> None:
        """The experiment goes on."""
        ...

    def on_event(self, event: Event) -> None:
        """A process changed its state, or died at a crash point."""
        ...

    def on_judgement(self, judgement: Judgement) -> None:
        """A check has ended."""
        ...


class Report(msgspec.Struct, frozen=True):
    """What the tour came to; ``path`` is where the evidence lies."""

    verdict: Verdict
    judgements: tuple[Judgement, ...]
    figures: dict[str, float]
    path: Path


async def take_tour(client: RangeClient, plan: Plan, home: Path, narrator: Narrator) -> Report:
    """Run the experiment on a range that is up, check it, and write the evidence."""
    status = await client.status()
    tour = Tour(plan, client.name, addresses(status), RangeStriker(client), narrator.on_progress)
    started = LiveWorld().now()
    narrating = asyncio.create_task(_narrate(client, narrator))
    try:
        observations = await tour.run()
    finally:
        narrating.cancel()
    with importlib.resources.as_file(_checks()) as checks:
        judgements = await grade(checks, observations, on_judgement=narrator.on_judgement)
        checks_hash = hashlib.sha256(checks.read_bytes()).hexdigest()
    verdict = overall(judgement.verdict for judgement in judgements)
    figures = _figures(tour.shots, observations, await client.status())
    bundle = evidence.seal(
        evidence.Evidence(
            kind="tour",
            made_at=rfc3339(started),
            verdict=verdict,
            judgements=tuple(judgements),
            observations=observations,
            plan=msgspec.to_builtins(plan),
            figures=figures,
            machine=evidence.machine(),
            versions=evidence.versions(),
            checks_sha256=checks_hash,
        )
    )
    return Report(verdict, tuple(judgements), figures, evidence.write(bundle, home / "evidence"))


class RangeStriker:
    """Kills services of a live range at crash points."""

    def __init__(self, client: RangeClient) -> None:
        self._client = client

    async def strike(self, service: str, point: str, hit: int = 1) -> None:
        """See `Striker.strike`; dies the ``hit``-th time that the point is reached."""
        before = len(await self._client.hits())
        await self._client.arm(service, point, hit)
        while True:
            hits = (await self._client.hits())[before:]
            if any((each.service, each.point) == (service, point) for each in hits):
                return
            await asyncio.sleep(STRIKE_POLL_S)


async def _narrate(client: RangeClient, narrator: Narrator) -> None:
    async for event in client.watch():
        narrator.on_event(event)


def addresses(status: RangeStatus) -> Mapping[str, str]:
    """The base URL of each service."""
    return {
        member.service: f"http://{member.host}:{member.port}"
        for member in reversed(status.members)
        if member.kind == "service"
    }


def _checks() -> importlib.resources.abc.Traversable:
    return importlib.resources.files("practicum.labs.tour") / "checks.py"


def _figures(
    shots: Sequence[Shot], observations: Observations, status: RangeStatus
) -> dict[str, float]:
    """Milliseconds, megabytes and counts; latency is that of the edge's answer."""
    latencies = sorted(shot.latency_s for shot in shots if shot.error is None)
    figures = {
        "orders_accepted": float(len(observations.accepted)),
        "orders_refused": float(sum(1 for shot in shots if shot.error)),
        "pss_mb": sum(member.pss_bytes for member in status.members) / 1e6,
    }
    if latencies:
        figures["accept_p50_ms"] = percentile(latencies, 50) * 1000
        figures["accept_p99_ms"] = percentile(latencies, 99) * 1000
    if observations.recovery_s is not None:
        figures["recovery_s"] = observations.recovery_s
    return {name: round(value, 2) for name, value in figures.items()}
