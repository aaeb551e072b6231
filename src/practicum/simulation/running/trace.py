"""A trace: all that happened in a run, event for event, with the lines that did it.

It is taken when a run is replayed, and changes nothing in it. With ``steps`` every step of every
task is in it, too, to find the first one at which two runs differ.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from practicum.simulation.history import Event
from practicum.simulation.loop import DeterministicLoop, Domain
from practicum.simulation.network import Network, Taken
from practicum.simulation.node import Node
from practicum.simulation.places import NOWHERE, Place, caller, told

_TEXT_MAX, _ITEMS = 300, 7
_UNSENT = (0.0, "", "sent", None, "", *NOWHERE)
"""What a node is given that nobody sent: the code itself has called ``deliver``."""


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
        self._taken: Taken = []

    def attach(self, loop: DeterministicLoop, network: Network) -> None:
        """Take the time from this loop, and let this network write, too."""
        self._loop = loop
        network.taken = self._taken
        if self.steps:
            loop.watch = self._step

    def hear(self, node: Node) -> None:
        """Let a node write, too."""
        node.taken = self._taken

    def _now(self) -> float:
        return self._loop._time if self._loop is not None else 0.0

    def _step(self, domain: Domain, callback: Any) -> None:
        task: Any = getattr(callback, "__self__", None)
        place, name = NOWHERE, getattr(callback, "__name__", "")
        if hasattr(task, "get_coro"):
            frame = getattr(task.get_coro(), "cr_frame", None)
            if frame is not None:
                place, name = (frame.f_globals, frame.f_lineno), task.get_name()
        self.tell(domain.name, "step", name, place)

    def event(self, event: Event) -> None:
        """Something came into the history."""
        self._taken += (self._now(), event.process, event.type, event, "", *caller())

    def tell(self, node: str, what: str, text: str, line: Place = NOWHERE) -> None:
        """Anything else happened."""
        self._taken += (self._now(), node, what, text, "", *line)

    def here(self, node: str, what: str, text: str) -> None:
        """As `tell`, by the line that called."""
        self._taken += (self._now(), node, what, text, "", *caller())

    @property
    def records(self) -> Iterator[tuple[Any, ...]]:
        """All that was taken down, see `practicum.simulation.network.Taken`; what arrives has all
        of its items, too."""
        items, sent = iter(self._taken), {}
        for time_s in items:
            node = next(items)
            if not isinstance(node, tuple):
                record = (time_s, node, *itertools.islice(items, _ITEMS - 2))
                if record[2] == "sent":
                    sent[id(record[3])] = record
                yield record
            else:
                _, source, _, _, to, _, _ = sent.get(id(node), _UNSENT)
                yield (time_s, to, "arrived", node, source, *NOWHERE)

    @property
    def events(self) -> list[TraceEvent]:
        """All events, in words."""
        lines: dict[tuple[int, int], str] = {}
        found = []
        for number, record in enumerate(self.records, 1):
            time_s, node, what, said, other, of, line = record
            place = (id(of), line)
            if place not in lines:
                lines[place] = told(of, line)
            event = TraceEvent(
                number=number,
                time_s=round(time_s, 6),
                node=node,
                what=what,
                text=_words(what, said, other)[:_TEXT_MAX],
                line=lines[place],
            )
            found.append(event)
        return found


def digest(events: Sequence[TraceEvent]) -> str:
    """SHA-256 of a trace: two runs were the same exactly if theirs are."""
    return hashlib.sha256(msgspec.json.encode(events)).hexdigest()


_PACKETS = ("", "call ", "answer ", "failure ")


def _words(what: str, said: Any, other: str) -> str:
    if isinstance(said, str):
        return said
    if isinstance(said, Event):
        key = "" if said.key is None else f"[{said.key!r}]"
        return f"{said.kind}{key} {said.value!r}"
    kind, number, body = said
    way = "from" if what == "arrived" else "to"
    mark = f" #{number & 0xFFFFFFFF}" if kind else ""
    return f"{_PACKETS[kind]}{body!r} {way} {other}{mark}"
