"""A copy of the record that can be put in its place again.

The copy of a file is a file, made while others write; that of PostgreSQL is an export. Putting
one back is one transaction over whatever is there, so nobody has to stop, and a power cut leaves
the one or the other. What was there stays beside it, and who was erased stays erased.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from practicum.archive.database.connection import Connection
from practicum.archive.erasing import Mark, add_marks, erase_rows, is_erased, marks
from practicum.archive.importing import write_rows
from practicum.archive.lines import Header, Lines, Unfit, check, export
from practicum.archive.rows import Row
from practicum.archive.sql import SqlRecord, heads_of, pages
from practicum.archive.sqlite import SqliteRecord, refusal, sync_folder
from practicum.archive.verifying import Verified, must_be_whole
from practicum.learner.record import RecordDamaged, RecordError

_SQLITE_BEGINS = b"SQLite format 3\0"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back, and where that is which stood there before (None: there was nothing)."""

    people: int
    entries: int
    beside: Path | None
    still_erased: int


def back_up(record: SqlRecord, target: Path, *, now: dt.datetime) -> Verified:
    """Copy the record to a file that is not there yet, and check the copy. RecordError."""
    with _made_whole(target) as part:
        if isinstance(record, SqliteRecord):
            _copy(record.path, part)
            with _opened_copy(part, target.parent) as copy:
                return must_be_whole(copy, f"the copy of {record.path}")
        _write(record, part, now, zipped=target.suffix == ".gz")
        header = _checked(part)
    return Verified(people=header.people, entries=header.entries)


def write_export(record: SqlRecord, target: Path, *, made_at: dt.datetime, person: str = "") -> int:
    """Write an export to a file that is not there yet, packed if its name ends in ``.gz``; how
    many entries it holds. RecordError."""
    with _made_whole(target) as part:
        _write(record, part, made_at, person, zipped=target.suffix == ".gz")
        return _checked(part).entries


def _checked(part: Path) -> Header:
    """The header of an export that was written just now. RecordDamaged if it is not whole: so is
    the record, then."""
    try:
        return check(part).header
    except Unfit as error:
        raise RecordDamaged(
            "the record is damaged, and was not exported: `practicum record verify` tells where, "
            "`practicum record restore FILE --replace` puts a backup in its place"
        ) from error


