"""Seeds in their order, on as many cores as there are, with results that do not depend on that.

Workers take small ranges of seeds. What counts is the lowest seed that does not pass; ranges
beyond it are forgotten, whoever had run them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

import msgspec

from practicum.labs.simulate.fleet import ANSWER_WAIT_S, SimulationFailed, Worker, await_any, fleet
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Sources
from practicum.simulation.running.requests import Explore, Explored, Tally
from practicum.simulation.running.setting import Setting

SEEDS_AT_ONCE = 20
Progress = Callable[[Tally], None]


class Exploration(msgspec.Struct, frozen=True, kw_only=True):
    """What seeds 0, 1, 2 ... have shown. ``setting`` and ``outcome`` belong to the first one
    that did not pass. ``marks`` are rolling hashes of some seeds, to compare."""

    tally: Tally
    marks: dict[int, str]
    setting: Setting | None = None
    outcome: Outcome | None = None


def explore(
    sources: Sources, seeds: int, *, cores: int, wall_s: float = math.inf, told: Progress
) -> Exploration:
    """Run seeds until one does not pass, all have been run, or the time is over."""
    with fleet(sources, max(1, min(cores, -(-seeds // SEEDS_AT_ONCE)))) as workers:
        return _Exploring(workers, seeds, time.monotonic() + wall_s, told).run()


class _Exploring:
    def __init__(self, workers: list[Worker], seeds: int, until: float, told: Progress) -> None:
        self._workers, self._end, self._until, self._told = workers, seeds, until, told
        self._next = 0
        self._found: dict[int, Explored] = {}

    def run(self) -> Exploration:
        while True:
            self._hand_out()
            if not any(worker.busy for worker in self._workers):
                return self._result()
            ready = await_any(self._workers, time.monotonic() + ANSWER_WAIT_S)
            if not ready:
                raise SimulationFailed(f"no worker has answered for {ANSWER_WAIT_S:g} s")
            for worker in ready:
                self._take(worker.receive(Explored))

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.busy or self._next >= self._end or time.monotonic() >= self._until:
                continue
            end = min(self._next + SEEDS_AT_ONCE, self._end)
            worker.send(Explore(self._next, end))
            self._next = end

    def _take(self, explored: Explored) -> None:
        self._found[explored.first] = explored
        if explored.outcome is not None:
            self._end = min(self._end, explored.first)
        self._told(total(each.tally for each in self._found.values()))

    def _result(self) -> Exploration:
        """All ranges up to the first one with a seed that did not pass."""
        marks: dict[int, str] = {}
        tallies = []
        for first in sorted(self._found):
            each = self._found[first]
            tallies.append(each.tally)
            marks[first] = each.mark
            if each.outcome is not None:
                return Exploration(
                    tally=total(tallies), marks=marks, setting=each.setting, outcome=each.outcome
                )
        return Exploration(tally=total(tallies), marks=marks)


def total(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    sums: dict[str, float] = {}
    by_kind: dict[str, dict[str, int]] = {"drawn": {}, "fired": {}}
    for tally in tallies:
        for name in ("runs", "struck", "done", "steps", "sent", "time_s"):
            sums[name] = sums.get(name, 0) + getattr(tally, name)
        for field, counts in by_kind.items():
            for kind, count in getattr(tally, field).items():
                counts[kind] = counts.get(kind, 0) + count
    return msgspec.convert({**sums, **by_kind}, Tally)
