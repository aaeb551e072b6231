"""The tables of an event store, brought up to date when a service starts.

Each file of the folder ``migrations`` takes the tables from one version to the next. Any number of
processes may start at once: an advisory lock lets one of them do the work, in one transaction.
"""

from __future__ import annotations

import re
from importlib import resources

import asyncpg

from practicum.service.store import StoreError

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class NewerSchema(StoreError):
    """The tables were made by a newer Practicum than this one."""


def check_schema_name(schema: str) -> str:
    """Returns ``schema``; ValueError when it could not be a plain name in PostgreSQL."""
    if not _NAME.fullmatch(schema):
        raise ValueError(
            f"{schema!r} cannot name a PostgreSQL schema: use up to 63 of a-z, 0-9 and _, "
            "and begin with a letter"
        )
    return schema


def migrations() -> list[str]:
    """SQL texts; the first makes version 1."""
    folder = resources.files("practicum.service.live.postgres") / "migrations"
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [file.read_text(encoding="utf-8") for _, file in files]


async def migrate(connection: asyncpg.Connection, schema: str) -> None:
    """Create or update the tables in ``schema``. Raises `NewerSchema`; nothing is half done."""
    steps = migrations()
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"store {schema}")
        await connection.execute(f'create schema if not exists "{schema}"')
        await connection.execute(f'set local search_path to "{schema}"')
        await connection.execute("create table if not exists schema_version (version int not null)")
        version = await connection.fetchval("select max(version) from schema_version") or 0
        if version > len(steps):
            raise NewerSchema(
                f"the tables in schema {schema} have version {version}, this Practicum knows "
                f"{len(steps)}: update Practicum, or use another database"
            )
        for number, text in enumerate(steps[version:], version + 1):
            await connection.execute(text)
            await connection.execute("insert into schema_version values ($1)", number)
