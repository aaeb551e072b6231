"""A node as its code sees it: an inbox, messages, calls, a clock, a disk and chance of its own.

A crash is a power cut. The code of a dead node may still be in the middle of something, when it
is collected for instance; nothing that it then does has any effect on the world.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from practicum.simulation.loop import DeterministicLoop, Domain
from practicum.simulation.message import own
from practicum.simulation.network import Network

Handler: TypeAlias = Callable[[str, Any], Awaitable[Any]]
MESSAGE, CALL, ANSWER, FAILURE = range(4)


class CallFailed(Exception):
    """The other side answered a call with an error; it says which."""


class Node:
    """One node in one of its lives."""

    def __init__(
        self, name: str, loop: DeterministicLoop, network: Network, seed: int, life: int = 1
    ) -> None:
        self.name = name
        self.life = life
        self.domain = Domain(name)
        self.random = random.Random(f"{name} {life} {seed}")
        self.inbox = Inbox(self)
        self.others: dict[str, Node] = {}
        self._loop, self._network = loop, network
        self._handler: Handler | None = None
        self._calls = 0
        self._calling: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other nodes."""
        return tuple(self.others)

    def now(self) -> float:
        """Seconds, by the node's own clock."""
        return self._loop.time()

    def send(self, to: str, body: Any) -> None:
        """Put a message on its way; whether it arrives is not known."""
        if self.domain.alive:
            self._network.send(self.name, self.others[to], (MESSAGE, 0, own(body)))

    async def rpc(self, to: str, body: Any, *, timeout: float | None = None) -> Any:
        """Call another node and wait for its answer.

        Raises TimeoutError after ``timeout`` seconds (whether the call had an effect is not
        known), CallFailed if its handler raised.
        """
        self._calls = number = self._calls + 1
        waiting: asyncio.Future[Any] = asyncio.Future(loop=self._loop)
        self._calling[number] = waiting
        if self.domain.alive:
            self._network.send(self.name, self.others[to], (CALL, number, own(body)))
            if timeout is not None:
                loop = self._loop
                loop.at(loop._time + timeout, self.domain, self._give_up, number)
        try:
            return await waiting
        finally:
            self._calling.pop(number, None)

    def serve(self, handler: Handler) -> None:
        """Let calls be answered with what ``handler(source, body)`` returns, each by a task."""
        self._handler = handler

    def spawn(self, work: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Run something beside; it ends with the node."""
        task: asyncio.Task[Any] = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ── What the world does to it

    def deliver(self, source: str, packet: tuple[int, int, Any]) -> None:
        """A packet arrives."""
        kind, number, body = packet
        if kind == MESSAGE:
            self.inbox.put(source, body)
        elif kind == CALL:
            if self._handler is not None:
                self._loop.create_task(self._answer(source, number, body))
        else:
            waiting = self._calling.pop(number, None)
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
            packet = (FAILURE, number, f"{type(error).__name__}: {error}")
        if self.domain.alive:
            self._network.send(self.name, self.others[source], packet)

    def _give_up(self, number: int) -> None:
        waiting = self._calling.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(TimeoutError())


class Inbox:
    """Messages that arrived and were not taken yet, the first one first."""

    __slots__ = ("_items", "_node", "_waiting")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._items: deque[tuple[str, Any]] = deque()
        self._waiting: deque[asyncio.Future[Any]] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, source: str, body: Any) -> None:
        """A message arrives."""
        while self._waiting:
            waiting = self._waiting.popleft()
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
        self._waiting.append(waiting)
        if timeout is not None:
            loop.at(loop._time + timeout, self._node.domain, _expire, waiting)
        try:
            found: tuple[str, Any] = await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._items.appendleft(waiting.result())
            raise
        return found

    async def __aiter__(self) -> AsyncIterator[tuple[str, Any]]:
        while True:
            yield await self.get()


def _expire(waiting: asyncio.Future[Any]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())
