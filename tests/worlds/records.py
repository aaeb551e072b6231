"""The record of a contract test: in memory, in a file, and in PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.archive.postgres import PostgresRecord
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.learner.events import AnyEvent, ModuleStarted
from practicum.learner.record import Noted, Record
from worlds.postgres_server import PostgresServer

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


def postgres_record(server: PostgresServer) -> PostgresRecord:
    """A record in a schema that no other test of this run has used."""
    return PostgresRecord(server.dsn, schema=f"record_{next(_numbers)}")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def record(request: pytest.FixtureRequest) -> Record:
    """An empty record of each kind."""
    if request.param == "memory":
        return InMemoryRecord()
    found: Record = request.getfixturevalue(f"{request.param}_alone")
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def stored(request: pytest.FixtureRequest) -> SqlRecord:
    """An empty record of each kind that is stored."""
    found: SqlRecord = request.getfixturevalue(f"{request.param}_alone")
    return found


@pytest.fixture
def sqlite_alone(tmp_path: Path) -> Iterator[SqliteRecord]:
    """An empty record in a file."""
    found = SqliteRecord(tmp_path / "home" / "archive.db")
    yield found
    found.close()


@pytest.fixture
def postgres_alone(postgres_server: PostgresServer) -> Iterator[PostgresRecord]:
    """An empty record in PostgreSQL."""
    found = postgres_record(postgres_server)
    yield found
    found.close()
