"""Tasks and futures whose hash is a number that their loop gave them.

asyncio keeps tasks in sets (``TaskGroup._tasks``, ``asyncio.wait``, ``all_tasks``), and a set is
walked in the order of hashes. By default that is the address in memory, another one in every run.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any


class SimTask(asyncio.Task[Any]):
    """A task of a deterministic loop, in the ``domain`` in which it was made."""

    __slots__ = ("_number", "domain")

    def __init__(self, number: int, domain: Any, coro: Any, **more: Any) -> None:
        self._number = number
        self.domain = domain
        super().__init__(coro, **more)

    def __hash__(self) -> int:
        return self._number


class SimFuture(asyncio.Future[Any]):
    """A future of a deterministic loop."""

    __slots__ = ("_number",)

    def __init__(self, number: int, **more: Any) -> None:
        self._number = number
        super().__init__(**more)

    def __hash__(self) -> int:
        return self._number


@functools.cache
def step_type() -> type:
    """The type of the callback by which the C Task queues its step; it has no name."""
    found: list[type] = []

    class _Catching:
        def call_soon(
            self, callback: Callable[..., object], *args: Any, context: Any = None
        ) -> Any:
            found.append(type(callback))
            return None

        def get_debug(self) -> bool:
            return False

    async def nothing() -> None: ...

    coroutine = nothing()
    task: Any = SimTask(0, None, coroutine, loop=_Catching(), name="")
    task._log_destroy_pending = False
    coroutine.close()
    asyncio.tasks._unregister_task(task)
    return found[0]
