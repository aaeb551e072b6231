"""What is done to the record behind its back is found, and named."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from practicum.archive.database.schema import SQLITE
from practicum.archive.postgres import PostgresRecord
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import APPLICATION_ID, SqliteRecord
from practicum.archive.verifying import Damage, verify
from practicum.learner.record import RecordDamaged, RecordError
from worlds.postgres_server import PostgresServer, mortal_server, postgres_server
from worlds.records import noted, postgres_alone, sqlite_alone, stored

__all__ = ["mortal_server", "postgres_alone", "postgres_server", "sqlite_alone", "stored"]

REFUSED = (sqlite3.DatabaseError, psycopg.Error)


@pytest.fixture
def filled(stored: SqlRecord) -> SqlRecord:
    """Two people with four entries each."""
    for _ in range(2):
        stored.append([noted(), noted()])
        stored.append([noted(person="bob"), noted(person="bob")])
    return stored


def force(record: SqlRecord, *statements: str) -> None:
    """Do what the triggers would refuse."""
    if isinstance(record, SqliteRecord):
        with contextlib.closing(sqlite3.connect(record.path)) as connection, connection:
            kept = connection.execute("select name, sql from sqlite_master where type = 'trigger'")
            triggers = kept.fetchall()
            for name, _ in triggers:
                connection.execute(f"drop trigger {name}")
            for statement in [*statements, *(sql for _, sql in triggers)]:
                connection.execute(statement)
        return
    with record.reading() as connection:
        assert connection is not None
        connection.execute("alter table entries disable trigger user")
        for statement in statements:
            connection.execute(statement)
        connection.execute("alter table entries enable trigger user")


def test_a_whole_record_is_found_whole(filled: SqlRecord) -> None:
    """Everything was looked at."""
    found = verify(filled)
    assert (found.people, found.entries, found.damages) == (2, 8, ())


def test_a_record_that_is_not_there_is_whole(stored: SqlRecord) -> None:
    """Nothing is made by looking."""
    assert verify(stored).entries == 0
    assert not isinstance(stored, SqliteRecord) or not stored.path.parent.exists()


ADA_2 = "person = 'ada' and number = 2"
EDITED = "it is not what was recorded here: it was edited, or the one before it was"


@pytest.mark.parametrize(
    ("statements", "damages"),
    [
        ([f"update entries set at = '2020-01-01T00:00:00.000000Z' where {ADA_2}"], [(2, EDITED)]),
        (
            [f"update entries set data = replace(data, 'timeouts', 'x') where {ADA_2}"],
            [(2, EDITED)],
        ),
        ([f"update entries set \"by\" = 'eve' where {ADA_2}"], [(2, EDITED)]),
        ([f"update entries set version = 2 where {ADA_2}"], [(2, EDITED)]),
        ([f"update entries set hash = 'x' where {ADA_2}"], [(2, EDITED), (3, EDITED)]),
        ([f"delete from entries where {ADA_2}"], [(3, "entry 2 is missing before it")]),
        (
            ["delete from entries where person = 'ada' and number >= 3"],
            [(3, "entries 3 to 4 are missing")],
        ),
        (
            ["update heads set hash = 'x' where person = 'ada'"],
            [(4, "the history was noted to end at entry 4, with another hash")],
        ),
        (
            [
                f"update entries set number = 9 where {ADA_2}",
                "update entries set number = 2 where person = 'ada' and number = 3",
                "update entries set number = 3 where person = 'ada' and number = 9",
            ],
            [
                (3, "entry 2 is missing before it"),
                (2, "it stands behind entry 3: the order was changed"),
                (4, "entry 3 is missing before it"),
            ],
        ),
    ],
)
def test_an_edited_removed_or_moved_entry_is_named(
    filled: SqlRecord, statements: Sequence[str], damages: list[tuple[int, str]]
) -> None:
    """With the person and the number, and nothing about others."""
    force(filled, *statements)
    expected = [Damage(person="ada", number=number, what=what) for number, what in damages]
    assert list(verify(filled).damages) == expected


def test_a_person_who_is_missing_altogether_is_named(filled: SqlRecord) -> None:
    """Her end is known."""
    force(filled, "delete from entries where person = 'bob'")
    (damage,) = verify(filled).damages
    assert str(damage) == "bob, entry 1: entries 1 to 4 are missing"


def test_an_entry_that_cannot_be_read_is_told_where_it_is_read(filled: SqlRecord) -> None:
    """Not with a traceback, and with the remedy."""
    force(filled, f"update entries set data = '{{' where {ADA_2}")
    with pytest.raises(RecordDamaged, match=r"entry 2 of ada is damaged.*record restore FILE"):
        list(filled.read("ada"))


@pytest.mark.parametrize(
    "statement",
    [
        "update entries set kind = 'x'",
        "delete from entries",
        "delete from entries where person = 'ada'",
        "insert or replace into entries select * from entries where seq = 1",
        "insert or replace into entries select 99, person, number, 'new', at, \"by\", kind, "
        "version, data, hash from entries where seq = 1",
        "truncate entries",
    ],
)
def test_the_database_itself_refuses_to_change_entries(filled: SqlRecord, statement: str) -> None:
    """Whoever asks it to, and however."""
    before = list(filled.read_all())
    if isinstance(filled, SqliteRecord):
        with (
            contextlib.closing(sqlite3.connect(filled.path)) as connection,
            pytest.raises(REFUSED, match=r"append-only|syntax error"),
        ):
            connection.execute(statement)
    else:
        with pytest.raises(RecordError, match=r"append-only|syntax error"):
            execute(filled, statement)
    assert list(filled.read_all()) == before


def execute(record: SqlRecord, statement: str) -> None:
    """Run a statement as somebody who is let into the database."""
    with record.reading() as connection:
        assert connection is not None
        connection.execute(statement)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of a few hundred pages, with nothing left in its log."""
    record = SqliteRecord(tmp_path / "archive.db")
    for _ in range(5):
        record.append([noted() for _ in range(500)])
    record.close()
    return record.path


