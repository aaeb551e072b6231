"""The experiment cut into seconds, for the picture of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from practicum.labs.experiment.observations import Second
from practicum.stress.open_loop import Shot, percentile


def by_second(
    shots: Sequence[Shot], ended_s: Sequence[float], elapsed_s: float
) -> tuple[Second, ...]:
    """What happened in each second; ``ended_s`` are the moments at which orders ended."""
    accepted: dict[int, list[float]] = {}
    refused: Counter[int] = Counter()
    for shot in shots:
        if shot.error is None:
            accepted.setdefault(int(shot.ended_s), []).append(shot.latency_s)
        else:
            refused[int(shot.ended_s)] += 1
    ended = Counter(int(second) for second in ended_s)
    seconds = []
    for at_s in range(int(elapsed_s) + 1):
        latencies = sorted(accepted.get(at_s, []))
        seconds.append(
            Second(
                at_s=at_s,
                accepted=len(latencies),
                refused=refused[at_s],
                ended=ended[at_s],
                p99_ms=round(percentile(latencies, 99) * 1000, 1) if latencies else None,
            )
        )
    return tuple(seconds)
