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

POSTGRES: tuple[tuple[str, ...], ...] = (
    (
        """create table entries (
          seq bigint generated always as identity primary key,
          person text not null, number bigint not null, id text not null unique,
          at text not null, "by" text not null, kind text not null, version integer not null,
          data text not null, hash text not null, unique (person, number))""",
        """create table heads (
          person text primary key, number bigint not null, hash text not null)""",
        """create table kept (
          person text not null, view text not null, version integer not null,
          number bigint not null, hash text not null, state text not null,
          primary key (person, view))""",
        "create table erasing (person text primary key)",
        """create table tombstones (
          salt text not null, mark text not null, primary key (salt, mark))""",
        """create function refuse() returns trigger language plpgsql as $$
          begin
            if tg_op = 'DELETE' then
              if exists (select 1 from erasing where person = old.person) then
                return old;
              end if;
            end if;
            raise exception 'the record is append-only';
          end $$""",
        """create trigger entries_stay before update or delete on entries
          for each row execute function refuse()""",
        """create trigger entries_are_kept before truncate on entries
          for each statement execute function refuse()""",
    ),
)
