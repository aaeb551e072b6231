"""The record of learners: the port, and the folds over it.

The record is append-only. An entry is acknowledged when it will survive a power cut, and every
reader then finds it in the same place. Each person's entries are numbered from 1 without gaps;
whoever decides on what she read names the number she read up to, and is refused if somebody
was faster. A writer that does not know whether its append arrived appends the same ids again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from practicum.learner.events import AnyEvent

StateT = TypeVar("StateT")


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be recorded. ``id`` is the writer's choice, unique in the record; ``at`` is
    UTC by the clock of the machine that saw it; ``by`` is who says so: a person, or
    "practicum"."""

    id: str
    person: str
    at: dt.datetime
    by: str
    event: AnyEvent


class Entry(Noted, frozen=True, kw_only=True):
    """Something recorded: ``seq`` is its place in the whole record, ``number`` its place among
    the person's entries; both count from 1, and ``seq`` may have gaps."""

    seq: int
    number: int


class RecordError(Exception):
    """The record cannot be used; the message says why and what to do."""


class RecordDamaged(RecordError):
    """What the record holds cannot be read, or not all of it."""


class PersonErased(RecordError):
    """Nothing more is recorded of a person who was erased."""

    def __init__(self, person: str) -> None:
        self.person = person
        super().__init__(
            f"{person} was erased from the record, and stays so: begin anew under another id "
            "(PRACTICUM_PERSON), or bring her back with `practicum record import FILE --revive`"
        )


class SomebodyWasFaster(RecordError):
    """Others have written to a person's history since it was read: read again and decide
    again. ``number`` is the last there is."""

    def __init__(self, person: str, number: int) -> None:
        self.person, self.number = person, number
        super().__init__(f"the history of {person} has moved on to {number}: read it again")


class IdReused(RecordError):
    """An id stands in the record already, for something else."""

    def __init__(self, entry_id: str) -> None:
        self.entry_id = entry_id
        super().__init__(f"{entry_id} is recorded already and says something else")


class View(Protocol[StateT]):
    """A fold over one person's history. Its state can be written as JSON by msgspec, is changed
    in place, and can always be made anew; ``version`` goes up when the fold's meaning changes."""

    name: str
    version: int
    state: type[StateT]

    def begin(self) -> StateT:
        """The state before anything happened."""
        ...

    def step(self, state: StateT, entry: Entry) -> None:
        """Take one more entry into account."""
        ...


class Folded(msgspec.Struct, Generic[StateT]):
    """A view's state after the entry of that number."""

    state: StateT
    number: int = 0


class Record(Protocol):
    """An append-only history of many people."""

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """Record all or nothing, in order, behind the entries so far of the one person whom all
        are about; what is recorded already under its id is found and not recorded again.

        Raises SomebodyWasFaster if ``after`` is given and is not the number of the person's last
        entry (unless all is recorded already); IdReused; ValueError for several people;
        RecordError.
        """
        ...

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """A person's entries with larger numbers than ``after``, in order."""
        ...

    def read_all(self, *, after: int = 0) -> Iterator[Entry]:
        """Everybody's entries with a larger ``seq`` than ``after``, in order."""
        ...

    def people(self) -> tuple[str, ...]:
        """Everybody who has entries, sorted."""
        ...

    def folded(self, view: View[StateT], person: str) -> Folded[StateT]:
        """The view over all of a person's entries so far, as `fold` would make it; what was
        kept of it is only brought up to date. RecordError."""
        ...


def only_person(noted: Sequence[Noted]) -> str:
    """Whom they are all about; ValueError if they are about several people, or nobody."""
    people = {each.person for each in noted}
    if len(people) != 1:
        raise ValueError(f"one append is about one person, not {len(people)}")
    return people.pop()


def fold(view: View[StateT], entries: Iterable[Entry]) -> Folded[StateT]:
    """The view over entries of one person, from the first on."""
    return fold_on(view, Folded(view.begin()), entries)


def fold_on(view: View[StateT], folded: Folded[StateT], entries: Iterable[Entry]) -> Folded[StateT]:
    """The view after further entries; ``folded`` itself is changed. Entries that it has seen
    are passed over."""
    step, state, number = view.step, folded.state, folded.number
    for entry in entries:
        if entry.number > number:
            step(state, entry)
            number = entry.number
    folded.number = number
    return folded
