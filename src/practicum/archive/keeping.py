"""Views that are kept: what was folded once is kept, and brought up to date when it is read.

What is kept is never more than a short cut. It counts only if it was made by the view's present
version and stands on an entry that the record still holds; whatever else it is, it is passed
over and made anew.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from practicum.learner.record import Entry, Folded, RecordError, View, fold_on

StateT = TypeVar("StateT")
KEEP_AFTER = 50
"""Folding so few entries anew takes less time than writing the result down."""


class Kept(msgspec.Struct, frozen=True):
    """What was kept of a view over one person: its state as JSON, after the entry ``number``."""

    version: int
    number: int
    state: str


class KeepsViews(ABC):
    """The part of the port `Record` that folds."""

    @abstractmethod
    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read`."""

    @abstractmethod
    def load_view(self, name: str, person: str) -> Kept | None:
        """What was kept last, if it stands on an entry that is still there."""

    @abstractmethod
    def keep_view(self, name: str, person: str, kept: Kept) -> None:
        """Keep it, unless what is kept already is of the same version and further on, or the
        person has no such entry any more."""

    def folded(self, view: View[StateT], person: str) -> Folded[StateT]:
        """See `Record.folded`."""
        folded = _usable(view, self.load_view(view.name, person))
        began = folded.number
        fold_on(view, folded, self.read(person, after=began))
        if folded.number - began >= KEEP_AFTER:
            state = msgspec.json.encode(folded.state).decode()
            # A reader does not fail because nothing can be written now.
            with contextlib.suppress(RecordError):
                self.keep_view(view.name, person, Kept(view.version, folded.number, state))
        return folded


def _usable(view: View[StateT], kept: Kept | None) -> Folded[StateT]:
    if kept is None or kept.version != view.version:
        return Folded(view.begin())
    try:
        return Folded(msgspec.json.decode(kept.state, type=view.state), kept.number)
    except (msgspec.MsgspecError, UnicodeError):
        return Folded(view.begin())
