"""The event store of a contract test: the fake and PostgreSQL, plain and grouped."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable

import pytest

from practicum.service.group_commit import GroupCommit
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.store import EventStore
from worlds.fixed import FixedWorld
from worlds.memory_store import MemoryEventStore
from worlds.postgres_server import PostgresServer

_schema_numbers = itertools.count(1)


def fresh_schema() -> str:
    """A schema that no other test of this run has used."""
    return f"store_{next(_schema_numbers)}"


@pytest.fixture
def world() -> FixedWorld:
    """The clock of the store under test."""
    return FixedWorld()


@pytest.fixture(params=["memory", "memory, grouped", "postgres", "postgres, grouped"])
async def store(request: pytest.FixtureRequest, world: FixedWorld) -> AsyncIterator[EventStore]:
    """An empty store of each kind."""
    kind, _, grouped = request.param.partition(", ")
    wrap: Callable[[EventStore], EventStore] = GroupCommit if grouped else lambda inner: inner
    if kind == "memory":
        yield wrap(MemoryEventStore(world))
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    inner = await PostgresEventStore.open(
        server.dsn, world, schema=fresh_schema(), pool_max=10, timeout_s=60
    )
    yield wrap(inner)
    await inner.close()
