"""The simulator by itself: what traces cost, and whether its memory grows.

How fast it is, beside its peers, is in ``simulators``. The works are the same, and are written
once, in ``simulators/programs.py`` and ``simulators/protocols/``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks import measuring
from benchmarks.measuring import Figure, calibrate
from benchmarks.simulators.contest import OWN_PYTHON
from benchmarks.simulators.installing import common_python
from benchmarks.simulators.processes import answer_of
from benchmarks.simulators.programs import CALLING, GOSSIP, LONG, definitions
from benchmarks.simulators.resident import SHORTEST

TRACE_COST_PERCENT = 35.0
SEEDS, EVERY = 100_000, 10_000
GROWN_MB = 5.0
MEMORY_TIMEOUT_S = 1800.0


def measure(rounds: int) -> list[Figure]:
    """What traces cost in every round, and memory once."""
    python, version = common_python()
    interpreters = {f"Python {version}": str(python), OWN_PYTHON: sys.executable}
    loops: list[float] = []
    added: dict[str, list[float]] = {}
    for number in range(rounds):
        loops.append(calibrate())
        for name, interpreter in interpreters.items():
            for work in (GOSSIP, CALLING, LONG):
                found = answer_of(interpreter, "tracing", work.kind, work.nodes, work.seconds)
                percent = 100 * (found["traced_s"] / found["plain_s"] - 1)
                added.setdefault(f"{work.title}, {name}: what a trace adds", []).append(percent)
        print(f"  round {number + 1} of {rounds} is over", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit="%", rounds=tuple(values), promise=TRACE_COST_PERCENT)
            for name, values in added.items()
        ),
        *_memory(),
    ]


def _memory() -> list[Figure]:
    found = answer_of(sys.executable, "resident", SEEDS, EVERY, timeout_s=MEMORY_TIMEOUT_S)
    resident, peak = found["resident_mb"], found["peak_mb"]
    span = f"from the {EVERY:,}th to the {SEEDS:,}th election of {SHORTEST.seconds:g} s"
    return [
        Figure(
            name=f"resident memory grows, {span}",
            unit="MB",
            rounds=(resident[-1] - resident[0],),
            promise=GROWN_MB,
        ),
        Figure(name=f"its peak grows, {span}", unit="MB", rounds=(peak[-1] - peak[0],)),
        Figure(
            name=f"resident memory after every {EVERY:,} elections",
            unit="MB",
            rounds=tuple(resident),
        ),
    ]


def table(figures: Sequence[Figure]) -> str:
    """The figures, below what the works are."""
    return f"{definitions()}\n\n{measuring.table(figures)}"
