"""Writers that are killed at any moment lose nothing that was acknowledged, and leave no halves."""

from __future__ import annotations

import functools
import itertools
import os
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from practicum.archive.backup import restore, write_export
from practicum.archive.importing import import_lines
from practicum.archive.postgres import PostgresRecord
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.archive.verifying import verify
from practicum.learner.events import ChallengeNoted
from practicum.service.crash import crash_points
from worlds.postgres_server import PostgresServer, postgres_server
from worlds.recorder import batch, die_at, main, record_at
from worlds.records import NOON, noted, postgres_record

__all__ = ["postgres_server"]

POINTS = [
    point for point in crash_points() if point.startswith("record.") and point != "record.erased"
]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a record can be, for a process of its own."""
    if request.param == "sqlite":
        return str(tmp_path / "home" / "archive.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return f"{server.dsn}#{postgres_record(server).schema}"


@pytest.fixture
def record(place: str) -> Iterator[SqlRecord]:
    """The same, here."""
    found = record_at(place)
    yield found
    found.close()


class Writer:
    """A process that appends; forked, so that it has nothing to load."""

    def __init__(self, place: str, *words: object) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.dup2(writing, 1)
                main(place, *map(str, words))
                os._exit(0)
            finally:
                os._exit(1)
        os.close(writing)
        self.told = os.fdopen(reading, "rb")

    def kill(self) -> None:
        """As a power cut does, for the process."""
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> tuple[list[int], int]:
        """The batches that it said were recorded, and how it ended (as `Popen.returncode`)."""
        with self.told:
            told = [int(line) for line in self.told if line.endswith(b"\n")]
        return told, os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def judge(record: SqlRecord, person: str, batches: set[int]) -> None:
    """All that was acknowledged is there, whole; what else is there is whole, too."""
    entries = list(record.read(person))
    assert [each.number for each in entries] == list(range(1, len(entries) + 1))
    found = {int(each.id.split("-")[1]) for each in entries}
    assert batches <= found
    expected = {each.id for number in found for each in batch(person, number)}
    assert {each.id for each in entries} == expected
    assert verify(record).damages == ()


@pytest.mark.parametrize("hit", [1, 2, 7])
@pytest.mark.parametrize("point", POINTS)
def test_a_writer_killed_at_any_step_leaves_all_or_nothing(
    place: str, record: SqlRecord, point: str, hit: int
) -> None:
    """At every declared point; the next writer goes on, and repeats what it is not sure of."""
    told, code = Writer(place, "ada", 0, 10, point, hit).end()
    assert code == -signal.SIGKILL, "the point was not reached"
    assert told == list(range(hit - 1))
    judge(record, "ada", set(told))
    assert Writer(place, "ada", 0, 10).end() == (list(range(10)), 0)
    judge(record, "ada", set(range(10)))


def test_the_points_of_an_append_are_all_declared() -> None:
    """Before and after whatever it writes."""
    assert POINTS == ["record.begun", "record.committed", "record.ended", "record.inserted"]


def code_of(work: Callable[[], object]) -> int:
    """How a process ends that does this."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(point: str, hit: int, work: Callable[[], object]) -> None:
    """Do it in a process that kills itself there."""

    def work_and_die() -> None:
        die_at(point, hit)
        work()

    assert code_of(work_and_die) == -signal.SIGKILL, "the point was not reached"


@pytest.mark.parametrize("replace", [False, True])
def test_an_import_or_a_restore_that_is_killed_has_done_nothing(
    place: str,
    record: SqlRecord,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    replace: bool,
) -> None:
    """And can be done again."""
    monkeypatch.chdir(tmp_path)
    source = SqliteRecord(tmp_path / "source.db")
    source.append([noted(entry_id=f"source-{number}") for number in range(2_500)])
    write_export(source, tmp_path / "lines", made_at=NOON)
    source.close()
    before = record.append([noted(person="bob")])

    def work() -> None:
        if replace:
            restore(record_at(place), tmp_path / "lines", now=NOON, replace=True)
        else:
            import_lines(record_at(place), tmp_path / "lines")

    killed_at("record.inserted", 3, work)
    assert tuple(record.read_all()) == before
    assert verify(record).damages == ()
    for kept in tmp_path.rglob("archive-before-*"):
        kept.unlink()
    assert code_of(work) == 0
    assert len(list(record.read("ada"))) == 2_500
    assert record.people() == (("ada",) if replace else ("ada", "bob"))


