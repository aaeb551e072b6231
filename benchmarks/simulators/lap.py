"""One engine at one work, in a process of its own: run by ``contest`` with the engine's Python.

The garbage collector works between seeds only, for all engines alike, and what it does then is
counted, too. CPU time counts, as other things run on the machine.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable

from benchmarks.simulators.engines import performer
from benchmarks.simulators.programs import Work

CPU_S = 1.0
"""A lap goes on until so much is used up, but does everything once."""


def lap(perform: Callable[[Work, int], int], work: Work) -> dict[str, float]:
    """What was done, in how many seeds and how many seconds of CPU time."""
    perform(work, 0)  # imports, compiles, and warms up
    gc.collect()
    gc.freeze()
    done = seeds = 0
    cpu_s = 0.0
    began = time.process_time()
    while cpu_s < CPU_S:
        seeds += 1
        gc.disable()
        done += perform(work, seeds)
        gc.enable()
        gc.collect()
        cpu_s = time.process_time() - began
    return {"done": done, "seeds": seeds, "cpu_s": cpu_s}


def main() -> None:
    """Print the lap as JSON."""
    name, kind, nodes, seconds = sys.argv[1:]
    print(json.dumps(lap(performer(name), Work(kind, int(nodes), float(seconds)))))


if __name__ == "__main__":
    main()
