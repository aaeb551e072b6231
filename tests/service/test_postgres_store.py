"""What only a real PostgreSQL can show: crashes, lost answers, full disks, migrations."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import asyncpg
import psutil
import pytest

from practicum.service.live.postgres.schema import NewerSchema, migrations
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.store import ANY_VERSION, Commit, StoreUnavailable
from worlds.commits import appending, event, state_of
from worlds.fixed import FixedWorld
from worlds.postgres_server import PostgresServer, mortal_server, postgres_server  # noqa: F401

# Pytest passes fixtures by the names of arguments.
# ruff: noqa: F811

_schema_numbers = itertools.count(1)


@contextlib.asynccontextmanager
async def opened(
    server: PostgresServer, *, schema: str = "", timeout_s: float = 60.0
) -> AsyncIterator[tuple[PostgresEventStore, asyncpg.Connection]]:
    """A store in a schema of its own, and a plain connection into the same schema."""
    schema = schema or f"live_{next(_schema_numbers)}"
    store = await PostgresEventStore.open(
        server.dsn, FixedWorld(), schema=schema, timeout_s=timeout_s
    )
    admin = await asyncpg.connect(server.dsn, server_settings={"search_path": schema})
    try:
        yield store, admin
    finally:
        admin.terminate()
        await store.close()


async def backend_waiting_for_a_lock(admin: asyncpg.Connection, schema: str) -> int:
    """The process id of the store's backend, once it waits for a lock."""
    while True:
        found = await admin.fetchval(
            "select pid from pg_stat_activity "
            "where wait_event_type = 'Lock' and application_name = $1",
            f"practicum {schema}",
        )
        if found:
            return int(found)
        await asyncio.sleep(0.01)


async def test_opening_again_changes_nothing(postgres_server: PostgresServer) -> None:
    """The tables are made once; what is in them stays."""
    async with opened(postgres_server, schema="twice") as (store, _):
        await store.commit(appending("a", 0, event("1")))
        before = await state_of(store)
    async with opened(postgres_server, schema="twice") as (store, admin):
        assert await state_of(store) == before
        assert await admin.fetchval("select count(*) from schema_version") == len(migrations())


async def test_many_may_open_a_new_store_at_once(postgres_server: PostgresServer) -> None:
    """All members of a service start together, and one of them makes the tables."""
    stores = await asyncio.gather(
        *(
            PostgresEventStore.open(postgres_server.dsn, FixedWorld(), schema="crowd", timeout_s=60)
            for _ in range(6)
        )
    )
    heads = await asyncio.gather(
        *(store.commit(appending("a", ANY_VERSION, event("1"))) for store in stores)
    )
    assert sorted(heads) == [1, 2, 3, 4, 5, 6]
    await asyncio.gather(*(store.close() for store in stores))


async def test_tables_of_a_newer_version_are_left_alone(postgres_server: PostgresServer) -> None:
    """An old program says that it is old, before it does any harm."""
    async with opened(postgres_server, schema="future") as (_, admin):
        await admin.execute("insert into schema_version values (99)")
    with pytest.raises(NewerSchema, match=r"version 99.*update Practicum"):
        await PostgresEventStore.open(postgres_server.dsn, FixedWorld(), schema="future")


@pytest.mark.parametrize("schema", ["", 'a"b', "Store", "9", "a" * 64])
async def test_an_impossible_schema_name_is_refused(schema: str) -> None:
    """The name goes into SQL, so only plain ones are taken."""
    with pytest.raises(ValueError, match="cannot name a PostgreSQL schema"):
        await PostgresEventStore.open("postgresql://nobody", FixedWorld(), schema=schema)


async def test_a_learner_can_look_into_events_with_sql(postgres_server: PostgresServer) -> None:
    """Events are JSON columns, and hold the CloudEvent as it was written."""
    async with opened(postgres_server) as (store, admin):
        await store.commit(appending("a", 0, event("1")))
        row = await admin.fetchrow(
            "select stream, version, type, event->>'id', event->'data'->>'n' from events"
        )
        assert tuple(row) == ("a", 1, "shop.thing.happened.v1", "1", "1")


async def test_a_database_that_is_not_there_is_definite(mortal_server: PostgresServer) -> None:
    """Nothing was sent, so nothing happened; opening says the same."""
    async with opened(mortal_server) as (store, _):
        mortal_server.kill()
        for _ in range(2):
            # The first call may find the connection only just broken; the next must connect.
            with pytest.raises(StoreUnavailable) as refused:
                await store.commit(appending("a", 0, event("1")))
        assert refused.value.definite
        with pytest.raises(StoreUnavailable) as refused:
            await PostgresEventStore.open(mortal_server.dsn, FixedWorld())
        assert refused.value.definite


async def test_a_connection_lost_while_waiting_is_not_definite(
    postgres_server: PostgresServer,
) -> None:
    """Once the statement is sent, a broken connection leaves open whether it happened."""
    async with opened(postgres_server, schema="lost") as (store, admin):
        async with admin.transaction():
            await admin.execute("update head set position = position")
            commit = asyncio.create_task(store.commit(appending("a", 0, event("1"))))
            pid = await backend_waiting_for_a_lock(admin, "lost")
            await admin.execute("select pg_terminate_backend($1::int)", pid)
            with pytest.raises(StoreUnavailable) as refused:
                await commit
        assert not refused.value.definite
        assert await store.commit(appending("a", 0, event("2"))) == 1


