"""Connections that are kept for the next who needs one.

None is used by two at once, none on both sides of a fork, and none that has seen an error, which
may have left anything behind.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, Protocol, TypeVar

IDLE_MAX = 8

_forked: list[object] = []
"""Connections of a parent process. To close one here might end the parent's locks or session."""


class Closable(Protocol):
    """What can be let go of."""

    def close(self) -> None:
        """Let go."""
        ...


ConnectionT = TypeVar("ConnectionT", bound=Closable)


class Pool(Generic[ConnectionT]):
    """``place`` names what a connection leads to: one that led elsewhere, or that ``is_alive``
    says is dead, is closed instead of used again."""

    def __init__(
        self,
        connect: Callable[[], ConnectionT],
        *,
        place: Callable[[], Hashable] = lambda: None,
        is_alive: Callable[[ConnectionT], bool] = lambda _: True,
    ) -> None:
        self._connect, self._place, self._is_alive = connect, place, is_alive
        self._idle: list[tuple[ConnectionT, Hashable]] = []
        self._pid = os.getpid()

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[ConnectionT]:
        """A connection, for as long as the block lasts."""
        if self._pid != os.getpid():
            _forked.append(self._idle)
            self._idle, self._pid = [], os.getpid()
        connection, place = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if len(self._idle) < IDLE_MAX:
            self._idle.append((connection, place))
        else:
            connection.close()

    def close(self) -> None:
        """Close all that are idle; a later borrower gets a new one."""
        while self._idle:
            self._idle.pop()[0].close()

    def _take(self) -> tuple[ConnectionT, Hashable]:
        with contextlib.suppress(IndexError):
            while True:
                connection, place = self._idle.pop()
                if place == self._place() and self._is_alive(connection):
                    return connection, place
                connection.close()
        connection = self._connect()
        return connection, self._place()
