"""The tables of the record, version by version, for SQLite and PostgreSQL.

A version is a tuple of statements that lead to it from the one before, and never changes once
it was released. Entries are only ever added: triggers refuse everything else.
"""

from __future__ import annotations

SQLITE: tuple[tuple[str, ...], ...] = (
    (
        """create table entries (
          seq integer primary key autoincrement,
          person text not null, number integer not null, id text not null unique,
          at text not null, "by" text not null, kind text not null, version integer not null,
          data text not null, hash text not null, unique (person, number))""",
        """create table heads (
          person text primary key, number integer not null, hash text not null)""",
        """create trigger entries_are_new before insert on entries
          when exists (select 1 from entries where id = new.id)
            or exists (select 1 from entries where person = new.person and number = new.number)
            or exists (select 1 from entries where seq = new.seq)
          begin select raise(abort, 'the record is append-only'); end""",
        """create trigger entries_stay before update on entries
          begin select raise(abort, 'the record is append-only'); end""",
        """create trigger entries_are_kept before delete on entries
          begin select raise(abort, 'the record is append-only'); end""",
    ),
    (
        """create table kept (
          person text not null, view text not null, version integer not null,
          number integer not null, hash text not null, state text not null,
          primary key (person, view)) without rowid""",
        # Who is being erased, for as long as that takes; and the marks of those who were.
        "create table erasing (person text primary key)",
        """create table tombstones (
          salt text not null, mark text not null, primary key (salt, mark))""",
        "drop trigger entries_are_kept",
        """create trigger entries_are_kept before delete on entries
          when not exists (select 1 from erasing where person = old.person)
          begin select raise(abort, 'the record is append-only'); end""",
    ),
)
