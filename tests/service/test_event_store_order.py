"""Many writers at once, and any commits at all: order, gaps and agreement of the stores."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.store import (
    ANY_VERSION,
    AlreadyHandled,
    Append,
    Commit,
    Conflict,
    EventStore,
    Handled,
    StoreError,
)
from worlds.commits import appending, event, random_commits, sending, state_of
from worlds.fixed import FixedWorld
from worlds.memory_store import MemoryEventStore
from worlds.postgres_server import PostgresServer, postgres_server  # noqa: F401
from worlds.stores import fresh_schema, store, world  # noqa: F401

# Pytest passes fixtures by the names of arguments.
# ruff: noqa: F811


async def test_a_reader_never_misses_a_position_while_eight_write(store: EventStore) -> None:
    """Positions appear contiguous and in order, whoever conflicts or gives up in between."""
    done = asyncio.Event()

    async def write(name: int) -> int:
        written = 0
        for n in range(25):
            # Every third commit is refused after its place was taken, streams are contended.
            expected = 999_999 if n % 3 == 2 else ANY_VERSION
            appends = (
                Append(f"s{(name + n) % 5}", ANY_VERSION, (event(f"{name}-{n}"),)),
                Append(f"t{name}", expected, (event(f"{name}-{n}t"),)),
            )
            try:
                await store.commit(
                    Commit(appends=appends, outgoing=sending("t", "k", f"{name}-{n}"))
                )
                written += 2
            except Conflict:
                continue
        return written

    async def follow() -> int:
        seen = 0
        while True:
            finished = done.is_set()
            for stored in await store.read_all(after=seen, limit=7):
                assert stored.position == seen + 1
                seen += 1
            if finished and seen == await store.head():
                return seen
            await asyncio.sleep(0)

    following = asyncio.create_task(follow())
    written = sum(await asyncio.gather(*(write(name) for name in range(8))))
    done.set()
    assert await asyncio.wait_for(following, 60) == written == await store.head()
    sequences = [q.sequence for q in await store.outbox(limit=1000)]
    assert sequences == list(range(1, len(sequences) + 1))
    ids = [e.event.id for e in await store.read_all(limit=1000) if e.stream[0] == "s"]
    assert [q.outgoing.event.id for q in await store.outbox(limit=1000)] == ids


async def test_of_two_that_expect_the_same_version_one_wins(store: EventStore) -> None:
    """Concurrent decisions on one stream: exactly one is accepted per version."""
    for version in range(10):
        attempts = [store.commit(appending("a", version, event(f"{n}"))) for n in range(4)]
        results = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(result, int) for result in results) == 1
        assert sum(isinstance(result, Conflict) for result in results) == 3
    assert await store.head() == 10


async def test_of_two_that_handle_the_same_message_one_wins(store: EventStore) -> None:
    """Concurrent copies of one message: exactly one takes effect."""
    for n in range(10):
        commit = Commit(
            handled=(Handled("g", f"{n}"),), appends=(Append("a", ANY_VERSION, (event("x"),)),)
        )
        results = await asyncio.gather(
            *(store.commit(commit) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(result, AlreadyHandled) for result in results) == 3
    assert await store.head() == 10


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(commits=st.lists(random_commits(), min_size=1, max_size=12))
def test_postgres_and_the_fake_agree_on_any_commits(
    postgres_server: PostgresServer,
    commits: list[Commit],
) -> None:
    """The same commits give the same answers, the same refusals and the same final state."""

    async def outcomes(store: EventStore) -> list[object]:
        seen: list[object] = []
        for commit in commits:
            try:
                seen.append(await store.commit(commit))
            except StoreError as error:
                seen.append((type(error), str(error)))
            seen.append(await state_of(store))
        return seen

    async def compare() -> None:
        world = FixedWorld()
        real = await PostgresEventStore.open(
            postgres_server.dsn, world, schema=fresh_schema(), timeout_s=60
        )
        try:
            assert await outcomes(real) == await outcomes(MemoryEventStore(world))
        finally:
            await real.close()

    asyncio.run(compare())
