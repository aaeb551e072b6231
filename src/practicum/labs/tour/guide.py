"""The whole tour: range up, experiment, checks, evidence."""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.labs import evidence
from practicum.labs.experiment import Observations
from practicum.labs.grading import grade
from practicum.labs.report import page
from practicum.labs.report.choosing import choose
from practicum.labs.tour.run import Plan, Progress, Tour
from practicum.servers.client import RangeClient
from practicum.servers.control import RangeStatus
from practicum.servers.home import RangeFolder
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339
from practicum.stress.open_loop import percentile


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
    """Run the experiment on a range that is up, check it, and write the evidence."""
    status = await client.status()
    tour = Tour(
        plan,
        client.name,
        addresses(status),
        client,
        on_progress=narrator.on_progress,
        on_news=narrator.on_news,
    )
    started = LiveWorld().now()
    observations = await tour.run()
    with importlib.resources.as_file(_checks()) as checks:
        judgements = await grade(checks, observations, on_judgement=narrator.on_judgement)
        checks_hash = hashlib.sha256(checks.read_bytes()).hexdigest()
    verdict = overall(judgement.verdict for judgement in judgements)
    figures = _figures(tour, observations, await client.status())
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
    path = evidence.write(bundle, home / "evidence")
    kept = RangeFolder(home, client.name).path / "telemetry"
    chosen = choose(kept, tour.sagas, observations.faults, since_s=started)
    drawn = page.write(page.render(bundle, tour.sagas, chosen), path.with_suffix(".html"))
    return Report(verdict, tuple(judgements), figures, path, drawn)


def addresses(status: RangeStatus) -> Mapping[str, str]:
    """The base URL of each service."""
    return {
        member.service: f"http://{member.host}:{member.port}"
        for member in reversed(status.members)
        if member.kind == "service"
    }


def _checks() -> importlib.resources.abc.Traversable:
    return importlib.resources.files("practicum.labs.tour") / "checks.py"


def _figures(tour: Tour, observations: Observations, status: RangeStatus) -> dict[str, float]:
    """Milliseconds, megabytes and counts, the faults included: ``accept`` is the time of the
    edge's answer, ``saga`` that from an order's first event to its last."""
    figures = {
        "orders_accepted": float(len(observations.accepted)),
        "orders_refused": float(sum(1 for shot in tour.shots if shot.error)),
        "pss_mb": sum(member.pss_bytes for member in status.members) / 1e6,
    }
    for name, seconds in (
        ("accept", sorted(shot.latency_s for shot in tour.shots if shot.error is None)),
        ("saga", sorted(saga.ended_s - saga.began_s for saga in tour.sagas.values())),
    ):
        if seconds:
            figures[f"{name}_p50_ms"] = percentile(seconds, 50) * 1000
            figures[f"{name}_p99_ms"] = percentile(seconds, 99) * 1000
    known = [each.recovery_s for each in observations.faults if each.recovery_s is not None]
    if known:
        figures["recovery_s"] = max(known)
    return {name: round(value, 2) for name, value in figures.items()}
