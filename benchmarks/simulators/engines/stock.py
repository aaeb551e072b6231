"""asyncio as it comes, without latency, loss or seed: what determinism costs is the difference.

A message is delivered by the loop, as it is everywhere, and not by its sender.
"""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.simulators.engines.queues import port
from benchmarks.simulators.programs import Life, Main, Work


class _Cluster:
    def __init__(self, work: Work) -> None:
        self._loop = asyncio.get_running_loop()
        self._queues = [asyncio.Queue[tuple[int, Any]]() for _ in range(work.nodes)]
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, number: int, life: Life) -> None:
        here = port(number, self._queues[number], self._send)
        self._tasks.append(asyncio.create_task(life(here)))

    def _send(self, source: int, to: int, body: Any) -> None:
        self._loop.call_soon(self._queues[to].put_nowait, (source, body))

    def crash(self, number: int) -> None:
        raise NotImplementedError("elections need a clock that jumps")

    def split(self, left: list[int], right: list[int]) -> None:
        raise NotImplementedError("elections need a clock that jumps")

    def heal(self) -> None:
        raise NotImplementedError("elections need a clock that jumps")


def run(main: Main, seed: int, work: Work) -> Any:
    """Once; there is no seed."""

    async def whole() -> Any:
        return await main(_Cluster(work))

    return asyncio.run(whole())
