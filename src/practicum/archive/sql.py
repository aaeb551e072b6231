"""The record in a database: what SQLite and PostgreSQL have in common.

Readers take pages and hold nothing in between: entries are never changed, and their order is
settled before anybody can see them, so that a page read later fits the one before.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence

from practicum.archive.database.connection import Connection
from practicum.archive.erasing import erase_rows, is_erased, mark_erased
from practicum.archive.keeping import KeepsViews, Kept
from practicum.archive.rows import (
    FIELDS,
    READ_FIELDS,
    Draft,
    Head,
    Row,
    chained,
    decoded,
    draft,
    entry_of,
    sift,
)
from practicum.learner.record import Entry, Noted, PersonErased, SomebodyWasFaster, only_person
from practicum.service.crash import crash_point

PAGE_ROWS = 1000
_IDS_AT_ONCE = 500
_COLUMNS = ", ".join(f'"{name}"' for name in FIELDS)
_ENTRY = ", ".join(("seq", *(f'"{name}"' for name in READ_FIELDS)))
_INSERT = f"insert into entries ({_COLUMNS}) values ({', '.join('?' * len(FIELDS))})"
_END = """
insert into heads (person, number, hash) values (?, ?, ?) on conflict (person)
do update set number = excluded.number, hash = excluded.hash"""
_LOAD_VIEW = """
select kept.version, kept.number, kept.state from kept join entries
on entries.person = kept.person and entries.number = kept.number and entries.hash = kept.hash
where kept.person = ? and kept.view = ?"""
_KEEP_VIEW = """
insert into kept (person, view, version, number, hash, state)
select person, ?, ?, number, hash, ? from entries where person = ? and number = ?
on conflict (person, view) do update
set version = excluded.version, number = excluded.number, hash = excluded.hash,
    state = excluded.state
where kept.version < excluded.version or kept.number < excluded.number"""

BEGUN = crash_point("record.begun", "nobody else may write, nothing is written")
INSERTED = crash_point("record.inserted", "entries are written, their end is not noted")
ENDED = crash_point("record.ended", "entries and their end are written, nothing is committed")
ERASED = crash_point("record.erased", "a person is gone, her bytes may still be in the files")
COMMITTED = crash_point("record.committed", "entries are durable, nobody was told")


class SqlRecord(KeepsViews):
    """The port `Record` over SQL."""

    @abstractmethod
    def reading(self) -> contextlib.AbstractContextManager[Connection | None]:
        """A connection to read from; None while there is no record yet."""

    @abstractmethod
    def writing(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that nobody else writes beside: committed at the end, undone if an
        error leaves it. The record is made if there is none."""

    @abstractmethod
    def snapshot(self) -> contextlib.AbstractContextManager[Connection | None]:
        """A connection to read from which sees one moment only; None while there is no record
        yet."""

    @abstractmethod
    def flaws(self) -> list[str]:
        """What the database itself finds wrong with its files."""

    @abstractmethod
    def scrub(self) -> None:
        """Overwrite or give back the space of what was erased. RecordError if it must be done
        again later."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database; it is opened again when it is needed."""

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """See `Record.append`."""
        if not noted:
            return ()
        person = only_person(noted)
        drafts = [draft(each) for each in noted]
        with self.writing() as connection:
            BEGUN()
            known = _known(connection, [each.noted.id for each in drafts])
            fresh = sift(drafts, known)
            head = head_of(connection, person)
            if fresh and after is not None and after != head.number:
                raise SomebodyWasFaster(person, head.number)
            if fresh and not head.number and is_erased(connection, person):
                raise PersonErased(person)
            if fresh:
                known |= _add(connection, head, fresh)
            ENDED()
        COMMITTED()
        return tuple(known[each.id] for each in noted)

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read`."""
        sql = (
            f"select {_ENTRY} from entries where person = ? and number > ? "
            f"order by number limit {PAGE_ROWS}"
        )
        while page := self._page(sql, (person, after)):
            yield from page
            after = page[-1].number

    def read_all(self, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read_all`."""
        sql = f"select {_ENTRY} from entries where seq > ? order by seq limit {PAGE_ROWS}"
        while page := self._page(sql, (after,)):
            yield from page
            after = page[-1].seq

    def people(self) -> tuple[str, ...]:
        """See `Record.people`."""
        with self.reading() as connection:
            found = connection.execute("select person from heads").fetchall() if connection else ()
        return tuple(sorted(person for (person,) in found))

    def head(self, person: str) -> Head:
        """The end of a person's history."""
        with self.reading() as connection:
            return head_of(connection, person) if connection else Head()

    def load_view(self, name: str, person: str) -> Kept | None:
        """See `KeepsViews.load_view`."""
        with self.reading() as connection:
            if connection is None:
                return None
            found = connection.execute(_LOAD_VIEW, (person, name)).fetchone()
        return None if found is None else Kept(*found)

    def keep_view(self, name: str, person: str, kept: Kept) -> None:
        """See `KeepsViews.keep_view`."""
        values = (name, kept.version, kept.state, person, kept.number)
        with self.writing() as connection:
            connection.execute(_KEEP_VIEW, values)

    def erase(self, person: str) -> int:
        """Erase a person for good; how many entries she had. Nothing of her stays but a mark
        that tells nobody who she was. To be repeated if it fails. RecordError."""
        with self.writing() as connection:
            count = erase_rows(connection, person)
            if not is_erased(connection, person):
                mark_erased(connection, person)
        ERASED()
        self.scrub()
        return count

    def drop_views(self) -> int:
        """Throw away what was kept of views; how many that were. They are made anew when they
        are read."""
        with self.writing() as connection:
            (count,) = connection.execute("select count(*) from kept").fetchone()
            connection.execute("delete from kept")
        return int(count)

    def _page(self, sql: str, values: Sequence[object]) -> list[Entry]:
        with self.reading() as connection:
            rows = connection.execute(sql, values).fetchall() if connection else ()
        return [decoded(*row) for row in rows]


