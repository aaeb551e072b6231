"""Desks of learners who share a record, a home and the courses, without a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from practicum.learner.record import Record
from practicum.study.desk import Desk

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


class Clock:
    """A clock that goes on by itself a little at each look."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        """What time it is."""
        self.now += dt.timedelta(milliseconds=1)
        return self.now


def desk(record: Record, home: Path, folders: Sequence[Path], person: str, clock: Clock) -> Desk:
    """The desk of one of them."""
    return Desk(person=person, record=record, now=clock, home=home, folders=folders, environ={})
