"""Backups, what they are put in the place of, and who was erased."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from practicum.archive.backup import back_up, restore, write_export
from practicum.archive.postgres import PostgresRecord
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.archive.verifying import verify
from practicum.learner.events import ChallengeNoted
from practicum.learner.record import RecordDamaged, RecordError
from worlds.postgres_server import postgres_server
from worlds.records import NOON, noted, postgres_alone, sqlite_alone, stored

__all__ = ["postgres_alone", "postgres_server", "sqlite_alone", "stored"]

SECRET = "mymotherwouldnotliketoreadthis"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a restore of PostgreSQL keeps, it keeps where it was called."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def filled(stored: SqlRecord) -> SqlRecord:
    """Two people."""
    stored.append([noted(ChallengeNoted(challenge=SECRET, solution="x")) for _ in range(300)])
    stored.append([noted(person="bob")])
    return stored


def test_a_backup_is_put_back(filled: SqlRecord, tmp_path: Path) -> None:
    """Entry for entry; what was recorded since is kept beside."""
    before = list(filled.read_all())
    made = back_up(filled, tmp_path / "backup", now=NOON)
    assert (made.people, made.entries) == (2, 301)
    filled.append([noted(), noted()])
    restored = restore(filled, tmp_path / "backup", now=NOON, replace=True)
    assert (restored.people, restored.entries, restored.still_erased) == (2, 301, 0)
    after = list(filled.read_all())
    assert [each.id for each in after] == [each.id for each in before]
    # Whoever reads all of the record from where she was finds everything that is new to her.
    assert min(each.seq for each in after) > max(each.seq for each in before)
    assert verify(filled).damages == ()
    assert restored.beside is not None
    restore(filled, restored.beside, now=NOON + dt.timedelta(hours=1), replace=True)
    assert len(list(filled.read("ada"))) == 302


def test_a_backup_is_one_file_for_its_owner_alone(filled: SqlRecord, tmp_path: Path) -> None:
    """Without a log beside it, and not touched when it is put back."""
    (tmp_path / "kept").mkdir()
    back_up(filled, tmp_path / "kept" / "backup", now=NOON)
    before = (tmp_path / "kept" / "backup").read_bytes()
    restore(filled, tmp_path / "kept" / "backup", now=NOON, replace=True)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["backup"]
    assert (tmp_path / "kept" / "backup").read_bytes() == before
    assert (tmp_path / "kept" / "backup").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten_silently(filled: SqlRecord, tmp_path: Path) -> None:
    """Neither a backup nor a record, unless that is wanted."""
    back_up(filled, tmp_path / "backup", now=NOON)
    with pytest.raises(RecordError, match="backup is there already"):
        back_up(filled, tmp_path / "backup", now=NOON)
    filled.append([noted()])
    with pytest.raises(RecordError, match=r"holds 302 entries: .*--replace"):
        restore(filled, tmp_path / "backup", now=NOON, replace=False)
    assert len(list(filled.read("ada"))) == 301


def test_a_backup_moves_between_machines(filled: SqlRecord, tmp_path: Path) -> None:
    """A backup of either kind, and an export, fill an empty record."""
    back_up(filled, tmp_path / "backup", now=NOON)
    write_export(filled, tmp_path / "lines", made_at=NOON)
    for name in ("backup", "lines"):
        other = SqliteRecord(tmp_path / f"other-{name}" / "archive.db")
        restored = restore(other, tmp_path / name, now=NOON, replace=False)
        assert (restored.entries, restored.beside) == (301, None)
        assert other.head("ada") == filled.head("ada")


def test_there_is_no_backup_of_nothing(sqlite_alone: SqliteRecord, tmp_path: Path) -> None:
    """And none is left behind."""
    with pytest.raises(RecordError, match="nothing was recorded"):
        back_up(sqlite_alone, tmp_path / "backup", now=NOON)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["edit", "cut", "junk", "missing"])
def test_a_backup_that_is_not_whole_is_not_used(
    sqlite_alone: SqliteRecord, tmp_path: Path, harm: str
) -> None:
    """It is checked before anything is touched."""
    sqlite_alone.append([noted() for _ in range(300)])
    backup = tmp_path / "backup"
    back_up(sqlite_alone, backup, now=NOON)
    if harm == "edit":
        with contextlib.closing(sqlite3.connect(backup)) as connection, connection:
            connection.execute("drop trigger entries_stay")
            connection.execute("update entries set id = 'other' where number = 7")
    elif harm == "cut":
        os.truncate(backup, backup.stat().st_size // 2)
    elif harm == "junk":
        backup.write_bytes(b"junk")
    else:
        backup.unlink()
    said = {"edit": "ada, entry 7: ", "cut": "damaged", "junk": "line 1: ", "missing": "be read"}
    with pytest.raises(RecordError, match=said[harm]):
        restore(sqlite_alone, backup, now=NOON, replace=True)
    assert len(list(sqlite_alone.read("ada"))) == 300


def test_a_damaged_file_is_moved_aside_for_a_backup(tmp_path: Path) -> None:
    """With its log; whoever had it open goes on with the new one."""
    record = SqliteRecord(tmp_path / "archive.db")
    record.append([noted() for _ in range(2000)])
    back_up(record, tmp_path / "backup", now=NOON)
    record.close()
    with record.path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 100_000)
    with pytest.raises(RecordDamaged):
        list(record.read_all())
    with pytest.raises(RecordError, match=r"is damaged: .*--replace"):
        restore(record, tmp_path / "backup", now=NOON, replace=False)
    restored = restore(record, tmp_path / "backup", now=NOON, replace=True)
    assert restored.beside == tmp_path / "archive-damaged-20261121T120000Z.db"
    assert restored.beside.exists()
    assert len(list(record.read("ada"))) == 2000


def test_a_connection_goes_on_with_the_file_that_is_there(tmp_path: Path) -> None:
    """And not with one that was moved away."""
    record = SqliteRecord(tmp_path / "archive.db")
    record.append([noted()])
    for suffix in ("-wal", "-shm", ""):
        Path(f"{record.path}{suffix}").rename(f"{record.path}.away{suffix}")
    assert list(record.read("ada")) == []
    assert record.append([noted()])[0].number == 1


def test_a_backup_is_made_while_others_write(filled: SqlRecord, tmp_path: Path) -> None:
    """It holds a beginning of what they wrote, whole."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            filled.append([noted(), noted()])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(filled, tmp_path / f"{number}", now=NOON)
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        other = SqliteRecord(tmp_path / f"other-{number}.db")
        count = restore(other, tmp_path / f"{number}", now=NOON, replace=False).entries
        assert [each.id for each in other.read("ada")] == [
            each.id for each in list(filled.read("ada"))[: count - 1]
        ]