def test_an_erasure_that_is_killed_is_done_by_the_next(tmp_path: Path) -> None:
    """Whoever is not sure asks again, and then nothing is left in the files."""
    path = tmp_path / "archive.db"
    record = SqliteRecord(path)
    event = ChallengeNoted(challenge="mymotherwouldnotlikeit", solution="x")
    record.append([noted(event) for _ in range(100)])
    record.close()
    killed_at("record.erased", 1, lambda: SqliteRecord(path).erase("ada"))
    assert record.people() == ()
    assert record.erase("ada") == 0
    files = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"mymother" not in files


def test_many_processes_append_at_once(place: str, record: SqlRecord) -> None:
    """To the same person and to others, from the first moment; no number is missing or double."""
    for each in [Writer(place, name, 0, 40) for name in ("ada", "bob", "eve", "ada", "ada")]:
        assert each.end() == (list(range(40)), 0)
    for name in ("ada", "bob", "eve"):
        judge(record, name, set(range(40)))
    assert record.people() == ("ada", "bob", "eve")


def test_a_file_that_another_makes_at_that_moment_is_no_strange_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which file it is, and of which version, is read as of one moment."""
    place, connect = tmp_path / "archive.db", sqlite3.connect

    class Overtaken(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if "sqlite_master" in sql and sqlite3.connect is not connect:
                monkeypatch.setattr(sqlite3, "connect", connect)
                SqliteRecord(place).append([noted(person="bob")])
            return super().execute(sql, *parameters)

    monkeypatch.setattr(sqlite3, "connect", functools.partial(connect, factory=Overtaken))
    record = SqliteRecord(place)
    record.append([noted(person="ada")])
    assert record.people() == ("ada", "bob")
    record.close()


def test_nothing_appears_behind_a_reader_of_all(postgres_server: PostgresServer) -> None:
    """Places become visible in their order, however many write: who reads on misses nothing."""
    record = postgres_record(postgres_server)

    def write(name: str) -> None:
        for number in range(60):
            record.append([noted(person=name, entry_id=f"{name}-{number}")])

    names = [f"writer{number}" for number in range(6)]
    writers = [threading.Thread(target=write, args=(name,)) for name in names]
    record.append([noted()])
    for each in writers:
        each.start()
    seen: list[int] = []
    while any(each.is_alive() for each in writers):
        seen += [entry.seq for entry in record.read_all(after=seen[-1] if seen else 0)]
    seen += [entry.seq for entry in record.read_all(after=seen[-1])]
    assert seen == [entry.seq for entry in record.read_all()]
    assert len(seen) == 1 + 6 * 60
    record.close()


def test_a_process_goes_on_after_a_fork(place: str, record: SqlRecord) -> None:
    """Parent and child have connections of their own, and disturb each other in nothing."""
    record.append([noted()])
    child = os.fork()
    if not child:
        try:
            for _ in range(20):
                record.append([noted(person="child", entry_id=os.urandom(8).hex())])
            os._exit(0)
        finally:
            os._exit(1)
    for _ in range(20):
        record.append([noted(entry_id=os.urandom(8).hex())])
    assert os.waitpid(child, 0)[1] == 0
    assert [each.number for each in record.read("child")] == list(range(1, 21))
    assert [each.number for each in record.read("ada")] == list(range(1, 22))
    assert verify(record).damages == ()


@pytest.mark.prove
def test_ten_thousand_writes_under_kill_9_lose_nothing_acknowledged(
    place: str, record: SqlRecord
) -> None:
    """Writers are killed after a random number of acknowledged writes, and others go on."""
    chance = random.Random(20261121)
    told, kills = set[int](), 0
    while len(told) < 10_000:
        process = Writer(place, "ada", len(told), 10_000 - len(told))
        told.update(int(line) for line in itertools.islice(process.told, chance.randint(1, 600)))
        process.kill()
        last, code = process.end()
        told.update(last)
        kills += code == -signal.SIGKILL
    assert kills >= 10
    assert told == set(range(10_000))
    judge(record, "ada", told)


def test_records_in_postgres_stand_apart(postgres_server: PostgresServer) -> None:
    """Each has a schema and a lock of its own."""
    one, two = postgres_record(postgres_server), postgres_record(postgres_server)
    with one.writing():
        two.append([noted()])
    assert one.people() == ()
    assert isinstance(two, PostgresRecord)
    assert two.people() == ("ada",)
    one.close()
    two.close()
