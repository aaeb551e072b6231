"""Services in memory that die at crash points, as by a power cut, and come back.

Each life of a process has ports of its own. Once the life is over they refuse every call, so
that code which is still being unwound can have no effect any more. What is durable (the store,
the log) stays for the next life.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar, copy_context
from typing import Any, cast

from practicum.service.crash import on_crash_point
from practicum.service.errors import OperationError
from practicum.service.group_commit import GroupCommit
from practicum.service.log import EventLog
from practicum.service.operations import Bound, Caller, Operation
from practicum.service.running import Health, run_service
from practicum.service.service import Ports, Service
from practicum.service.store import EventStore
from practicum.service.tracing import QuietTracer
from practicum.service.views import ViewStore
from practicum.service.world import World
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.memory_views import MemoryViews

RESTART_S = 0.7

_current: ContextVar[Process | None] = ContextVar("process", default=None)


class Life:
    """One run of a process."""

    def __init__(self) -> None:
        self.over = False


class _Mortal:
    """A port that works as long as its life does."""

    def __init__(self, port: object, life: Life) -> None:
        self._port = port
        self._life = life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if self._life.over:
                raise asyncio.CancelledError("this process is dead")
            return method(*args, **kwargs)

        return call


class Process:
    """One service on a store of its own. ``caller`` may be set after construction."""

    def __init__(
        self,
        name: str,
        build: Callable[[Ports], Service],
        *,
        world: World,
        log: MemoryEventLog,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.store: EventStore = MemoryEventStore(world)
        self.views: ViewStore = MemoryViews()
        self.caller: Caller | None = None
        self.health = Health()
        self.deaths = 0
        self._build = build
        self._world = world
        self._log = log
        self._settings = settings or {}
        self._life = Life()
        self._life.over = True
        self._service: Service | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs (it need not be ready)."""
        return not self._life.over

    @property
    def service(self) -> Service:
        """The service as it was built in this life."""
        assert self._service is not None
        return self._service

    def start(self) -> None:
        """Begin a new life; no effect on a process that is alive."""
        if self.alive:
            return
        life = self._life = Life()
        self._service = self._build(
            Ports(
                service=self.name,
                member=f"{self.name}-0",
                world=self._world,
                store=GroupCommit(cast(EventStore, _Mortal(self.store, life))),
                log=cast(EventLog, _Mortal(self._log, life)),
                caller=cast(Caller, _Mortal(self.caller, life)),
                tracer=QuietTracer(self._world),
                settings=self._settings,
                views=cast(ViewStore, _Mortal(self.views, life)),
            )
        )
        self.health = Health()
        context = copy_context()
        context.run(_current.set, self)
        running = run_service(self._service, self.health)
        self._task = asyncio.get_running_loop().create_task(running, context=context)

    def kill(self) -> None:
        """Die now; nothing that this life still tries has an effect."""
        if not self.alive:
            return
        self.deaths += 1
        self._life.over = True
        with contextlib.suppress(KeyError):
            self._log.kill(self.name, f"{self.name}-0")
        assert self._task is not None
        self._task.cancel()

    async def stop(self) -> None:
        """Die, and wait until everything is unwound. A process that broke tells why here."""
        task = self._task
        if task is None:
            return
        if not task.done():
            self.kill()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def bound(self) -> list[Bound]:
        """The operations, answered by whichever life is current when they are called."""
        return [
            Bound(x.operation, functools.partial(self._answer, x.operation))
            for x in self.service.operations
        ]

    async def _answer(self, operation: Operation[Any, Any], request: Any) -> Any:
        if not self.alive:
            raise OperationError("refused", f"{self.name} is down")
        life = self._life
        bound = next(x for x in self.service.operations if x.operation is operation)
        token = _current.set(self)
        try:
            result = await bound.answer(request)
        except asyncio.CancelledError:
            if life.over:
                raise OperationError("unavailable", f"{self.name} died") from None
            raise
        finally:
            _current.reset(token)
        if life.over:
            raise OperationError("unavailable", f"{self.name} died")
        return result


class Fate:
    """Kills processes where they reach a crash point: ``plan`` holds (point, visit) pairs,
    visits counted from 1 over all processes. The dead come back after `RESTART_S`."""

    def __init__(self, plan: Mapping[tuple[str, int], object] | set[tuple[str, int]]) -> None:
        self.struck: list[str] = []
        self.visits: Counter[str] = Counter()
        self._plan = set(plan)

    def reached(self, point: str) -> None:
        """The hook: see `on_crash_point`."""
        process = _current.get()
        if process is None or not process.alive:
            return
        self.visits[point] += 1
        if (point, self.visits[point]) in self._plan:
            self.struck.append(f"{process.name} at {point}")
            process.kill()
            asyncio.get_running_loop().call_later(RESTART_S, process.start)
            raise asyncio.CancelledError(f"{process.name} was killed at {point}")


@contextlib.contextmanager
def fate(plan: set[tuple[str, int]]) -> Iterator[Fate]:
    """Inside this block the plan is carried out."""
    fate = Fate(plan)
    on_crash_point(fate.reached)
    try:
        yield fate
    finally:
        on_crash_point(None)
