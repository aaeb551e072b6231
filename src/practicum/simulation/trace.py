"""A trace: all that happened in a run, event for event, with the lines that did it.

It is taken when a run is replayed, and changes nothing in it. With ``steps`` every step of every
task is in it, too, to find the first one at which two runs differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from practicum.simulation.history import Event
from practicum.simulation.loop import DeterministicLoop, Domain
from practicum.simulation.places import Place, caller, told

_TEXT_MAX = 300


class TraceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: when (the world's seconds), where (``node``, empty for the world),
    ``what``, in which words, and by which ``line`` of the code, where one did it."""

    number: int
    time_s: float
    node: str
    what: str
    text: str = ""
    line: str = ""


class Trace:
    """Takes down what happens in a world."""

    def __init__(self, *, steps: bool = False) -> None:
        self.steps = steps
        self._loop: DeterministicLoop | None = None
        self._taken: list[tuple[float, str, str, Any, Place | None]] = []

    def attach(self, loop: DeterministicLoop) -> None:
        """Take the time from this loop."""
        self._loop = loop
        if self.steps:
            loop.watch = self._step

    def _now(self) -> float:
        return self._loop._time if self._loop is not None else 0.0

    def _step(self, domain: Domain, callback: Any) -> None:
        task: Any = getattr(callback, "__self__", None)
        place = None
        if hasattr(task, "get_coro"):
            frame = getattr(task.get_coro(), "cr_frame", None)
            place = None if frame is None else (frame.f_code, frame.f_lasti)
        name = task.get_name() if place is not None else getattr(callback, "__name__", "")
        self._taken.append((self._now(), domain.name, "step", name, place))

    def message(self, what: str, source: str, to: str, body: Any) -> None:
        """Something happened to a message. ``body`` is a packet that nobody changes any more."""
        if what == "sent":
            self._taken.append((self._now(), source, what, (to, body), caller()))
        else:
            where, other = (to, source) if what == "arrived" else (source, to)
            self._taken.append((self._now(), where, what, (other, body), None))

    def event(self, event: Event) -> None:
        """Something came into the history."""
        self._taken.append((self._now(), event.process, event.type, event, caller()))

    def tell(self, node: str, what: str, text: str, line: Place | None = None) -> None:
        """Anything else happened."""
        self._taken.append((self._now(), node, what, text, line))

    def here(self, node: str, what: str, text: str) -> None:
        """As `tell`, by the line that called."""
        self._taken.append((self._now(), node, what, text, caller()))

    @property
    def events(self) -> list[TraceEvent]:
        """All events, in words."""
        return [
            TraceEvent(
                number=number,
                time_s=round(time_s, 6),
                node=node,
                what=what,
                text=_words(what, said)[:_TEXT_MAX],
                line=told(place),
            )
            for number, (time_s, node, what, said, place) in enumerate(self._taken, 1)
        ]


def digest(events: Sequence[TraceEvent]) -> str:
    """SHA-256 of a trace: two runs were the same exactly if theirs are."""
    return hashlib.sha256(msgspec.json.encode(events)).hexdigest()


_PACKETS = ("", "call ", "answer ", "failure ")


def _words(what: str, said: Any) -> str:
    if isinstance(said, str):
        return said
    if isinstance(said, Event):
        key = "" if said.key is None else f"[{said.key!r}]"
        return f"{said.kind}{key} {said.value!r}"
    other, (kind, number, body) = said
    way = "from" if what == "arrived" else "to"
    mark = f" #{number & 0xFFFFFFFF}" if kind else ""
    return f"{_PACKETS[kind]}{body!r} {way} {other}{mark}"
