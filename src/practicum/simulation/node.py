"""A node as its code sees it: an inbox, messages, calls, a clock, a disk and chance of its own.

A crash is a power cut. The code of a dead node may still be in the middle of something, when it
is collected for instance; nothing that it then does has any effect on the world.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, NoReturn, Protocol, TypeAlias

from practicum.simulation import places
from practicum.simulation.disk import Disk, Platter
from practicum.simulation.history import History, Operation
from practicum.simulation.loop import DeterministicLoop, Domain
from practicum.simulation.message import own
from practicum.simulation.network import Network, Taken
from practicum.simulation.places import NOWHERE, told_of

SYNC_S = 0.001
Handler: TypeAlias = Callable[[str, Any], Awaitable[Any]]
Packet: TypeAlias = tuple[int, int, Any]
"""Its kind, the number of the call that it belongs to, and what it says."""
MESSAGE, CALL, ANSWER, FAILURE = range(4)


class CallFailed(Exception):
    """The other side answered a call with an error; it says which."""


class Declined(Exception):
    """A handler's answer is no: the caller gets it as `CallFailed`, and nothing is wrong."""


_NEVER = math.inf
_NOBODY: tuple[asyncio.Future[Any] | None, float] = (None, _NEVER)
_EXPECTED = (Declined, CallFailed, TimeoutError, OSError)
"""What may leave a handler without being a finding: the caller is told."""


class Around(Protocol):
    """What a node needs of its world."""

    history: History

    def wall(self, name: str) -> float:
        """Seconds that the clock on a node's wall shows, counted from the simulation's start."""
        ...

    def buggify(self, site: str) -> bool:
        """Whether something rare and allowed is to happen at that place now."""
        ...

    def failed(self, node: Node, error: BaseException) -> None:
        """Something that nobody handled left the node's code."""
        ...

    def tell(self, node: str, what: str, text: str) -> None:
        """Something to show happened."""
        ...


class Clock:
    """A node's clocks: the one on the wall, which may be wrong, and a stopwatch, which is not."""

    __slots__ = ("_loop", "_node")

    def __init__(self, node: Node, loop: DeterministicLoop) -> None:
        self._node, self._loop = node, loop

    def time(self) -> float:
        """Seconds since the simulation began, as the clock on the wall has it."""
        return self._node.around.wall(self._node.name)

    def monotonic(self) -> float:
        """Seconds since the simulation began."""
        return self._loop._time


