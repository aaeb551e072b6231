"""simloop: datagrams between its hosts, which crash and come back."""

from __future__ import annotations

import asyncio
from typing import Any

import simloop

from benchmarks.simulators.engines.datagrams import host, live
from benchmarks.simulators.programs import LATENCY_S_MAX, LATENCY_S_MIN, Life, Main, Work


class _Cluster:
    def __init__(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, simloop.SimLoop)
        self._net, self._count = loop.net, work.nodes
        self._net.set_defaults(latency=(LATENCY_S_MIN, LATENCY_S_MAX), drop=work.loss)
        self._down: set[int] = set()
        for number in range(work.nodes):
            self._net.host(host(number))

    def start(self, number: int, life: Life) -> None:
        if number in self._down:
            self._down.discard(number)
            self._net.restart(host(number))
        self._net.host(host(number)).create_task(live(number, self._count, life))

    def crash(self, number: int) -> None:
        self._down.add(number)
        self._net.crash(host(number))

    def split(self, left: list[int], right: list[int]) -> None:
        self._net.partition(map(host, left), map(host, right))

    def heal(self) -> None:
        self._net.heal()


def run(main: Main, seed: int, work: Work) -> Any:
    """One seed."""
    found: list[Any] = []

    async def whole() -> None:
        found.append(await main(_Cluster(work)))

    report = simloop.explore(whole, [seed])
    if report is not None:
        raise RuntimeError(report.render())
    return found[0]