async def test_a_commit_that_takes_too_long_is_rolled_back(
    postgres_server: PostgresServer,
) -> None:
    """The server gives up before the client, so the timeout is definite."""
    async with (
        opened(postgres_server, schema="slow") as (_, admin),
        opened(postgres_server, schema="slow", timeout_s=0.2) as (store, _),
    ):
        async with admin.transaction():
            await admin.execute("update head set position = position")
            with pytest.raises(StoreUnavailable) as refused:
                await store.commit(appending("a", 0, event("1")))
        assert refused.value.definite
        assert await store.head() == 0


async def test_a_cancelled_commit_leaves_the_store_usable(
    postgres_server: PostgresServer,
) -> None:
    """The statement of a caller that went away is cancelled, its connection used again."""
    async with opened(postgres_server, schema="gone") as (store, admin):
        async with admin.transaction():
            await admin.execute("update head set position = position")
            commit = asyncio.create_task(store.commit(appending("a", 0, event("1"))))
            await backend_waiting_for_a_lock(admin, "gone")
            commit.cancel()
            with pytest.raises(asyncio.CancelledError):
                await commit
        for version in range(8):
            await store.commit(appending("b", version, event("2")))
        assert [e.stream for e in await store.read_all()] == ["b"] * 8


async def test_a_full_disk_has_a_plain_reason(postgres_server: PostgresServer) -> None:
    """The reason says what to do; the commit surely did not happen."""
    async with opened(postgres_server) as (store, admin):
        await admin.execute(
            "create function full_disk() returns trigger language plpgsql as $$ begin "
            "raise exception 'could not extend file' using errcode = '53100'; end $$; "
            "create trigger full_disk before insert on events "
            "for each statement execute function full_disk()"
        )
        with pytest.raises(StoreUnavailable, match="disk is full: make room") as refused:
            await store.commit(appending("a", 0, event("1")))
        assert refused.value.definite
        assert await store.head() == 0


async def test_a_read_only_database_has_a_plain_reason(postgres_server: PostgresServer) -> None:
    """Reading goes on, committing says that this is not the primary."""
    async with opened(postgres_server, schema="replica") as (store, admin):
        await admin.execute("alter role postgres set default_transaction_read_only = on")
        try:
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'practicum replica'"
            )
            while True:
                with pytest.raises(StoreUnavailable) as refused:
                    await store.commit(appending("a", 0, event("1")))
                if "read-only" in str(refused.value):
                    break
            assert refused.value.definite
            assert await store.head() == 0
        finally:
            await admin.execute("set default_transaction_read_only = off")
            await admin.execute("alter role postgres reset default_transaction_read_only")


async def test_forgetting_works_in_slices(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the inbox is, each statement deletes a bounded part of it."""
    monkeypatch.setattr("practicum.service.live.postgres.store._FORGET_ROWS", 3)
    async with opened(postgres_server) as (store, admin):
        await admin.execute(
            "insert into inbox select 'g', n::text, n from generate_series(1, 10) n"
        )
        assert await store.forget_handled(8.0) == 7
        assert await store.handled("g", ["7", "8"]) == {"8"}


@pytest.mark.parametrize("victim", ["everything", "one backend"])
async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    mortal_server: PostgresServer, victim: str
) -> None:
    """SIGKILL amid commits, three times: what was acknowledged is there, what was definitely
    refused is not, positions have no gap, and the store finds its way back by itself."""
    acknowledged: set[str] = set()
    acknowledgement = asyncio.Condition()
    refused: set[str] = set()
    stop = asyncio.Event()

    async def write(store: PostgresEventStore, name: int) -> None:
        for n in itertools.count():
            if stop.is_set():
                return
            id_ = f"{name}-{n}"
            try:
                await store.commit(appending(f"s{name}", ANY_VERSION, event(id_)))
                async with acknowledgement:
                    acknowledged.add(id_)
                    acknowledgement.notify_all()
            except StoreUnavailable as error:
                if error.definite:
                    refused.add(id_)
                await asyncio.sleep(0.01)

    async def progress(count: int) -> None:
        target = len(acknowledged) + count
        async with asyncio.timeout(120), acknowledgement:
            await acknowledgement.wait_for(lambda: len(acknowledged) >= target)

    async with opened(mortal_server) as (store, _):
        writers = [asyncio.create_task(write(store, name)) for name in range(4)]
        for round_ in range(3):
            await progress(40 + 7 * round_)
            if victim == "everything":
                await asyncio.to_thread(mortal_server.kill)
                await asyncio.to_thread(mortal_server.start)
            else:
                busy = await asyncio.to_thread(mortal_server.backends)
                psutil.Process(busy[0]).kill()
        await progress(40)
        stop.set()
        await asyncio.gather(*writers)
        stored = await store.read_all(limit=1_000_000)
        ids = {e.event.id for e in stored}
        assert acknowledged <= ids
        assert not refused & ids
        assert [e.position for e in stored] == list(range(1, len(stored) + 1))
        assert await store.commit(Commit()) == len(stored)
