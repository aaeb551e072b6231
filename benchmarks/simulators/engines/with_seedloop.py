"""seedloop: its world's network carries objects; a crash that ends is not known to it, so that a
node that is down is one that throws away what it receives."""

from __future__ import annotations

import asyncio
from typing import Any

import seedloop

from benchmarks.simulators.programs import Life, Main, Port, Work


class _Cluster:
    def __init__(self, world: seedloop.World, work: Work) -> None:
        self._world = world
        self._ends = {each: world.net.bind(each, loss=work.loss) for each in range(work.nodes)}
        self._tasks: dict[int, asyncio.Task[Any]] = {}

    def start(self, number: int, life: Life) -> None:
        end = self._ends[number]
        self._replace(number, life(Port(number, end.send, end.recv)))

    def crash(self, number: int) -> None:
        self._replace(number, self._throw_away(number))

    def _replace(self, number: int, work: Any) -> None:
        if number in self._tasks:
            self._tasks[number].cancel()
        self._tasks[number] = asyncio.create_task(work)

    async def _throw_away(self, number: int) -> None:
        while True:
            await self._ends[number].recv()

    def split(self, left: list[int], right: list[int]) -> None:
        self._world.net.partition(set(left), set(right))

    def heal(self) -> None:
        self._world.net.heal()


def run(main: Main, seed: int, work: Work) -> Any:
    """One seed."""
    found: list[Any] = []

    async def scenario(world: seedloop.World) -> None:
        found.append(await main(_Cluster(world, work)))

    seedloop.check(scenario, seeds=[seed])
    return found[0]