def test_a_truncated_file_is_named_with_the_remedy(large: Path) -> None:
    """By whatever command comes upon it, and by the last entry that could be read."""
    os.truncate(large, large.stat().st_size // 2)
    found = verify(SqliteRecord(large)).damages
    assert found
    assert all("damaged" in str(each) or "missing" in str(each) for each in found)
    with pytest.raises(RecordDamaged, match="record restore FILE"):
        list(SqliteRecord(large).read_all())


@pytest.mark.parametrize("junk", [b"hello, I am no database, " * 10, b"\0" * 4096 * 4])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, junk: bytes) -> None:
    """And is left as it is."""
    path = tmp_path / "archive.db"
    path.write_bytes(junk)
    with pytest.raises(RecordError, match=r"archive\.db is damaged"):
        SqliteRecord(path).append([noted()])
    with pytest.raises(RecordError, match=r"archive\.db is damaged"):
        SqliteRecord(path).people()
    assert path.read_bytes() == junk


def test_a_database_of_somebody_else_is_named(tmp_path: Path) -> None:
    """And nothing is made in it."""
    path = tmp_path / "archive.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("create table recipes (name text)")
    with pytest.raises(RecordError, match="not the record of learners"):
        SqliteRecord(path).append([noted()])


def old_file(path: Path, version: int) -> None:
    """A file as a practicum of that version wrote it, with two entries."""
    record = SqliteRecord(path.with_name("new.db"))
    record.append([noted(), noted()])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statements in SQLITE[:version]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"pragma user_version = {version}")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute("attach ? as new", (str(record.path),))
        for table in ("entries", "heads"):
            connection.execute(f"insert into {table} select * from new.{table}")
    record.close()


@pytest.mark.parametrize("version", range(1, len(SQLITE)))
def test_an_older_file_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    """Every version there ever was; all entries stay, and all that is new works."""
    path = tmp_path / "archive.db"
    old_file(path, version)
    record = SqliteRecord(path)
    assert [each.number for each in record.read("ada")] == [1, 2]
    assert verify(record).damages == ()
    record.append([noted()], after=2)
    assert record.erase("ada") == 3
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma user_version").fetchone() == (len(SQLITE),)
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_newer_file_is_refused_by_name(tmp_path: Path) -> None:
    """And left as it is."""
    path = tmp_path / "archive.db"
    SqliteRecord(path).append([noted()])
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma user_version = 99")
    with pytest.raises(RecordError, match=r"archive\.db is of version 99, this practicum knows"):
        SqliteRecord(path).append([noted()])


def test_newer_tables_in_postgres_are_refused(
    postgres_server: PostgresServer, postgres_alone: PostgresRecord
) -> None:
    """By readers and writers."""
    postgres_alone.append([noted()])
    with postgres_alone.writing() as connection:
        connection.execute("insert into schema_version values (99)")
    other = PostgresRecord(postgres_server.dsn, schema=postgres_alone.schema)
    for use in (other.people, lambda: other.append([noted()])):
        with pytest.raises(RecordError, match="is of version 99, this practicum knows"):
            use()
    other.close()


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    """With what to look at."""
    record = PostgresRecord("postgresql://eve:secret@127.0.0.1:1/none")
    with pytest.raises(RecordError, match="PRACTICUM_ARCHIVE_URL") as told:
        record.people()
    assert "secret" not in str(told.value)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / "home").write_text("a file")
    with pytest.raises(RecordError, match="set PRACTICUM_HOME"):
        SqliteRecord(tmp_path / "home" / "archive.db").append([noted()])


def test_a_server_that_was_restarted_is_connected_to_again(
    mortal_server: PostgresServer,
) -> None:
    """What was acknowledged is there, and nobody has to begin anew."""
    record = PostgresRecord(mortal_server.dsn)
    entries = record.append([noted(), noted()])
    mortal_server.kill()
    with pytest.raises(RecordError, match="cannot be used"):
        record.append([noted()])
    mortal_server.start()
    assert tuple(record.read("ada")) == entries
    record.append([noted()], after=2)
    record.close()
