"""Ours at one work, each seed without a trace and with one, in a process of its own: run by
``simulation``.

Which of the two is first changes with every seed. What a run has left is collected within its
time; before it, what others have left is collected out of it, for both alike.
"""

from __future__ import annotations

import gc
import json
import sys
import time

from benchmarks.simulators.engines.practicum import simulated
from benchmarks.simulators.programs import Work
from practicum.simulation.running.trace import Trace

CPU_S = {"gossip": 1.5, "calls": 1.5, "election": 3.0}
"""Seeds follow each other until so much is used up, by plain and traced runs together; elections
are the shortest runs, and what else the machine does tells on them most."""


def timed(work: Work, seed: int, *, traced: bool) -> tuple[str, float]:
    """The mark of a run, which tells all that happened, and its seconds of CPU time."""
    gc.collect()
    began = time.process_time()
    outcome = simulated(work.kind, work, seed, Trace() if traced else None)
    return outcome.mark, time.process_time() - began


def compare(work: Work) -> dict[str, float]:
    """The seconds of all plain runs and of all traced ones, and how many seeds there were."""
    for traced in (False, True):
        timed(work, 0, traced=traced)  # imports, compiles, and warms up
    gc.collect()
    gc.freeze()
    used_s = {False: 0.0, True: 0.0}
    seed = 0
    while sum(used_s.values()) < CPU_S[work.kind]:
        seed += 1
        marks = {}
        for traced in (False, True) if seed % 2 else (True, False):
            marks[traced], seconds = timed(work, seed, traced=traced)
            used_s[traced] += seconds
        assert marks[False] == marks[True], f"seed {seed}: a trace changed the run"
    return {"plain_s": used_s[False], "traced_s": used_s[True], "seeds": seed}


def main() -> None:
    """Print the comparison as JSON."""
    kind, nodes, seconds = sys.argv[1:]
    print(json.dumps(compare(Work(kind, int(nodes), float(seconds)))))


if __name__ == "__main__":
    main()