def head_of(connection: Connection, person: str) -> Head:
    """The end of a person's history, as a transaction sees it."""
    found = connection.execute("select number, hash from heads where person = ?", (person,))
    return Head(*(found.fetchone() or ()))


def insert(connection: Connection, rows: Sequence[Row]) -> None:
    """Write rows, each person's in order, and the new ends of their histories."""
    connection.executemany(_INSERT, [_values(row) for row in rows])
    INSERTED()
    heads = {row.person: (row.person, row.number, row.hash) for row in rows}
    connection.executemany(_END, list(heads.values()))


def _add(connection: Connection, head: Head, fresh: Sequence[Draft]) -> dict[str, Entry]:
    rows = list(chained(head, fresh))
    insert(connection, rows)
    found = connection.execute(
        "select seq from entries where person = ? and number > ? order by number",
        (rows[0].person, head.number),
    ).fetchall()
    return {
        each.noted.id: entry_of(each.noted, seq=seq, number=row.number)
        for each, row, (seq,) in zip(fresh, rows, found, strict=True)
    }


def _known(connection: Connection, ids: Sequence[str]) -> dict[str, Entry]:
    known: dict[str, Entry] = {}
    for start in range(0, len(ids), _IDS_AT_ONCE):
        some = ids[start : start + _IDS_AT_ONCE]
        marks = ", ".join("?" * len(some))
        sql = f"select {_ENTRY} from entries where id in ({marks})"
        found = [decoded(*row) for row in connection.execute(sql, some).fetchall()]
        known |= {entry.id: entry for entry in found}
    return known


def pages(connection: Connection, *, person: str | None = None) -> Iterator[list[tuple[int, Row]]]:
    """All rows with their places, or those of one person, as a transaction sees them."""
    whose = "" if person is None else "and person = ?"
    values = () if person is None else (person,)
    sql = (
        f"select seq, {_COLUMNS} from entries where seq > ? {whose} order by seq limit {PAGE_ROWS}"
    )
    after = 0
    while page := connection.execute(sql, (after, *values)).fetchall():
        yield [(seq, Row(*fields)) for seq, *fields in page]
        after = page[-1][0]


def heads_of(connection: Connection) -> dict[str, Head]:
    """The end of everybody's history, as a transaction sees them."""
    found = connection.execute("select person, number, hash from heads").fetchall()
    return {person: Head(number, digest) for person, number, digest in found}


def _values(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIELDS)
