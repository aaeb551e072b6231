"""An event loop on the machine's clock, with what a node asks of a simulation's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any


class RealLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop. Seconds count from ``origin``, a moment of the monotonic clock."""

    def __init__(self) -> None:
        super().__init__()
        self.origin = time.monotonic()
        self._kept: set[asyncio.Task[Any]] = set()

    @property
    def _time(self) -> float:
        return time.monotonic() - self.origin

    def at(self, when: float, _: Any, callback: Callable[..., object], *args: Any) -> None:
        """See `DeterministicLoop.at`: nothing here outlives its process."""
        self.call_at(self.origin + when, callback, *args)

    def create_task(self, coro: Any, **more: Any) -> asyncio.Task[Any]:
        """See asyncio; a task that nobody else keeps is not collected before it is done."""
        task: asyncio.Task[Any] = super().create_task(coro, **more)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)
        return task
