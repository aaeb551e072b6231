"""What an engine shows of the four constructs, so many times, with one seed: run by
``determinism`` with the engine's Python."""

from __future__ import annotations

import importlib
import json
import sys

SEED = 1


def main() -> None:
    """Print a list of what was seen each time, as JSON."""
    name, times = sys.argv[1:]
    engine = importlib.import_module(f"benchmarks.simulators.engines.{name}")
    print(json.dumps([engine.see_sets(SEED) for _ in range(int(times))]))


if __name__ == "__main__":
    main()
