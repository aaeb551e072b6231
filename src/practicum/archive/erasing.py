"""The right to be forgotten: a person's entries go, and a mark of no meaning to others stays.

The mark is a salted hash of her id. It keeps an old export or backup from bringing her back.
"""

from __future__ import annotations

import hashlib
import secrets

from practicum.archive.database.connection import Connection

Mark = tuple[str, str]
"""Salt and hash."""


def erase_rows(connection: Connection, person: str) -> int:
    """Take all of a person out of the tables; how many entries that were."""
    values = (person,)
    (count,) = connection.execute(
        "select count(*) from entries where person = ?", values
    ).fetchone()
    # The triggers let go only of those who are being erased.
    connection.execute("insert into erasing (person) values (?)", values)
    for table in ("entries", "heads", "kept", "erasing"):
        connection.execute(f"delete from {table} where person = ?", values)
    return int(count)


def marks(connection: Connection) -> set[Mark]:
    """The marks of all who were erased."""
    found = connection.execute("select salt, mark from tombstones").fetchall()
    return {(salt, mark) for salt, mark in found}


def add_marks(connection: Connection, some: set[Mark]) -> None:
    """Remember marks, beside those that there are."""
    connection.executemany(
        "insert into tombstones (salt, mark) values (?, ?) on conflict (salt, mark) do nothing",
        sorted(some),
    )


def mark_erased(connection: Connection, person: str) -> None:
    """Remember that somebody was erased, but not who."""
    found = connection.execute("select salt from tombstones limit 1").fetchone()
    salt = found[0] if found else secrets.token_hex(16)
    add_marks(connection, {(salt, _mark(salt, person))})


def unmark(connection: Connection, person: str) -> None:
    """Let somebody come back who was erased."""
    for salt in _salts(connection):
        connection.execute(
            "delete from tombstones where salt = ? and mark = ?", (salt, _mark(salt, person))
        )


def is_erased(connection: Connection, person: str) -> bool:
    """Whether somebody of that id was erased."""
    return any(
        connection.execute(
            "select 1 from tombstones where salt = ? and mark = ?", (salt, _mark(salt, person))
        ).fetchone()
        for salt in _salts(connection)
    )


def _salts(connection: Connection) -> list[str]:
    """One, unless backups of other records were taken over."""
    return [
        salt for (salt,) in connection.execute("select distinct salt from tombstones").fetchall()
    ]


def _mark(salt: str, person: str) -> str:
    return hashlib.sha256(f"{salt}\n{person}".encode()).hexdigest()
