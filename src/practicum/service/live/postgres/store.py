"""The EventStore port on PostgreSQL.

Commits are serialised per store by the lock on one row (see ``migrations/0001.sql``), which is
what makes positions gapless and ordered under any number of writers; a commit is one
statement, so the lock is held for one execution and one flush. To share that flush among
concurrent callers put `service.group_commit.GroupCommit` around the store.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from practicum.service.events import Event
from practicum.service.live.postgres.commit import COMMIT_SQL, commit_arguments, refusal
from practicum.service.live.postgres.schema import check_schema_name, migrate
from practicum.service.storable import check_storable, is_storable
from practicum.service.store import (
    Commit,
    History,
    Outgoing,
    Queued,
    Snapshot,
    StoredEvent,
    StoreUnavailable,
    Timer,
)
from practicum.service.world import World

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

_FORGET_ROWS = 10_000

_READ_SQL = """
select stream, version, 0 as position, schema, state as document
from snapshots where stream = any ($1)
union all
select e.stream, e.version, e.position, null, e.event
from unnest($1::text[]) w (stream) join events e on e.stream = w.stream
    and e.version > coalesce(
        (select s.version from snapshots s where s.stream = w.stream), 0)
order by position
"""


class PostgresEventStore:
    """`service.store.EventStore` in one schema of a PostgreSQL database. Use `open`."""

    def __init__(self, pool: asyncpg.Pool, world: World, *, timeout_s: float) -> None:
        self._pool = pool
        self._world = world
        self._timeout_s = timeout_s
        self._outbox_grew = asyncio.Event()

    @classmethod
    async def open(
        cls,
        dsn: str,
        world: World,
        *,
        schema: str = "practicum",
        pool_max: int = 4,
        timeout_s: float = 10.0,
    ) -> PostgresEventStore:
        """Connect, and bring the tables in ``schema`` up to date.

        No call waits longer than about ``timeout_s`` for a connection and as long again for
        the answer. Connections are made when needed and made anew when lost. Raises
        `StoreUnavailable` when the database cannot be reached, `NewerSchema` when its tables
        are newer than this program, ValueError for an impossible ``schema``.
        """
        check_schema_name(schema)
        pool = asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=pool_max,
            timeout=timeout_s,
            # The server gives up first: then the commit surely did not happen.
            command_timeout=timeout_s + 1.0,
            server_settings=_session_settings(schema, timeout_s),
            reset=_keep_session,
        )
        try:
            await pool
            store = cls(pool, world, timeout_s=timeout_s)
            async with store.connection(sends=False) as connection:
                await migrate(connection, schema)  # type: ignore[arg-type]
        except BaseException:
            pool.terminate()
            raise
        return store

    async def close(self) -> None:
        """Finish what is under way, then disconnect."""
        try:
            await asyncio.wait_for(self._pool.close(), self._timeout_s)
        except TimeoutError:
            self._pool.terminate()

    async def commit(self, commit: Commit) -> int:
        """See the port; ValueError for names or JSON that PostgreSQL cannot hold."""
        check_storable(commit)
        arguments = commit_arguments(commit, self._world.now())
        async with self.connection(sends=True) as connection:
            position: int = await connection.fetchval(COMMIT_SQL, *arguments)
        if commit.outgoing:
            self._outbox_grew.set()
        return position

    async def handled(self, group: str, message_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        rows = await self._fetch(
            "select message_id from inbox where consumer_group = $1 and message_id = any ($2)",
            group,
            [message_id for message_id in message_ids if is_storable(message_id)],
        )
        return frozenset(row[0] for row in rows)

    async def read(self, streams: Sequence[str]) -> Mapping[str, History]:
        """See the port. All streams are read as of one moment."""
        wanted = {stream for stream in streams if is_storable(stream)}
        events: dict[str, list[StoredEvent]] = {stream: [] for stream in streams}
        snapshots: dict[str, Snapshot] = {}
        for row in await self._fetch(_READ_SQL, list(wanted)):
            stream, version, position, schema, document = row
            if position:
                events[stream].append(
                    StoredEvent(stream, version, position, Event.from_json(document))
                )
            else:
                state = msgspec.Raw(document.encode())
                snapshots[stream] = Snapshot(stream, version, schema, state)
        return {
            stream: _history(stored, snapshots.get(stream)) for stream, stored in events.items()
        }

    async def read_stream(self, stream: str, *, after: int = 0) -> Sequence[StoredEvent]:
        """See the port."""
        if not is_storable(stream):
            return []
        rows = await self._fetch(
            "select stream, version, position, event from events "
            "where stream = $1 and version > $2 order by version",
            stream,
            after,
        )
        return [_stored(row) for row in rows]

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[StoredEvent]:
        """See the port."""
        rows = await self._fetch(
            "select stream, version, position, event from events "
            "where position > $1 order by position limit $2",
            after,
            limit,
        )
        return [_stored(row) for row in rows]

    async def head(self) -> int:
        """See the port."""
        rows = await self._fetch("select position from head where one")
        position: int = rows[0][0]
        return position

    async def outbox(self, *, limit: int = 500) -> Sequence[Queued]:
        """See the port."""
        rows = await self._fetch(
            "select sequence, topic, key, event from outbox order by sequence limit $1", limit
        )
        return [
            Queued(sequence, Outgoing(topic, key, Event.from_json(event)))
            for sequence, topic, key, event in rows
        ]

    async def mark_sent(self, sequences: Sequence[int]) -> None:
        """See the port."""
        await self._fetch("select mark_sent($1)", list(sequences))

    async def due_timers(self, now: float, *, limit: int = 500) -> Sequence[Timer]:
        """See the port."""
        rows = await self._fetch(
            "select name, due, event from timers where due <= $1 order by due, name limit $2",
            now,
            limit,
        )
        return [Timer(name, due, Event.from_json(event)) for name, due, event in rows]

    async def wait_for_outbox(self, timeout_s: float) -> None:
        """See the port. One task of the process may wait at a time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._outbox_grew.wait()
        self._outbox_grew.clear()

    async def forget_handled(self, before: float) -> int:
        """See the port. Works in slices, so that no slice outlasts the timeout."""
        forgotten = 0
        while True:
            rows = await self._fetch(
                "with gone as (delete from inbox where ctid = any (array("
                "select ctid from inbox where handled_at < $1 limit $2)) returning 1) "
                "select count(*) from gone",
                before,
                _FORGET_ROWS,
            )
            slice_size: int = rows[0][0]
            forgotten += slice_size
            if slice_size < _FORGET_ROWS:
                return forgotten

    async def _fetch(self, query: str, *arguments: Any) -> list[Any]:
        async with self.connection(sends=False) as connection:
            return await connection.fetch(query, *arguments)

    @contextlib.asynccontextmanager
    async def connection(self, *, sends: bool = False) -> AsyncIterator[PoolConnectionProxy]:
        """A connection for one statement; what goes wrong becomes the port's errors.

        ``sends`` says that the statement is a commit, so that losing the connection leaves
        open whether it happened.
        """
        try:
            connection = await self._pool.acquire(timeout=self._timeout_s)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise _unavailable(error, definite=True) from error
        try:
            yield connection
        except asyncpg.PostgresError as error:
            raise _translated(error, sends=sends) from error
        except asyncpg.InterfaceError as error:
            if isinstance(error, ValueError):
                raise ValueError(f"PostgreSQL cannot hold this: {error}") from error
            # The driver refused to send it: the connection was known to be closed.
            raise _unavailable(error, definite=True) from error
        except (OSError, asyncpg.InternalClientError) as error:
            raise _unavailable(error, definite=not sends) from error
        finally:
            await self._release(connection)

    async def _release(self, connection: PoolConnectionProxy) -> None:
        # A connection that cannot be given back in order is ended by the pool itself, and the
        # statement's own outcome is what the caller has to hear.
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._pool.release(connection, timeout=self._timeout_s)


