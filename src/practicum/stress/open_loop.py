"""Open-loop load: requests start when the schedule says, whether or not others have ended.

A closed loop waits for answers and so measures a slow system with fewer requests: coordinated
omission. Here latency counts from the moment a request was due, so that lateness of the driver
itself is part of the figure.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from practicum.service.errors import OperationError
from practicum.stress.arrivals import due_times, steady


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """One request: when it was due, sent and ended (loop seconds from the start), its error in
    words and by its code."""

    number: int
    due_s: float
    ended_s: float
    error: str | None
    sent_s: float = 0.0
    code: str | None = None

    @property
    def latency_s(self) -> float:
        """Seconds from when it was due."""
        return self.ended_s - self.due_s

    @property
    def late_s(self) -> float:
        """Seconds by which the driver itself was late."""
        return max(0.0, self.sent_s - self.due_s)


Shoot = Callable[[int], Awaitable[object]]


async def open_loop(
    shoot: Shoot, *, rate: float, duration_s: float, on_shot: Callable[[Shot], None]
) -> None:
    """Start ``shoot(n)`` at ``rate`` per second for ``duration_s``, then wait for the rest.

    An exception of ``shoot`` is that shot's error and stops nothing.
    """
    await on_schedule(shoot, enumerate(due_times(steady(rate, duration_s))), on_shot)


async def on_schedule(
    shoot: Shoot, schedule: Iterable[tuple[int, float]], on_shot: Callable[[Shot], None]
) -> None:
    """Start ``shoot(n)`` at each (n, seconds from now) of an ascending schedule."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with asyncio.TaskGroup() as group:
        for number, due_s in schedule:
            wait_s = start + due_s - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            group.create_task(one_shot(shoot, number, (start, due_s), on_shot))


async def one_shot(
    shoot: Shoot, number: int, when: tuple[float, float], on_shot: Callable[[Shot], None]
) -> None:
    """One request that was due ``when[1]`` seconds after ``when[0]``, noted when it ends."""
    loop = asyncio.get_running_loop()
    start, due_s = when
    sent_s = loop.time() - start
    error = code = None
    try:
        await shoot(number)
    except OperationError as failure:
        error, code = f"OperationError: {failure}", failure.code
    except Exception as failure:
        error, code = f"{type(failure).__name__}: {failure}", type(failure).__name__
    on_shot(
        Shot(
            number=number,
            due_s=due_s,
            sent_s=sent_s,
            ended_s=loop.time() - start,
            error=error,
            code=code,
        )
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order; ValueError if there are none."""
    if not ordered:
        raise ValueError("no values, no percentile")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
