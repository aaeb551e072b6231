"""simloom: datagrams between its hosts, which crash and come back."""

from __future__ import annotations

import functools
from typing import Any

import simloom

from benchmarks.simulators.engines.datagrams import host, live
from benchmarks.simulators.programs import LATENCY_S_MAX, LATENCY_S_MIN, Life, Main, Work


class _Cluster:
    def __init__(self, world: simloom.World, work: Work) -> None:
        self._world, self._count = world, work.nodes
        self._started: set[int] = set()
        world.net.set_latency(LATENCY_S_MIN, LATENCY_S_MAX)
        world.net.set_datagram_loss(round(work.loss * 100))

    def start(self, number: int, life: Life) -> None:
        """A host that comes back does again what it was started with."""
        node = self._world.host(host(number))
        if number in self._started:
            node.restart()
        else:
            self._started.add(number)
            node.spawn(functools.partial(live, number, self._count, life))

    def crash(self, number: int) -> None:
        self._world.host(host(number)).crash()

    def split(self, left: list[int], right: list[int]) -> None:
        hosts = [[self._world.host(host(each)) for each in side] for side in (left, right)]
        self._world.net.partition(*hosts)

    def heal(self) -> None:
        self._world.net.heal()


def run(main: Main, seed: int, work: Work) -> Any:
    """One seed."""

    async def whole(world: simloom.World) -> Any:
        return await main(_Cluster(world, work))

    return simloom.run(whole, seed=seed).value