def test_who_is_erased_is_gone_from_the_files(tmp_path: Path) -> None:
    """Byte for byte: from the file, its log, its free pages and what was kept of views."""
    record = SqliteRecord(tmp_path / "archive.db")
    others = record.append([noted(person="bob"), noted(person="bob")])
    event = ChallengeNoted(challenge=SECRET, solution="x" * 3000)
    record.append([noted(event, person="adalovelace") for _ in range(100)])
    assert SECRET.encode() in in_files(tmp_path)
    assert record.erase("adalovelace") == 100
    assert SECRET.encode() not in in_files(tmp_path)
    assert b"adalovelace" not in in_files(tmp_path)
    assert tuple(record.read_all()) == others
    assert verify(record).damages == ()
    assert record.people() == ("bob",)
    (entry,) = record.append([noted(person="bob")], after=2)
    assert entry.seq == 103


def test_what_somebody_else_left_in_free_pages_is_gone_too(tmp_path: Path) -> None:
    """Who deletes with another tool leaves the bytes where they were."""
    record = SqliteRecord(tmp_path / "archive.db")
    record.append([noted(ChallengeNoted(challenge=SECRET, solution="x")) for _ in range(100)])
    record.append([noted(person="bob")])
    with contextlib.closing(sqlite3.connect(record.path)) as connection, connection:
        connection.execute("pragma secure_delete = off")
        connection.execute("insert into erasing (person) values ('ada')")
        connection.execute("delete from entries where person = 'ada'")
    assert SECRET.encode() in in_files(tmp_path)
    record.erase("bob")
    assert SECRET.encode() not in in_files(tmp_path)


def in_files(folder: Path) -> bytes:
    """All bytes in a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_who_was_erased_in_postgres_is_gone_from_the_tables(
    postgres_alone: PostgresRecord,
) -> None:
    """Dead rows included: the table has no more pages than one entry needs."""
    postgres_alone.append([noted(person="bob")])
    event = ChallengeNoted(challenge=SECRET, solution="x")
    postgres_alone.append([noted(event) for _ in range(2000)])
    assert postgres_alone.erase("ada") == 2000
    with postgres_alone.reading() as connection:
        assert connection is not None
        (size,) = connection.execute("select pg_relation_size('entries')").fetchone()
    assert size == 8192
    assert verify(postgres_alone).damages == ()


def test_erasing_again_does_no_harm(filled: SqlRecord) -> None:
    """Whoever was not sure asks twice; whoever was never there leaves her mark, too."""
    assert filled.erase("ada") == 300
    assert filled.erase("ada") == 0
    assert filled.erase("eve") == 0
    assert filled.people() == ("bob",)


def test_an_old_backup_does_not_bring_back_who_was_erased(
    filled: SqlRecord, tmp_path: Path
) -> None:
    """A file, an export, or a backup that knows of erasures which this record does not."""
    back_up(filled, tmp_path / "old", now=NOON)
    filled.erase("ada")
    restored = restore(filled, tmp_path / "old", now=NOON, replace=True)
    assert (restored.people, restored.entries, restored.still_erased) == (1, 1, 1)
    assert filled.people() == ("bob",)


def test_one_persons_export_does_not_replace_everybody(filled: SqlRecord, tmp_path: Path) -> None:
    """It is taken in with another command."""
    write_export(filled, tmp_path / "bob", made_at=NOON, person="bob")
    with pytest.raises(RecordError, match="holds bob alone: `practicum record import"):
        restore(filled, tmp_path / "bob", now=NOON, replace=True)
    assert filled.people() == ("ada", "bob")


def test_a_backup_brings_its_erasures_along(stored: SqlRecord, tmp_path: Path) -> None:
    """To a new machine, to which an old export may come later; one person's export does not."""
    stored.append([noted()])
    stored.append([noted(person="bob")])
    write_export(stored, tmp_path / "lines", made_at=NOON)
    stored.erase("ada")
    back_up(stored, tmp_path / "backup", now=NOON)
    write_export(stored, tmp_path / "bob", made_at=NOON, person="bob")
    assert "erased" not in (tmp_path / "bob").read_text()
    other = SqliteRecord(tmp_path / "other.db")
    restore(other, tmp_path / "backup", now=NOON, replace=False)
    restored = restore(other, tmp_path / "lines", now=NOON, replace=True)
    assert restored.still_erased == 1
    assert other.people() == ("bob",)
