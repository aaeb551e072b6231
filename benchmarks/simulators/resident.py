"""How much memory ours holds while one process runs many short elections, one after the other:
run by ``simulation``.

Each has a crash and a partition. Old garbage is collected as often as the worker does it that
searches for a learner.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from pathlib import Path

from benchmarks.simulators.engines.practicum import simulated
from benchmarks.simulators.programs import Work
from practicum.simulation.running.worker import COLLECT_EVERY
from practicum.simulation.running.world import collect

SHORTEST = Work("election", seconds=0.5)
_KB, _MB = 1024, 1024 * 1024


def resident_mb() -> float:
    """What the process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / _MB


def peak_mb() -> float:
    """The most that it ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB


def grow(seeds: int, every: int) -> dict[str, list[float]]:
    """What is held, and the peak, after every so many seeds."""
    simulated(SHORTEST.kind, SHORTEST, 0)
    gc.collect()
    gc.freeze()
    gc.disable()
    found: dict[str, list[float]] = {"resident_mb": [], "peak_mb": []}
    for seed in range(1, seeds + 1):
        simulated(SHORTEST.kind, SHORTEST, seed)
        if seed % COLLECT_EVERY == 0:
            collect()
        if seed % every == 0:
            found["resident_mb"].append(resident_mb())
            found["peak_mb"].append(peak_mb())
    return found


def main() -> None:
    """Print what was found as JSON."""
    seeds, every = map(int, sys.argv[1:])
    print(json.dumps(grow(seeds, every)))


if __name__ == "__main__":
    main()
