"""Who sends which kind of message to whom after which: what two worlds can be compared by.

A message's kind is what it says of itself: the value of ``do``, ``kind``, ``type`` or ``op`` in a
dict, a text at the beginning of a tuple or list, or a text itself; otherwise the name of its type.
An answer has the kind of the call. Nodes that are counted (n1, n2 ...) are alike.
"""

from __future__ import annotations

from typing import Any

import msgspec

from practicum.simulation.node import ANSWER, CALL, FAILURE, MESSAGE, Packet

START = "its start"
_SAYING = ("do", "kind", "type", "op")
_WORDS = {MESSAGE: "message", CALL: "call", ANSWER: "answer to", FAILURE: "failure of"}
_KIND_MAX = 40


class Transition(msgspec.Struct, frozen=True, order=True):
    """``sender`` sent ``kind`` to ``receiver`` when ``after`` was the last that had reached it."""

    sender: str
    after: str
    kind: str
    receiver: str

    @property
    def words(self) -> str:
        """In a sentence."""
        return f"after {self.after}, {self.sender} sends {self.kind} to {self.receiver}"


def kind_of(body: Any) -> str:
    """What a message says of itself."""
    if isinstance(body, dict):
        for name in _SAYING:
            if isinstance(body.get(name), str):
                return str(body[name])[:_KIND_MAX]
    if isinstance(body, tuple | list) and body and isinstance(body[0], str):
        return body[0][:_KIND_MAX]
    return body[:_KIND_MAX] if isinstance(body, str) else type(body).__name__


def role_of(name: str) -> str:
    """``n`` for n1, n2 and so on, which are alike; others are themselves."""
    return name.rstrip("0123456789") or name


class Listening:
    """Hears of messages, and knows each transition once. ``new`` takes those not heard before."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._calls: dict[tuple[str, str, int], str] = {}
        self.heard: set[Transition] = set()

    def begin(self, name: str) -> None:
        """A node begins a life: nothing has reached it."""
        self._last.pop(name, None)

    def message(self, what: str, source: str, to: str, packet: Packet) -> Transition | None:
        """A message was ``sent`` or ``arrived`` (all else is of no interest); the transition if
        it is a new one."""
        if what not in ("sent", "arrived"):
            return None
        kind = self._kind(source, to, packet)
        if what == "arrived":
            self._last[to] = f"{kind} from {role_of(source)}"
            return None
        after = self._last.get(source, START)
        found = Transition(role_of(source), after, kind, role_of(to))
        if found in self.heard:
            return None
        self.heard.add(found)
        return found

    def _kind(self, source: str, to: str, packet: Packet) -> str:
        form, number, body = packet
        if form in (ANSWER, FAILURE):
            said = self._calls.get((to, source, number), "a call")
        else:
            said = kind_of(body)
        if form == CALL:
            self._calls[source, to, number] = said
        return f"{_WORDS[form]} {said}"
