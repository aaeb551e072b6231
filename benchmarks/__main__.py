"""Run the benchmarks and write what they found to ``benchmarks/results/``."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
import traceback
from pathlib import Path

import msgspec

from benchmarks import (
    analysis,
    browsing,
    checking,
    credentials,
    exams,
    growth,
    heart,
    linting,
    listening,
    memory,
    record,
    shop,
    simulation,
)
from benchmarks.measuring import Figure, table
from benchmarks.sagas import contest
from benchmarks.simulators import contest as simulators
from benchmarks.simulators import determinism
from practicum.labs.evidence import machine, versions

BENCHES = {
    "heart": heart.measure,
    "shop": shop.measure,
    "browsing": browsing.measure,
    "growth": growth.measure,
    "listening": listening.measure,
    "linting": linting.measure,
    "exams": exams.measure,
    "analysis": analysis.measure,
    "credentials": credentials.measure,
    "record": record.measure,
    "simulation": simulation.measure,
    "memory": memory.measure,
    "checking": checking.measure,
    "sagas": contest.measure,
    "simulators": simulators.measure,
    "determinism": determinism.measure,
}
TABLES = {
    "determinism": determinism.table,
    "simulation": simulation.table,
    "simulators": simulation.table,
}
"""Of those that are shown otherwise than line by line."""
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run all, or those named."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(BENCHES)}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of")
    words = parser.parse_args()
    unknown = sorted(set(words.names) - BENCHES.keys())
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
    failed = [name for name in words.names or BENCHES if not done(name, words.rounds)]
    if failed:
        sys.exit(f"not measured, see above: {', '.join(failed)}")


def done(name: str, rounds: int) -> bool:
    """Run one, write its results, and say whether it ended well: the others go on without it."""
    print(f"{name}:", flush=True)
    began = time.monotonic()
    try:
        write(name, BENCHES[name](rounds))
    except Exception:  # whatever it is, it is told in full
        traceback.print_exc()
        return False
    print(f"{name} took {time.monotonic() - began:.0f} s\n", flush=True)
    return True


def write(name: str, figures: list[Figure]) -> None:
    """The figures as JSON with machine and versions, and as a table on the terminal."""
    now = dt.datetime.now(dt.UTC)
    document = {
        "bench": name,
        "made_at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "figures": figures,
    }
    path = RESULTS / f"{name}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    text = f"# {name}, {now:%Y-%m-%d}\n\n{TABLES.get(name, table)(figures)}\n"
    path.with_suffix(".md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
