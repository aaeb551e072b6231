"""A run in figures."""

from __future__ import annotations

from practicum.labs.experiment.observations import Observations
from practicum.labs.experiment.run import Run
from practicum.servers.control import RangeStatus
from practicum.stress.open_loop import percentile


def figures_of(run: Run, observations: Observations, status: RangeStatus) -> dict[str, float]:
    """Milliseconds, megabytes and counts, the faults included: ``accept`` is the time of the
    edge's answer, ``saga`` that from an order's first event to its last."""
    figures = {
        "orders_accepted": float(len(observations.accepted)),
        "orders_refused": float(sum(1 for shot in run.shots if shot.error)),
        "pss_mb": sum(member.pss_bytes for member in status.members) / 1e6,
    }
    for name, seconds in (
        ("accept", sorted(shot.latency_s for shot in run.shots if shot.error is None)),
        ("saga", sorted(saga.ended_s - saga.began_s for saga in run.sagas.values())),
    ):
        if seconds:
            figures[f"{name}_p50_ms"] = percentile(seconds, 50) * 1000
            figures[f"{name}_p99_ms"] = percentile(seconds, 99) * 1000
    known = [each.recovery_s for each in observations.faults if each.recovery_s is not None]
    if known:
        figures["recovery_s"] = max(known)
    return {name: round(value, 2) for name, value in figures.items()}
