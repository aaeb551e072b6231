"""Open-loop load: requests start when the schedule says, whether or not others have ended.

A closed loop waits for answers and so measures a slow system with fewer requests: coordinated
omission. Here latency counts from the moment a request was due, so that lateness of the driver
itself is part of the figure.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence

import msgspec


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """One request: when it was due and ended (loop seconds from the start), and its error."""

    number: int
    due_s: float
    ended_s: float
    error: str | None

    @property
    def latency_s(self) -> float:
        """Seconds from when it was due."""
        return self.ended_s - self.due_s


async def open_loop(
    shoot: Callable[[int], Awaitable[None]],
    *,
    rate: float,
    duration_s: float,
    on_shot: Callable[[Shot], None],
) -> None:
    """Start ``shoot(n)`` at ``rate`` per second for ``duration_s``, then wait for the rest.

    An exception of ``shoot`` is that shot's error and stops nothing.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(number: int, due_s: float) -> None:
        error = None
        try:
            await shoot(number)
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
        on_shot(Shot(number=number, due_s=due_s, ended_s=loop.time() - start, error=error))

    async with asyncio.TaskGroup() as group:
        for number in range(round(rate * duration_s)):
            due_s = number / rate
            wait_s = start + due_s - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            group.create_task(one(number, due_s))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order; ValueError if there are none."""
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
