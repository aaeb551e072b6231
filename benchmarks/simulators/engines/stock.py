"""asyncio as it comes, without latency, loss or seed: what determinism costs is the difference.

A message is delivered by the loop, as it is everywhere, and not by its sender.
"""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.simulators import programs
from benchmarks.simulators.engines.queues import port
from benchmarks.simulators.programs import Life, Main, Work


class _Cluster:
    def __init__(self, work: Work) -> None:
        self._loop = asyncio.get_running_loop()
        self._queues = [asyncio.Queue[tuple[int, Any]]() for _ in range(work.nodes)]
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, number: int, life: Life) -> None:
        living: Any = life(port(number, self._queues[number], self._send))
        self._tasks.append(asyncio.create_task(living))

    def _send(self, source: int, to: int, body: Any) -> None:
        self._loop.call_soon(self._queues[to].put_nowait, (source, body))

    def crash(self, number: int) -> None:
        raise NotImplementedError("elections need a clock that jumps")

    def split(self, left: list[int], right: list[int]) -> None:
        raise NotImplementedError("elections need a clock that jumps")

    heal = split  # type: ignore[assignment]


def run(main: Main, seed: int, work: Work) -> Any:
    """Once; there is no seed."""

    async def whole() -> Any:
        return await main(_Cluster(work))

    return asyncio.run(whole())


def perform(work: Work, seed: int) -> int:
    """Do the work once."""
    return programs.perform(work, seed, run)


def see_sets(seed: int) -> Any:
    """What the four constructs show."""
    return programs.see_sets(run, seed)