async def _keep_session(connection: object) -> None:
    """Statements of the store leave nothing behind in a session, so nothing needs a reset."""


def _session_settings(schema: str, timeout_s: float) -> dict[str, str]:
    return {
        "application_name": f"practicum {schema}",
        "search_path": f'"{schema}"',
        "default_transaction_isolation": "read committed",
        "statement_timeout": str(int(timeout_s * 1000)),
        # Every statement walks an index. A plan made while the tables were small must not
        # scan them when they have grown.
        "plan_cache_mode": "force_generic_plan",
        "enable_seqscan": "off",
        "enable_bitmapscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "jit": "off",
    }


def _translated(error: asyncpg.PostgresError, *, sends: bool) -> Exception:
    sqlstate = error.sqlstate or ""
    refused = refusal(sqlstate, getattr(error, "detail", None))
    if refused is not None:
        return refused
    if sqlstate[:2] in {"22", "54"}:
        return ValueError(f"PostgreSQL cannot hold this: {error.args[0]}")
    # 08: the connection broke. 57P, 58, XX: the server is going down or ill, and may have
    # committed before it said so. Any other error comes with a rollback.
    broke = sqlstate[:2] in {"08", "58", "XX"} or sqlstate.startswith("57P")
    return _unavailable(error, definite=not (sends and broke))


def _unavailable(error: Exception, *, definite: bool) -> StoreUnavailable:
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate == "53100":
        reason = f"the database's disk is full: make room on it ({error})"
    elif sqlstate == "25006":
        reason = f"the database is read-only: point the service at the primary ({error})"
    elif isinstance(error, TimeoutError):
        reason = "the database did not answer in time: see whether it runs and is overloaded"
    else:
        reason = f"the database cannot be used: {error or type(error).__name__}"
    return StoreUnavailable(reason, definite=definite)


def _stored(row: Any) -> StoredEvent:
    stream, version, position, event = row
    return StoredEvent(stream, version, position, Event.from_json(event))


def _history(events: list[StoredEvent], snapshot: Snapshot | None) -> History:
    if events:
        return History(events[-1].version, tuple(events), snapshot)
    return History(snapshot.version if snapshot else 0, (), snapshot)
