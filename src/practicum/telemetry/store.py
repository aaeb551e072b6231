"""Telemetry on disk: SQLite in WAL mode, one writer, any number of readers.

A commit does not sync: telemetry need not survive a power cut, only a kill -9 of its writer,
and what the kernel has been given does. The file never grows past its limit: when the pages in
use come near it, the oldest tenth goes, and its pages are used again.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from practicum.telemetry.records import FigureRecord, LineRecord, SpanRecord

_logger = logging.getLogger(__name__)
FILE = "telemetry.db"
SCHEMA = 1
PAGE_BYTES = 4096
_WAL_BYTES = 8_000_000
_TABLES = """
create table spans (
  trace_id text not null, span_id text not null, parent_id text not null, name text not null,
  kind integer not null, service text not null, member text not null, start_ns integer not null,
  end_ns integer not null, error text not null, key text not null, correlation_id text not null,
  attributes text not null, unique (trace_id, span_id));
create index spans_end on spans (end_ns);
create table names (id text not null, trace_id text not null, unique (id, trace_id));
create table figures (
  time_ns integer not null, service text not null, member text not null, name text not null,
  attributes text not null, value real not null, count integer not null, scale integer not null,
  zeros integer not null, buckets text not null);
create index figures_time on figures (time_ns);
create table lines (
  time_ns integer not null, service text not null, member text not null,
  severity integer not null, text text not null, trace_id text not null, span_id text not null,
  correlation_id text not null, attributes text not null);
create index lines_trace on lines (trace_id) where trace_id <> '';
"""
_TABLE_NAMES = ("spans", "names", "figures", "lines")
_INSERTS = {
    SpanRecord: "insert or ignore into spans values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
    FigureRecord: "insert into figures values (?,?,?,?,?,?,?,?,?,?)",
    LineRecord: "insert into lines values (?,?,?,?,?,?,?,?,?)",
}
_encode = msgspec.json.Encoder().encode
Record = SpanRecord | FigureRecord | LineRecord
Row = tuple[object, ...]
Rows = Mapping[object, Sequence[Row]]


class Store:
    """The writer. One per folder; call it from one thread at a time."""

    def __init__(self, folder: Path, *, bytes_max: int) -> None:
        self._path = folder / FILE
        self._pages_max = max(64, (bytes_max - _WAL_BYTES) // PAGE_BYTES)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            _logger.warning("%s cannot be read (%s): it is put aside", self._path, error)
            self._put_aside()
            self._connection = self._open()

    def write(self, records: Sequence[Record]) -> None:
        """Keep records, in one transaction. Raises sqlite3.Error (a full disk, say): then
        nothing of it is kept, and the next may go through."""
        rows: Rows = {kind: [_row(r) for r in records if type(r) is kind] for kind in _INSERTS}
        try:
            self._insert(rows, _names(records))
        except UnicodeEncodeError:
            cleaned: Rows = {kind: [_cleaned(row) for row in some] for kind, some in rows.items()}
            self._insert(cleaned, {_cleaned(name) for name in _names(records)})
        self._make_room()

    def _insert(self, rows: Rows, names: Collection[Row]) -> None:
        with self._connection:
            for kind, statement in _INSERTS.items():
                self._connection.executemany(statement, rows[kind])
            self._connection.executemany("insert or ignore into names values (?, ?)", names)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10.0, check_same_thread=False)
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = off")
            connection.execute(f"pragma journal_size_limit = {_WAL_BYTES}")
            (version,) = connection.execute("pragma user_version").fetchone()
            if version == 0:
                connection.executescript(f"{_TABLES} pragma user_version = {SCHEMA};")
            elif version != SCHEMA:
                raise sqlite3.DatabaseError(f"version {version}, this practicum writes {SCHEMA}")
            connection.execute("select count(*) from (select 1 from spans limit 1)")
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_aside(self) -> None:
        self._path.replace(self._path.with_suffix(".unreadable"))
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").unlink()

    def _make_room(self) -> None:
        while self._pages() > self._pages_max * 0.9:
            before = self._pages()
            with self._connection:
                for table in _TABLE_NAMES:
                    self._connection.execute(
                        f"delete from {table} where rowid <= (select min(rowid) + "
                        f"(max(rowid) - min(rowid)) / 10 from {table})"
                    )
            if self._pages() >= before:
                return

    def _pages(self) -> int:
        (pages,) = self._connection.execute("pragma page_count").fetchone()
        (free,) = self._connection.execute("pragma freelist_count").fetchone()
        return int(pages) - int(free)


def _row(record: Record) -> Row:
    *plain, last = msgspec.structs.astuple(record)
    if type(record) is FigureRecord:
        plain[4] = _encode(plain[4]).decode()
    return (*plain, _encode(last).decode())


def _names(records: Sequence[Record]) -> set[Row]:
    """By what a trace can be asked for, once for each: an index over all spans costs more than
    all the rest of a write."""
    spans = [record for record in records if type(record) is SpanRecord]
    names: set[Row] = {(span.key, span.trace_id) for span in spans if span.key}
    names.update((x.correlation_id, x.trace_id) for x in spans if x.correlation_id)
    return names


def _cleaned(row: Row) -> Row:
    """SQLite holds no lone surrogates."""
    return tuple(
        value.encode(errors="replace").decode() if isinstance(value, str) else value
        for value in row
    )
