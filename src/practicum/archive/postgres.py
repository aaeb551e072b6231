"""The record in a PostgreSQL database that somebody runs, in a schema of its own.

Appends queue up behind one advisory lock, which is let go when they have become visible. So
places (``seq``) become visible in their order, and a reader of all never has one appear behind
her. For one record that is no narrower than the one writer that SQLite has.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from practicum.archive.database.connection import Connection, Cursor
from practicum.archive.database.pool import Pool
from practicum.archive.database.schema import POSTGRES
from practicum.archive.sql import SqlRecord
from practicum.learner.record import RecordError

SCHEMA = "practicum_record"
CONNECT_WAIT_S = 10
LOCK_WAIT_S = 60
_LOCK_CLASS = 0x50726163
"""The first half of the advisory lock's key; the second is made from the schema's name."""


class _Postgres:
    """A connection in the words of `Connection`."""

    def __init__(self, inner: psycopg.Connection[Any]) -> None:
        self.inner = inner
        self.is_made = False

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """See `Connection.execute`."""
        return self.inner.execute(_percent(sql), values)

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """See `Connection.executemany`."""
        self.inner.cursor().executemany(_percent(sql), rows)

    def close(self) -> None:
        """Let go."""
        self.inner.close()

    def is_alive(self) -> bool:
        """Whether the server has not ended the connection since it was used."""
        try:
            self.inner.pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return not self.inner.closed


@functools.lru_cache
def _percent(sql: str) -> LiteralString:
    # Every statement is written out in this room.
    return sql.replace("?", "%s")


class PostgresRecord(SqlRecord):
    """The port `Record` in the database that ``url`` names; its tables are made by the first
    append."""

    def __init__(self, url: str, *, schema: str = SCHEMA) -> None:
        self._url, self.schema = url, schema
        self._pool = Pool(self._connect, is_alive=_Postgres.is_alive)

    def close(self) -> None:
        """Let go of the database; it is connected to again when it is needed."""
        self._pool.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """See `SqlRecord.reading`."""
        with self._telling(), self._pool.borrowed() as connection:
            yield connection if self._is_made(connection) else None

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection | None]:
        """See `SqlRecord.snapshot`."""
        with self.reading() as connection:
            if connection is None:
                yield None
                return
            connection.execute("begin isolation level repeatable read read only")
            yield connection
            connection.execute("rollback")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """See `SqlRecord.writing`."""
        with self._telling(), self._pool.borrowed() as connection:
            # Whoever waited for the lock must then see what was written before her.
            connection.execute("begin isolation level read committed read write")
            try:
                self._wait_for_turn(connection)
                if not self._is_made(connection):
                    self._migrate(connection)
                yield connection
                connection.execute("commit")
            except BaseException:
                with contextlib.suppress(psycopg.Error):
                    connection.execute("rollback")
                raise
            connection.is_made = True

    def flaws(self) -> list[str]:
        """See `SqlRecord.flaws`: the server has tools of its own for that."""
        return []

    def scrub(self) -> None:
        """See `SqlRecord.scrub`."""
        with self._telling(), self._pool.borrowed() as connection:
            for table in ("entries", "heads", "kept", "erasing"):
                connection.execute(f"vacuum (full) {table}")

    def _connect(self) -> _Postgres:
        inner = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_WAIT_S,
            application_name="practicum record",
        )
        inner.execute(SQL("set search_path to {}").format(Identifier(self.schema)))
        inner.execute(SQL("set lock_timeout to {}").format(f"{LOCK_WAIT_S}s"))
        inner.execute("set client_min_messages to warning")
        # What is acknowledged must be on the server's disk, whatever its default is.
        inner.execute(
            "select set_config('synchronous_commit', 'on', false) "
            "where current_setting('synchronous_commit') in ('off', 'local')"
        )
        return _Postgres(inner)

    def _wait_for_turn(self, connection: _Postgres) -> None:
        connection.execute(
            "select pg_advisory_xact_lock(?, hashtext(?))", (_LOCK_CLASS, self.schema)
        )

    def _is_made(self, connection: _Postgres) -> bool:
        """Whether the tables are there, and of today's version; older ones are brought up to
        date. RecordError for newer ones."""
        if connection.is_made:
            return True
        (meta,) = connection.execute("select to_regclass('schema_version')").fetchone()
        if meta is None:
            return False
        (version,) = connection.execute("select max(version) from schema_version").fetchone()
        if version > len(POSTGRES):
            raise RecordError(
                f"the record in the schema {self.schema} is of version {version}, this practicum "
                f"knows {len(POSTGRES)}: use the practicum that wrote it, or a newer one"
            )
        return bool(version == len(POSTGRES))

    def _migrate(self, connection: _Postgres) -> None:
        """Make or renew the tables, inside the transaction of a writer."""
        connection.inner.execute(
            SQL("create schema if not exists {}").format(Identifier(self.schema))
        )
        connection.execute(
            "create table if not exists schema_version (version integer primary key)"
        )
        found = connection.execute("select coalesce(max(version), 0) from schema_version")
        for number in range(found.fetchone()[0], len(POSTGRES)):
            for statement in POSTGRES[number]:
                connection.execute(statement)
            connection.execute("insert into schema_version values (?)", (number + 1,))

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except psycopg.OperationalError as error:
            raise RecordError(
                f"the record's PostgreSQL cannot be used ({_line(error)}): look at the server and "
                "at PRACTICUM_ARCHIVE_URL; what was being recorded may be recorded, the same ids "
                "find out"
            ) from error
        except psycopg.Error as error:
            raise RecordError(f"the record's PostgreSQL refuses it: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
