"""Desks with a clock that stands still until it is moved, and a record in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from practicum.archive.in_memory import InMemoryRecord
from practicum.learner.record import Record
from practicum.study.desk import Desk

OURS = Path(__file__).parents[2] / "courses"
BEGAN = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, at: dt.datetime = BEGAN) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        """The moment at which it stands."""
        return self.at

    def advance(self, **time: float) -> None:
        """Let time pass; the arguments are those of timedelta."""
        self.at += dt.timedelta(**time)


def desk_in(
    home: Path,
    *,
    person: str = "ada",
    record: Record | None = None,
    clock: Clock | None = None,
    folders: Sequence[Path] = (OURS,),
) -> Desk:
    """A desk whose files lie in ``home``."""
    return Desk(
        person=person,
        record=record or InMemoryRecord(),
        now=clock or Clock(),
        home=home,
        folders=folders,
        environ={},
    )
