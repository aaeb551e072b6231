"""Messages and seeds per second of CPU time, ours and theirs, in one run on one machine.

In each round every engine runs every work once, the engines one by one; the first engine of a
round is another one each time. A ratio is taken within a round, so that a machine that is slow
for a while is slow for both. All engines run on the newest Python that has all of them, and ours
once more on the Python that runs the benches.

All that is promised of the simulator's speed is measured here, and only here; what traces and
memory cost is in ``simulation``.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Figure, calibrate
from benchmarks.simulators.installing import common_python
from benchmarks.simulators.processes import EngineFailed, answer_of
from benchmarks.simulators.programs import (
    CALLING,
    GOSSIP,
    LONG,
    MANY_NODES,
    SHORT,
    Work,
)

FOUR = (GOSSIP, CALLING, LONG, SHORT)
PROMISES = {GOSSIP: 200_000.0, CALLING: 70_000.0, LONG: 150.0, SHORT: 600.0}
TIMES = {GOSSIP: 2.0, CALLING: 1.6}
"""How many times as fast as the best peer ours is promised to be."""
OWN_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


@dataclasses.dataclass(frozen=True)
class Entry:
    """An engine in the contest: its module, and which works it does."""

    name: str
    module: str
    works: tuple[Work, ...] = FOUR
    own_python: bool = False
    is_peer: bool = False


OURS = Entry("Practicum", "practicum", (*FOUR, *MANY_NODES))
OURS_HERE = Entry(f"Practicum on {OWN_PYTHON}", "practicum", FOUR, own_python=True)
SAME = Entry("Practicum, the peers' program", "practicum_asyncio")
STOCK = Entry("asyncio without seed, latency and loss", "stock", (GOSSIP, CALLING))
ENTRIES = (
    OURS,
    OURS_HERE,
    SAME,
    Entry("seedloop", "with_seedloop", (*FOUR, *MANY_NODES), is_peer=True),
    Entry("detangle", "with_detangle", is_peer=True),
    Entry("simloop", "with_simloop", is_peer=True),
    Entry("simloom", "with_simloom", is_peer=True),
    STOCK,
    Entry("simpy", "with_simpy", (GOSSIP, CALLING)),
)
Rates = dict[tuple[Entry, Work], list[float]]


def measure(rounds: int) -> list[Figure]:
    """All engines, round by round."""
    python, version = common_python()
    loops: list[float] = []
    rates: Rates = {(entry, work): [] for entry in ENTRIES for work in entry.works}
    left_out: dict[Entry, str] = {}
    for number in range(rounds):
        loops.append(calibrate())
        first = number % len(ENTRIES)
        for entry in (*ENTRIES[first:], *ENTRIES[:first]):
            if entry in left_out:
                continue
            try:
                _round(entry, python, rates)
            except EngineFailed as error:
                left_out[entry] = str(error)
                print(f"  {entry.name} is left out: {error}", flush=True)
        print(f"  round {number + 1} of {rounds} is over", flush=True)
    return [
        Figure(
            name=f"calibration loop (the engines run on Python {version})",
            unit="ms",
            rounds=tuple(loops),
        ),
        *_ratios(rates, left_out),
        *(figure for entry in ENTRIES for figure in _figures(entry, rates, left_out)),
    ]


def _round(entry: Entry, python: Path, rates: Rates) -> None:
    for work in entry.works:
        found = answer_of(
            sys.executable if entry.own_python else python,
            *("lap", entry.module, work.kind, work.nodes, work.seconds),
        )
        done = found["seeds"] if work.kind == "election" else found["done"]
        rates[entry, work].append(done / found["cpu_s"])


def _ratios(rates: Rates, left_out: dict[Entry, str]) -> list[Figure]:
    """By round, of those that were in all of them."""
    peers = [entry for entry in ENTRIES if entry.is_peer and entry not in left_out]
    same = "asyncio's to ours with the same program, the cost of determinism"
    wanted = [
        Ratio(f"{work.title}: ours to the best peer's", work, OURS, peers, TIMES.get(work))
        for work in FOUR
    ]
    wanted += [Ratio(f"{work.title}: {same}", work, STOCK, [SAME]) for work in (GOSSIP, CALLING)]
    return [
        ratio.figure(rates)
        for ratio in wanted
        if ratio.theirs and left_out.keys().isdisjoint((ratio.ours, *ratio.theirs))
    ]


@dataclasses.dataclass(frozen=True)
class Ratio:
    """How many times as fast one is as the best of others, and what was promised of it."""

    name: str
    work: Work
    ours: Entry
    theirs: Sequence[Entry]
    promise: float | None = None

    def figure(self, rates: Rates) -> Figure:
        """Taken within each round."""
        best = [
            max(each) for each in zip(*(rates[one, self.work] for one in self.theirs), strict=True)
        ]
        pairs = zip(rates[self.ours, self.work], best, strict=True)
        return Figure(
            name=self.name,
            unit="times",
            rounds=tuple(mine / other for mine, other in pairs),
            promise=self.promise,
            at_most=False,
        )


def _figures(entry: Entry, rates: Rates, left_out: dict[Entry, str]) -> list[Figure]:
    if entry in left_out:
        reason = " ".join(left_out[entry].split())[:200]
        return [Figure(name=f"{entry.name} was left out: {reason}", unit="", rounds=(0.0,))]
    return [
        Figure(
            name=f"{entry.name}: {work.title}",
            unit="seeds/s" if work.kind == "election" else "messages/s",
            rounds=tuple(rates[entry, work]),
            promise=PROMISES.get(work) if entry in (OURS, OURS_HERE) else None,
            at_most=False,
        )
        for work in entry.works
    ]
