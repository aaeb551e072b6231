"""What was asked of the system and what it answered, and what its nodes noted, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, Literal

import msgspec

from practicum.checking.history import building
from practicum.checking.history.values import frozen
from practicum.checking.invariants.balances import total_kept
from practicum.checking.invariants.convergence import counter_converged, set_converged
from practicum.checking.invariants.effects import Effect, exactly_once, outcomes
from practicum.checking.invariants.leadership import Claim, one_leader_a_term
from practicum.checking.invariants.liveness import alive_after, requests
from practicum.checking.properties import OBJECTS, PROPERTIES, judge_history
from practicum.checking.verdict import Judgement
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

    @property
    def done(self) -> int:
        """How much was done: operations that ended well, or notes if nobody asks for anything."""
        return len(self.ok()) if self.events else len(self.notes)

    # ── What a check may ask for; each answers with a judgement, for the check to return

    def operations(self, *kinds: str) -> building.History:
        """The operations of these kinds (all if none is named) as all of `practicum.checking`
        takes them. HistoryError for a client that began one while another was open."""
        return building.build(
            building.Event(e.type, e.process, e.kind, e.value, e.key, e.time_s, e.line)
            for e in self.events
            if not kinds or e.kind in kinds
        )

    def judge(
        self, by: str, object: str = "register", *, kinds: str | Collection[str] = ()
    ) -> Judgement:
        """Whether the operations (of these ``kinds`` only, if any is named) have a property:
        ``by`` and ``object`` are those of ``practicum judge``. ValueError for unknown ones."""
        for given, known in ((by, PROPERTIES), (object, OBJECTS)):
            if given not in known:
                raise ValueError(f"there is no {given!r}; there are {', '.join(known)}")
        return judge_history(self.operations(*_named(kinds)), by, object)

    def exactly_once(self, kind: str, noted: str) -> Judgement:
        """Whether each operation of a kind had one effect: a note of the kind ``noted`` with its
        value. What failed had none, and what nobody knows of at most one."""
        effects = [
            Effect(frozen(each.value), each.process, each.time_s) for each in self.noted(noted)
        ]
        return exactly_once(outcomes(self.operations(kind), kind), effects)

    def one_leader(self, noted: str = "leader") -> Judgement:
        """Whether no two nodes noted that they lead the same term, which is the note's key, and
        none led a term after a later one. Unknown if nobody led."""
        return one_leader_a_term(
            Claim(each.process, frozen(each.key), each.time_s) for each in self.noted(noted)
        )

    def set_converged(self, finals: Mapping[str, Collection[Hashable]]) -> Judgement:
        """Whether replicas ended with the same members, ``finals``: all that was added (``add``),
        and nothing that was removed (``remove``) since."""
        return set_converged(self.operations("add", "remove"), finals)

    def counter_converged(self, finals: Mapping[str, int]) -> Judgement:
        """Whether replicas ended with the same sum, ``finals``, of all that was added (``add``)."""
        return counter_converged(self.operations("add"), finals)

    def total_kept(self, total: int) -> Judgement:
        """Whether each ``read`` of all accounts, as pairs with their balances, adds up."""
        return total_kept(self.operations("read"), total)

    def alive_after(
        self, healed_s: float, *, within_s: float, kinds: str | Collection[str] = ()
    ) -> Judgement:
        """Whether all that was asked for after ``healed_s`` was done within ``within_s``."""
        last_s = max((each.time_s for each in self.events), default=0.0)
        asked = requests(self.operations(*_named(kinds)))
        return alive_after(asked, healed_s=healed_s, within_s=within_s, watched_s=last_s)


def _named(kinds: str | Collection[str]) -> Collection[str]:
    """Several kinds; a text is one, and not its letters, of which there are no operations."""
    return (kinds,) if isinstance(kinds, str) else kinds


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