def _write(
    record: SqlRecord, target: Path, made_at: dt.datetime, person: str = "", *, zipped: bool = False
) -> None:
    with target.open("wb") as file:
        lines = export(record, made_at=made_at, person=person)
        if zipped:
            with gzip.GzipFile(fileobj=file, mode="wb") as packed:
                packed.writelines(lines)
        else:
            file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """A place to write to, whose file stands as ``target`` afterwards; never over another."""
    part = target.with_name(f".{target.name}.part")
    try:
        if target.exists():
            raise RecordError(f"{target} is there already: name another file, or move it away")
        part.touch(mode=0o600)  # what the place refuses is told of the place, not of the record
        yield part
        part.chmod(0o600)
        part.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise RecordError(f"{target} cannot be written ({error.strerror}): name another") from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own copy of a file in use, as one file without a log beside it."""
    if not source.exists():
        raise RecordError(f"there is no record yet: nothing was recorded in {source}")
    try:
        with (
            contextlib.closing(sqlite3.connect(source)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new, pages=1000)
            new.execute("pragma journal_mode = delete")
    except sqlite3.Error as error:
        raise refusal(source, error) from error
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _opened_copy(path: Path, folder_for_it: Path | None) -> Iterator[SqliteRecord]:
    """The record in a copy of the file, so that the file itself is not touched."""
    folder = Path(tempfile.mkdtemp(prefix=".practicum-", dir=folder_for_it))
    try:
        copy = SqliteRecord(Path(shutil.copyfile(path, folder / path.name.lstrip("."))))
        yield copy
        copy.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restore(record: SqlRecord, backup: Path, *, now: dt.datetime, replace: bool) -> Restored:
    """Put a backup or an export in the record's place. It is checked first. What the record holds
    is kept beside it, and only replaced if that is wanted. RecordError, RecordDamaged."""
    with _source(backup, record) as source:
        if not isinstance(record, SqliteRecord) or not _is_damaged(record):
            return _replace(record, source, backup, now=now, replace=replace)
        if not replace:
            raise RecordError(_refused(backup, "is damaged"))
        beside = _move_aside(record, now)
        restored = _replace(record, source, backup, now=now, replace=True)
        return msgspec.structs.replace(restored, beside=beside)


def _is_damaged(record: SqliteRecord) -> bool:
    try:
        return bool(record.flaws())
    except RecordDamaged:
        return True


class _Source(msgspec.Struct, frozen=True):
    """Rows to put back, each time anew; and the marks that came with them."""

    rows: Callable[[], Iterator[Row]]
    marks: frozenset[Mark]


@contextlib.contextmanager
def _source(backup: Path, record: SqlRecord) -> Iterator[_Source]:
    try:
        with backup.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE_BEGINS)) == _SQLITE_BEGINS
    except OSError as error:
        raise RecordError(f"{backup} cannot be read: {error.strerror}") from error
    if not is_sqlite:
        checked = check(backup)
        if checked.header.only:
            raise RecordError(
                f"{backup} holds {checked.header.only} alone: `practicum record import {backup}` "
                "takes it in"
            )
        yield _Source(lambda: Lines(backup).rows(), checked.marks)
        return
    home = record.path.parent if isinstance(record, SqliteRecord) else None
    with _opened_copy(backup, home if home and home.is_dir() else None) as copy:
        must_be_whole(copy, str(backup))
        with copy.snapshot() as connection:
            assert connection is not None
            found = frozenset(marks(connection))
            yield _Source(lambda: (row for page in pages(connection) for _, row in page), found)


def _replace(
    record: SqlRecord, source: _Source, backup: Path, *, now: dt.datetime, replace: bool
) -> Restored:
    beside = None
    with record.writing() as connection:
        heads = heads_of(connection)
        if heads and not replace:
            count = sum(head.number for head in heads.values())
            raise RecordError(_refused(backup, f"holds {count} entries"))
        if heads:
            beside = _keep_beside(record, now)
        for person in heads:
            erase_rows(connection, person)
        add_marks(connection, set(source.marks))
        erased = _Erased(connection)
        entries = write_rows(connection, erased.left_out(source.rows()))
        people = len(heads_of(connection))
    return Restored(people=people, entries=entries, beside=beside, still_erased=erased.count)


class _Erased:
    """Leaves out who was erased."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, bool] = {}

    @property
    def count(self) -> int:
        """How many people were left out."""
        return sum(self._known.values())

    def left_out(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows of all others."""
        for row in rows:
            if row.person not in self._known:
                self._known[row.person] = is_erased(self._connection, row.person)
            if not self._known[row.person]:
                yield row


def _refused(backup: Path, why: str) -> str:
    return (
        f"the record {why}: `practicum record restore {backup} --replace` puts the backup in its "
        "place, and keeps what is there beside it"
    )


def _keep_beside(record: SqlRecord, now: dt.datetime) -> Path:
    """A copy of the record as it is, for whoever restored the wrong one."""
    stamp = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    if isinstance(record, SqliteRecord):
        beside = record.path.with_name(f"{record.path.stem}-before-{stamp}.db")
        with _made_whole(beside) as part:
            _copy(record.path, part)
        return beside
    beside = Path(f"archive-before-{stamp}.jsonl").absolute()
    with _made_whole(beside) as part:
        _write(record, part, now)
    return beside


def _move_aside(record: SqliteRecord, now: dt.datetime) -> Path:
    """Take a damaged file away, with its log."""
    record.close()
    stamp = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    beside = record.path.with_name(f"{record.path.stem}-damaged-{stamp}.db")
    # The log first: alone it does no harm, while it would be played into another file.
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{record.path}{suffix}").rename(f"{beside}{suffix}")
    return beside