class Node:
    """One node in one of its lives. ``peers`` are the names of the other nodes, ``life`` counts
    its starts from 1. ``taken``, if there is one, takes down what it sends and gets."""

    def __init__(
        self,
        name: str,
        loop: DeterministicLoop,
        network: Network,
        around: Around,
        chance: random.Random,
        life: int = 1,
    ) -> None:
        self.name = name
        self.life = life
        self.peers: tuple[str, ...] = ()
        self.domain = Domain(name, self)
        self.random = chance
        self.inbox = Inbox(self)
        self.clock = Clock(self, loop)
        self.around = around
        self.others: dict[str, Node] = {}
        self.taken: Taken | None = None
        self._loop, self._network = loop, network
        self._handler: Handler | None = None
        self._calls = life << 32  # an answer to an earlier life is none to this one
        self._calling: dict[int, tuple[asyncio.Future[Any], float]] = {}
        self._alarm_at = _NEVER
        self._tasks: set[asyncio.Task[Any]] = set()

    def give_disk(self, platter: Platter) -> None:
        """Let it keep what is on a platter."""
        self.disk = Disk(platter, self, SYNC_S)

    def buggify(self, site: str) -> bool:
        """Whether to do something rare but allowed here: answer late, give up early, work in
        small pieces. A quarter of all sites are active in a run; those say yes a quarter of the
        time."""
        return self.domain.alive and self.around.buggify(site)

    def note(self, kind: str, value: Any = None, key: Any = None) -> None:
        """Write something into the history for the checks: a leader was elected, say."""
        if self.domain.alive:
            self.around.history.record("note", self.name, kind, value, key)

    async def sleep(self, seconds: float) -> None:
        """As asyncio.sleep."""
        await asyncio.sleep(seconds)

    def send(self, to: str, body: Any) -> None:
        """Put a message on its way; whether it arrives is not known."""
        # As `rpc` does, written out: one more call here is felt in every message.
        if self.domain.alive:
            packet, target = (MESSAGE, 0, own(body)), self.others.get(to) or self._nobody(to)
            taken = self.taken
            if taken is not None:
                by, now = places.calling(), self._loop._time
                name = target.name
                taken += (now, self.name, "sent", packet, name, by.f_globals, by.f_lineno)
            self._network.send(self.name, target, packet)

    def _nobody(self, name: str) -> NoReturn:
        known = ", ".join(self.others)
        raise LookupError(f"there is no node {name!r} to send to, there are {known}")

    async def rpc(self, to: str, body: Any, *, timeout: float | None = None) -> Any:
        """Call another node and wait for its answer.

        Raises TimeoutError after ``timeout`` seconds (whether the call had an effect is not
        known), CallFailed if its handler raised.
        """
        self._calls = number = self._calls + 1
        waiting: asyncio.Future[Any] = asyncio.Future(loop=self._loop)
        until = _NEVER if timeout is None else self._loop._time + timeout
        if self.domain.alive:
            packet, target = (CALL, number, own(body)), self.others.get(to) or self._nobody(to)
            taken = self.taken
            if taken is not None:
                by, now = places.calling(), self._loop._time
                name = target.name
                taken += (now, self.name, "sent", packet, name, by.f_globals, by.f_lineno)
            self._network.send(self.name, target, packet)
            if until < self._alarm_at:
                self._alarm_at = until
                self._loop.at(until, self.domain, self._give_up, until)
        self._calling[number] = (waiting, until)
        try:
            return await waiting
        finally:
            self._calling.pop(number, None)
            del waiting  # which has the error, which has this frame

    def serve(self, handler: Handler) -> None:
        """Let calls be answered with what ``handler(source, body)`` returns, each by a task."""
        self._handler = handler

    def spawn(self, work: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Run something beside; it ends with the node."""
        task: asyncio.Task[Any] = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.around.failed(self, error)

    # ── What the world does to it

    def deliver(self, source: str, packet: Packet) -> None:
        """A packet arrives."""
        taken = self.taken
        if taken is not None:
            taken += (self._loop._time, packet)
        kind, number, body = packet
        if kind == MESSAGE:
            self.inbox.put(source, body)
        elif kind == CALL:
            if self._handler is not None:
                self._loop.create_task(self._answer(source, number, body))
        else:
            waiting, _ = self._calling.pop(number, _NOBODY)
            if waiting is not None and not waiting.done():
                if kind == ANSWER:
                    waiting.set_result(body)
                else:
                    waiting.set_exception(CallFailed(body))

    async def _answer(self, source: str, number: int, body: Any) -> None:
        assert self._handler is not None
        try:
            packet = (ANSWER, number, own(await self._handler(source, body)))
        except Exception as error:
            if not isinstance(error, _EXPECTED):
                self.around.failed(self, error)
            packet = (FAILURE, number, told_of(error))
        if self.domain.alive:
            taken = self.taken
            if taken is not None:
                taken += (self._loop._time, self.name, "sent", packet, source, *NOWHERE)
            self._network.send(self.name, self.others[source], packet)

    def _give_up(self, alarm_at: float) -> None:
        """Some call may have waited long enough. There is one timer for all calls, since almost
        every call is answered long before; one that another has replaced does nothing."""
        if alarm_at != self._alarm_at:
            return
        now, self._alarm_at = self._loop._time, _NEVER
        soonest = _NEVER
        for number, (waiting, until) in list(self._calling.items()):
            if until > now:
                soonest = min(soonest, until)
            else:
                del self._calling[number]
                if not waiting.done():
                    waiting.set_exception(TimeoutError())
        if soonest < _NEVER:
            self._alarm_at = soonest
            self._loop.at(soonest, self.domain, self._give_up, soonest)


class Client(Node):
    """Who uses the system: a node that never fails, has no disk, and records what it does."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of all nodes."""
        return self.peers

    running = True
    """Whether to go on; False when the world wants to come to an end."""

    def invoke(self, kind: str, value: Any = None, key: Any = None) -> Operation:
        """Record that something is asked for; tell how it ended by ``ok``, ``fail`` or ``info``
        of what is returned. What is not told by the end is ``info``."""
        return Operation(self.around.history, self.name, kind, value, key)


class Inbox:
    """Messages that arrived and were not taken yet, the first one first."""

    __slots__ = ("_alarm_at", "_items", "_node", "_waiting")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._items: deque[tuple[str, Any]] = deque()
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._alarm_at = _NEVER

    def __len__(self) -> int:
        return len(self._items)

    def put(self, source: str, body: Any) -> None:
        """A message arrives."""
        while self._waiting:
            waiting, _ = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result((source, body))
                return
        self._items.append((source, body))

    async def get(self, *, timeout: float | None = None) -> tuple[str, Any]:
        """The next message, as (source, body). Raises TimeoutError after ``timeout`` seconds."""
        if self._items:
            return self._items.popleft()
        loop = self._node._loop
        waiting: asyncio.Future[Any] = asyncio.Future(loop=loop)
        until = _NEVER if timeout is None else loop._time + timeout
        self._waiting.append((waiting, until))
        if until < self._alarm_at:
            self._alarm_at = until
            loop.at(until, self._node.domain, self._expire, until)
        try:
            found: tuple[str, Any] = await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._items.appendleft(waiting.result())
                self._pass_on()
            raise
        finally:
            del waiting  # which has the error, which has this frame
        return found

    def _pass_on(self) -> None:
        """Let who waits have what another who was cancelled has left."""
        while self._waiting and self._items:
            waiting, _ = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(self._items.popleft())

    async def __aiter__(self) -> AsyncIterator[tuple[str, Any]]:
        while True:
            yield await self.get()

    def _expire(self, alarm_at: float) -> None:
        """Somebody may have waited long enough; one timer for all, as for calls."""
        if alarm_at != self._alarm_at:
            return
        loop = self._node._loop
        now, soonest = loop._time, _NEVER
        for _ in range(len(self._waiting)):
            waiting, until = entry = self._waiting.popleft()
            if waiting.done():
                continue
            if until <= now:
                waiting.set_exception(TimeoutError())
                continue
            self._waiting.append(entry)
            if until < soonest:
                soonest = until
        self._alarm_at = soonest
        if soonest < _NEVER:
            loop.at(soonest, self._node.domain, self._expire, soonest)
