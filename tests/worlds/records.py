"""The record of a contract test: in memory, in a file, and in PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.learner.events import AnyEvent, ModuleStarted
from practicum.learner.record import Noted, Record

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def noted(
    event: AnyEvent | None = None, *, person: str = "ada", entry_id: str = "", minutes: int = 0
) -> Noted:
    """Something to record, so many minutes after noon."""
    return Noted(
        id=entry_id or f"id-{next(_numbers)}",
        person=person,
        at=NOON + dt.timedelta(minutes=minutes),
        by=person,
        event=event or ModuleStarted(module="patterns/timeouts"),
    )


@pytest.fixture(params=["memory", "sqlite"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """An empty record of each kind."""
    if request.param == "memory":
        yield InMemoryRecord()
        return
    found = SqliteRecord(tmp_path / "home" / "archive.db")
    yield found
    found.close()
