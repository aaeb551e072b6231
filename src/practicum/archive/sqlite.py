"""The record in one SQLite file, which many processes and threads may use at once.

The file is in WAL mode and every commit is synced, so that what is acknowledged survives a power
cut. A write begins by taking the one place that writers have (``begin immediate``), so what it
reads stays true until it commits.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from practicum.archive.database.pool import Pool
from practicum.archive.database.schema import SQLITE
from practicum.archive.sql import SqlRecord
from practicum.learner.record import RecordDamaged, RecordError

FILE = "archive.db"
APPLICATION_ID = 0x50726163
"""Four letters in the head of the file, by which it is known as a record."""
BUSY_WAIT_S = 60.0
# One statement, so that all is of one moment: somebody else may be making the file.
_STATE = """
    select user_version, application_id, (select count(*) from sqlite_master)
    from pragma_user_version, pragma_application_id
"""


class SqliteRecord(SqlRecord):
    """The port `Record` in the file ``path``, which is made by the first append."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pool = Pool(
            functools.partial(open_file, path), place=functools.partial(_identity, path)
        )

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        self._pool.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """See `SqlRecord.reading`."""
        with self._telling():
            if _identity(self.path) is None:
                yield None
                return
            with self._pool.borrowed() as connection:
                yield connection

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection | None]:
        """See `SqlRecord.snapshot`."""
        with self.reading() as connection:
            if connection is None:
                yield None
                return
            connection.execute("begin")
            yield connection
            connection.execute("rollback")

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See `SqlRecord.writing`."""
        with self._telling(), self._pool.borrowed() as connection:
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    def flaws(self) -> list[str]:
        """See `SqlRecord.flaws`."""
        with self.reading() as connection:
            found = (
                connection.execute("pragma integrity_check(10)").fetchall() if connection else ()
            )
        return [f"the file is damaged: {line}" for (line,) in found if line != "ok"]

    def scrub(self) -> None:
        """See `SqlRecord.scrub`."""
        with self._telling(), self._pool.borrowed() as connection:
            connection.execute("vacuum")
            (busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        if busy:
            raise RecordError(
                f"somebody has been reading {self.path} for {BUSY_WAIT_S:.0f} s, and its log "
                "still holds what was erased: run the same command again when she is done"
            )

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise refusal(self.path, error) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def open_file(path: Path) -> sqlite3.Connection:
    """A connection to the record in a file of today's version. The file is made, or brought up
    to date, if need be. Raises RecordError for a newer one, or one that is no record."""
    _make(path)
    connection = sqlite3.connect(
        path, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("pragma synchronous = full")
        connection.execute("pragma secure_delete = on")
        if _version(path, connection) < len(SQLITE):
            with _alone(path):
                connection.execute("pragma journal_mode = wal")
                migrate(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """An empty file that nobody else may read, if there is none. Others may pass through root's
    folder, as where ranges are made: PostgreSQL's user has to."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the folder: SQLite does not wait for others while the mode of a file changes."""
    with _folder(path.parent) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        os.fsync(folder)
        yield


def sync_folder(path: Path) -> None:
    """Let a name that was given to a file survive a power cut."""
    with _folder(path) as folder:
        os.fsync(folder)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _version(path: Path, connection: sqlite3.Connection) -> int:
    version, application, tables = connection.execute(_STATE).fetchone()
    if application != APPLICATION_ID and (tables or version):
        raise RecordError(
            f"{path} is a database, but not the record of learners: move it away, or set "
            "PRACTICUM_HOME to another folder"
        )
    if version > len(SQLITE):
        raise RecordError(
            f"{path} is of version {version}, this practicum knows {len(SQLITE)}: use the "
            "practicum that wrote it, or a newer one"
        )
    return int(version)


def migrate(path: Path, connection: sqlite3.Connection) -> None:
    """Bring a file up to date: all of it, or nothing."""
    connection.execute("begin immediate")
    try:
        for number in range(_version(path, connection), len(SQLITE)):
            for statement in SQLITE[number]:
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number + 1}")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def refusal(path: Path, error: Exception) -> RecordError:
    """What SQLite or the file system refuses, in words."""
    code = getattr(error, "sqlite_errorcode", None)
    base = None if code is None else code & 0xFF
    if base in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return RecordDamaged(
            f"{path} is damaged ({error}): put a backup in its place with `practicum record "
            "restore FILE --replace`; the damaged file is kept beside it"
        )
    if base == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in (
        errno.ENOSPC,
        errno.EDQUOT,
    ):
        return RecordError(f"no space is left where {path} is: free some, and try again")
    if base in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RecordError(
            f"{path} has been locked for {BUSY_WAIT_S:.0f} s: another process writes, or hangs; "
            "try again when it is done"
        )
    if base == sqlite3.SQLITE_CONSTRAINT:
        return RecordError(f"{path} refuses it: {error}")
    return RecordError(
        f"{path} cannot be used ({getattr(error, 'strerror', None) or error}): allow to write "
        "there, or set PRACTICUM_HOME to a folder elsewhere"
    )
