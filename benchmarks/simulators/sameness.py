"""What an engine shows of the four constructs with one seed, so many times, after so many other
seeds: run by ``determinism`` with the engine's Python."""

from __future__ import annotations

import json
import sys

from benchmarks.simulators.engines import seer

SEED = 1


def main() -> None:
    """Print a list of what was seen each time, as JSON."""
    name, before, times = sys.argv[1:]
    see_sets = seer(name)
    for other in range(int(before)):
        see_sets(SEED + 1 + other)
    print(json.dumps([see_sets(SEED) for _ in range(int(times))]))


if __name__ == "__main__":
    main()
