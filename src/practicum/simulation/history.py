"""What was asked of the system and what it answered, and what its nodes noted, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from practicum.simulation.message import own

Ended = Literal["ok", "fail", "info"]


class Event(msgspec.Struct, frozen=True):
    """A line of a history. A client (``process``) invokes something, and learns that it was done
    (``ok``, with what came of it), surely was not (``fail``), or may have been (``info``). A
    node's ``note`` is no operation. ``time_s`` is the world's; ``line`` counts from 1."""

    type: Literal["invoke", "ok", "fail", "info", "note"]
    process: str
    kind: str
    value: Any = None
    key: Any = None
    time_s: float = 0.0
    line: int = 0


class History:
    """All that was recorded. ``events`` are the operations', ``notes`` the nodes'."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._heard: Callable[[Event], None] | None = None
        self._lines = 0
        self.closed = False
        self.events: list[Event] = []
        self.notes: list[Event] = []

    def tell(self, heard: Callable[[Event], None]) -> None:
        """Let each event be heard when it is recorded."""
        self._heard = heard

    def record(self, type_: Any, process: str, kind: str, value: Any, key: Any) -> None:
        """Add an event; nothing is recorded once the history is closed."""
        if self.closed:
            return
        self._lines += 1
        event = Event(type_, process, kind, own(value), own(key), self._now(), self._lines)
        (self.notes if type_ == "note" else self.events).append(event)
        if self._heard is not None:
            self._heard(event)

    @property
    def all(self) -> list[Event]:
        """Events and notes together, in order."""
        return sorted([*self.events, *self.notes], key=lambda event: event.line)

    def ok(self, *kinds: str) -> list[Event]:
        """The completions of what was surely done, of these kinds (all if none is named)."""
        return [e for e in self.events if e.type == "ok" and (not kinds or e.kind in kinds)]

    def noted(self, *kinds: str) -> list[Event]:
        """The notes of these kinds (all if none is named)."""
        return [each for each in self.notes if not kinds or each.kind in kinds]


class Operation:
    """Something a client asked for and whose end it has to tell."""

    __slots__ = ("_history", "_key", "_kind", "_process", "_value", "open")

    def __init__(self, history: History, process: str, kind: str, value: Any, key: Any) -> None:
        self._history, self._process = history, process
        self._kind, self._value, self._key = kind, value, key
        self.open = True
        history.record("invoke", process, kind, value, key)

    def ok(self, value: Any = None) -> None:
        """It was done; ``value`` is what came of it (what was asked for if left out)."""
        self._end("ok", self._value if value is None else value)

    def fail(self, why: Any = None) -> None:
        """It surely was not done, and never will be."""
        self._end("fail", why)

    def info(self, why: Any = None) -> None:
        """Nobody knows whether it was done, or still will be."""
        self._end("info", why)

    def _end(self, type_: Ended, value: Any) -> None:
        if self.open:
            self.open = False
            self._history.record(type_, self._process, self._kind, value, self._key)
