"""So many sagas in flight, always: a new one starts when one has ended.

Every engine is driven by this very loop, in its own process and environment.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Awaitable, Callable

One = Callable[[], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class Lap:
    """Sagas that began and ended within ``seconds``, and how long one took."""

    sagas: int
    seconds: float
    p50_ms: float
    p99_ms: float


async def closed_loop(one: One, *, in_flight: int, duration_s: float) -> Lap:
    """Run sagas for ``duration_s`` seconds; returns when the last one has ended.

    Those that end too late are not counted, so an engine gains nothing by a long tail.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    end = began + duration_s
    taken_s: list[float] = []

    async def lane() -> None:
        while (started := loop.time()) < end:
            await one()
            if (ended := loop.time()) <= end:
                taken_s.append(ended - started)

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(lane())
    taken_s.sort()
    return Lap(len(taken_s), duration_s, _percentile(taken_s, 50), _percentile(taken_s, 99))


def _percentile(taken_s: list[float], percent: float) -> float:
    """In milliseconds; nearest rank, 0 of nothing."""
    if not taken_s:
        return 0.0
    rank = max(0, round(len(taken_s) * percent / 100) - 1)
    return taken_s[rank] * 1000


async def drive(one: One) -> None:
    """Run laps as told on standard input, report each; return at the end of the input.

    A line holds ``in_flight`` and ``duration_s`` as JSON; reports go to the pipe whose number
    is in ``PRACTICUM_REPORT_FD``, the first one when the engine is ready.
    """
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    report = int(os.environ["PRACTICUM_REPORT_FD"])
    os.write(report, b'{"ready": true}\n')
    async for line in lines:
        lap = await closed_loop(one, **json.loads(line))
        os.write(report, json.dumps(dataclasses.asdict(lap)).encode() + b"\n")
