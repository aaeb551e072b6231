"""Taking in what was exported: each entry once, in its place, or nothing at all.

The file is read twice: first it is checked, line by line and against what is recorded, then it
is written in one transaction. A history that goes on in the file is continued; one that says
something else here than there belongs to nobody's future, and is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from practicum.archive.database.connection import Connection
from practicum.archive.erasing import is_erased, unmark
from practicum.archive.lines import Lines, check
from practicum.archive.rows import Row
from practicum.archive.sql import SqlRecord, insert

_ROWS_AT_ONCE = 1000


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. ``erased`` counts the entries of people who were erased here, and
    stay so; ``known`` those that were there already."""

    people: int
    added: int
    known: int
    erased: int


class _Import:
    """One pass over a file, beside what is recorded."""

    def __init__(self, connection: Connection, *, revive: bool) -> None:
        self._connection = connection
        self._revive = revive
        self._people: dict[str, bool] = {}
        self.known = self.erased = 0

    @property
    def people(self) -> int:
        """How many people the file is about."""
        return len(self._people)

    def is_new(self, lines: Lines, row: Row) -> bool:
        """Whether the row is to be written; a contradiction is told to ``lines``."""
        if row.person not in self._people:
            self._people[row.person] = is_erased(self._connection, row.person)
        if self._people[row.person] and not self._revive:
            self.erased += 1
            return False
        found = self._connection.execute(
            "select person, number, hash from entries where id = ? or (person = ? and number = ?)",
            (row.id, row.person, row.number),
        ).fetchall()
        if not found:
            return True
        if found != [(row.person, row.number, row.hash)]:
            person, number, _ = found[0]
            lines.find(
                f"{row.person}, entry {row.number}: the record says something else (entry "
                f"{number} of {person})"
            )
        self.known += 1
        return False

    def new_rows(self, lines: Lines) -> Iterator[Row]:
        """Those that are to be written."""
        return (row for row in lines.rows() if self.is_new(lines, row))

    def bring_back(self) -> None:
        """Let those come back who were erased, if that was asked for."""
        for person, erased in self._people.items():
            if erased and self._revive:
                unmark(self._connection, person)


def import_lines(record: SqlRecord, path: Path, *, revive: bool = False) -> Imported:
    """Take in a file of `lines.export`. Twice is as good as once. ``revive`` brings back people
    who were erased. Unfit if anything is wrong with the file, or contradicts the record;
    RecordError."""
    check(path)
    with record.writing() as connection:
        # Between the two passes others may have written: nobody can any more.
        first = _Import(connection, revive=revive)
        for _ in first.new_rows(Lines(path)):
            pass
        first.bring_back()
        second = _Import(connection, revive=revive)
        added = write_rows(connection, second.new_rows(Lines(path)))
    return Imported(people=second.people, added=added, known=second.known, erased=second.erased)


def write_rows(connection: Connection, rows: Iterator[Row]) -> int:
    """Write rows, some at a time; how many they were."""
    count = 0
    while some := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        insert(connection, some)
        count += len(some)
    return count
