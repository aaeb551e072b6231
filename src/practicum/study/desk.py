"""A learner at her desk: who she is, her record, the clock, and where courses are found."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from practicum.learner.events import AnyEvent
from practicum.learner.record import Entry, Noted, Record

SCHOOL = "school"
"""Under whose name a record holds what is a school's and no learner's: the status lists."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What every use case of a learner starts from. ``now`` is the server's clock, in UTC;
    ``home`` keeps keys, evidence and workspaces; ``folders`` hold the courses, ours first."""

    person: str
    record: Record
    now: Callable[[], dt.datetime]
    home: Path
    folders: Sequence[Path]
    environ: Mapping[str, str]

    def note(self, *events: AnyEvent, after: int | None = None, by: str = "") -> tuple[Entry, ...]:
        """Record what happened to the person, all of it or nothing."""
        at = self.now()
        noted = [
            Noted(id=new_id(), person=self.person, at=at, by=by or self.person, event=event)
            for event in events
        ]
        return self.record.append(noted, after=after)


def new_id() -> str:
    """An id that nobody else will choose: 96 bits of chance, in URL-safe letters."""
    return secrets.token_urlsafe(12)
