"""An event loop whose clock jumps: when nothing is ready, the next timer is due at once.

Hours of waiting pass in milliseconds, and a test in which everybody waits for something that
will never come fails instead of hanging.
"""

from __future__ import annotations

import asyncio
import functools
import random
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: it moves the clock instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if ready := super().select(0):
            return ready
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in virtual time, which starts at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return float(self._jumping.now)


class VirtualWorld:
    """`service.world.World` whose clock goes with the loop's and whose chance has a seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    @property
    def random(self) -> random.Random:
        """Seeded chance."""
        return self._random

    def now(self) -> float:
        """The loop's time, as if the loop had been made in November 2023."""
        return 1_700_000_000.0 + asyncio.get_running_loop().time()


def run(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def in_virtual_time(
    test: Callable[P, Coroutine[Any, Any, ResultT]],
) -> Callable[P, ResultT]:
    """Decorator: an async test becomes one that runs in virtual time."""

    @functools.wraps(test)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        return run(test(*args, **kwargs))

    return wrapped


async def eventually(
    holds: Callable[[], bool | Awaitable[bool]], *, within_s: float = 600.0
) -> None:
    """Wait (in virtual seconds) until a condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(within_s):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)
