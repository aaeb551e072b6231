"""What was found before, by the hash of what it was found in, or by when that was touched.

A cache that fails must cost time and never a result: what cannot be read is computed, and what
cannot be written is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

SCHEMA = 2
KEPT_DAYS = 30
BUSY_S = 2.0
PAGES_KB = 64_000
"""How much of the file is held in memory."""

StructT = TypeVar("StructT", bound=msgspec.Struct)


def digest(*parts: bytes | str) -> bytes:
    """One hash over parts that cannot run into each other."""
    held: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        held += (len(data).to_bytes(8, "big"), data)
    return hashlib.blake2b(b"".join(held), digest_size=20).digest()


class Memory:
    """Keeps values by key in one file, and forgets those that nobody asked for in a month."""

    def __init__(self, home: Path | None, day: int) -> None:
        self._day = day
        self._new: dict[bytes, bytes] = {}
        self._used: list[bytes] = []
        self._path = home / "cache" / f"lint-{SCHEMA}.sqlite3" if home is not None else None
        self._base = _open(self._path) if self._path is not None else None

    def get(self, key: bytes) -> bytes | None:
        """What is kept under a key; None if nothing is."""
        if key in self._new:
            return self._new[key]
        if self._base is None:
            return None
        try:
            # To lock the file for each value anew would take longer than to read them.
            if not self._base.in_transaction:
                self._base.execute("begin")
            row = self._base.execute(
                "select value, used from kept where key = ?", (key,)
            ).fetchone()
        except sqlite3.Error as error:
            self._leave(damaged=not isinstance(error, sqlite3.OperationalError))
            return None
        if row is None:
            return None
        if row[1] != self._day:
            self._used.append(key)
        value: bytes = row[0]
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value; it is on the disk after `close`."""
        self._new[key] = value

    def struct(self, key: bytes, struct: type[StructT]) -> StructT | None:
        """What is kept under a key; None if nothing is, or it is of another form."""
        value = self.get(key)
        if value is None:
            return None
        try:
            return msgspec.msgpack.decode(value, type=struct)
        except msgspec.MsgspecError:
            return None

    def remembered(self, key: bytes, struct: type[StructT], find: Callable[[], StructT]) -> StructT:
        """What is kept under a key, or else what ``find`` returns, which is kept from then on."""
        kept = self.struct(key, struct)
        if kept is None:
            self._let_others_write()
            kept = find()
            self.put(key, msgspec.msgpack.encode(kept))
        return kept

    def _let_others_write(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._base is not None:
                self._base.commit()

    def _leave(self, *, damaged: bool) -> None:
        """Do without the file: somebody else keeps it busy, or it is damaged and begun anew by
        the next one."""
        base, self._base = self._base, None
        with contextlib.suppress(sqlite3.Error, OSError):
            if base is not None and self._path is not None:
                base.close()
                if damaged:
                    self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write what is new; and once a day note what was used, and forget what is old."""
        self._let_others_write()
        base, self._base = self._base, None
        if base is None:
            return
        with contextlib.suppress(sqlite3.Error):
            rows = [(key, value, self._day) for key, value in self._new.items()]
            base.executemany("insert or replace into kept values (?, ?, ?)", rows)
            if self._used:
                used = [(self._day, key) for key in self._used]
                base.executemany("update kept set used = ? where key = ?", used)
                base.execute("delete from kept where used < ?", (self._day - KEPT_DAYS,))
            base.commit()
        with contextlib.suppress(sqlite3.Error):
            base.close()


def _open(path: Path) -> sqlite3.Connection | None:
    """The file of the cache; made anew if it is none, None if there cannot be one."""
    for _ in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(path, timeout=BUSY_S)
            base.execute("pragma synchronous = off")
            base.execute(f"pragma cache_size = -{PAGES_KB}")
            base.execute(
                "create table if not exists kept"
                " (key blob primary key, value blob not null, used integer not null)"
            )
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                return None
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError:
            return None
        else:
            return base
    return None
