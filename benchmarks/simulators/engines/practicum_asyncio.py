"""Ours, driving the peers' program: asyncio.Queue and asyncio.timeout on our loop and network,
instead of a node's own inbox and calls."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from benchmarks.simulators.engines.queues import port
from benchmarks.simulators.programs import LATENCY_S_MAX, LATENCY_S_MIN, Life, Main, Work
from practicum.simulation import seams
from practicum.simulation.loop import DeterministicLoop, Domain, new_loop
from practicum.simulation.message import own
from practicum.simulation.network import Network, Weather
from practicum.simulation.running.troubles import Harmless


class _Side(Harmless):
    """A partition."""

    def __init__(self, left: list[int]) -> None:
        super().__init__()
        self._left = {str(number) for number in left}

    def loses(self, source: str, to: str, chance: Any) -> bool:
        return (source in self._left) != (to in self._left)


class _Life:
    """A node in one of its lives, as our network knows it."""

    def __init__(self, number: int) -> None:
        self.name = str(number)
        self.domain = Domain(self.name)
        self.queue: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()

    def deliver(self, source: str, body: Any) -> None:
        """A message arrives."""
        self.queue.put_nowait((int(source), body))


class _Cluster:
    def __init__(self, loop: DeterministicLoop, seed: int, work: Work) -> None:
        mean_s = (LATENCY_S_MAX - LATENCY_S_MIN) / 2
        weather = Weather(latency_s_min=LATENCY_S_MIN, latency_s_mean=mean_s, loss=work.loss)
        self._loop = loop
        self._network = Network(seed, loop, weather)
        self._lives: dict[int, _Life] = {}
        self._all: list[Any] = []  # what is dead runs nothing, not even where it is collected

    def start(self, number: int, life: Life) -> None:
        here = self._lives[number] = _Life(number)
        before, self._loop.busy = self._loop.busy, here.domain
        self._all.append(self._loop.create_task(life(port(number, here.queue, self._send))))
        self._loop.busy = before

    def _send(self, source: int, to: int, body: Any) -> None:
        self._network.send(str(source), self._lives[to], own(body))

    def crash(self, number: int) -> None:
        self._loop.end(self._lives[number].domain)

    def split(self, left: list[int], right: list[int]) -> None:
        self._network.troubles.append(_Side(left))

    def heal(self) -> None:
        self._network.troubles.clear()


class _Surroundings:
    """The loop's clock, and one stream for all."""

    def __init__(self, loop: DeterministicLoop, seed: int) -> None:
        self.elapsed = loop.time
        self._chance = random.Random(seed)

    def skew(self) -> float:
        """All clocks are right."""
        return 0.0

    def chance(self) -> random.Random:
        """The stream."""
        return self._chance


def run(main: Main, seed: int, work: Work) -> Any:
    """One seed."""
    loop = new_loop(seed)

    async def whole() -> Any:
        return await main(_Cluster(loop, seed, work))

    with seams.in_place(_Surroundings(loop, seed)):
        try:
            return loop.run_until_complete(whole())
        finally:
            for task in seams.original_all_tasks(loop):
                task._log_destroy_pending = False
            loop.close()
