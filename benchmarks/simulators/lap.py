"""One engine at one work, in a process of its own: run by ``contest`` with the engine's Python.

The garbage collector works between seeds only, for all engines alike, and what it does then is
counted, too. CPU time counts, as other things run on the machine.
"""

from __future__ import annotations

import gc
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable

from benchmarks.simulators.engines import performer
from benchmarks.simulators.programs import Work

CPU_S = 0.4
"""A lap goes on until so much is used up, but does everything once. What is done first warms up
and does not count, unless it takes so long that being cold is nothing to it."""


def lap(perform: Callable[[Work, int], int], work: Work) -> dict[str, float]:
    """What was done, in how many seeds and how many seconds of CPU time."""
    first = _run(perform, work, (0,))
    if first["cpu_s"] >= 2 * CPU_S:
        return first
    gc.freeze()
    return _run(perform, work, itertools.count(1))


def _run(
    perform: Callable[[Work, int], int], work: Work, numbers: Iterable[int]
) -> dict[str, float]:
    """Seeds until the time is used up."""
    done = seeds = 0
    cpu_s = 0.0
    began = time.process_time()
    for number in numbers:
        seeds += 1
        gc.disable()
        done += perform(work, number)
        gc.enable()
        gc.collect()
        cpu_s = time.process_time() - began
        if cpu_s >= CPU_S:
            break
    return {"done": done, "seeds": seeds, "cpu_s": cpu_s}


def main() -> None:
    """Print the lap as JSON."""
    name, kind, nodes, seconds = sys.argv[1:]
    print(json.dumps(lap(performer(name), Work(kind, int(nodes), float(seconds)))))


if __name__ == "__main__":
    main()
