"""The ViewStore port on PostgreSQL, in the same schema as the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.storable import is_storable
from practicum.service.views import Document, Generation, ViewMoved

_OPEN_SQL = """
insert into generations (view, number, schema, position, active)
select $1, coalesce(max(number), 0) + 1, $2, 0, count(*) = 0 from generations where view = $1
returning number, active
"""


class PostgresViews:
    """`service.views.ViewStore`; shares the connections of an event store."""

    def __init__(self, store: PostgresEventStore) -> None:
        self._store = store

    async def generations(self, view: str) -> Sequence[Generation]:
        """See the port."""
        async with self._store.connection() as connection:
            rows = await connection.fetch(
                "select number, schema, position, active from generations where view = $1 "
                "order by number",
                view,
            )
        return [
            Generation(view=view, number=n, schema=schema, position=position, active=active)
            for n, schema, position, active in rows
        ]

    async def open_generation(self, view: str, schema: str) -> Generation:
        """See the port."""
        async with self._store.connection() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"view {view}")
            ((number, active),) = await connection.fetch(_OPEN_SQL, view, schema)
        return Generation(view=view, number=number, schema=schema, position=0, active=active)

    async def project(
        self, generation: Generation, position: int, documents: Sequence[Document]
    ) -> Generation:
        """See the port; ValueError for keys that PostgreSQL cannot hold."""
        bad = next((d.key for d in documents if not is_storable(d.key)), None)
        if bad is not None:
            raise ValueError(f"{bad!r} cannot be a document's key: it holds a NUL or half a pair")
        kept = [(d.key, bytes(d.body).decode()) for d in documents if d.body is not None]
        async with self._store.connection() as connection:
            moved = await connection.fetchval(
                "select project($1, $2, $3, $4, $5, $6, $7)",
                generation.view,
                generation.number,
                generation.position,
                position,
                [key for key, _ in kept],
                [body for _, body in kept],
                [d.key for d in documents if d.body is None],
            )
        if not moved:
            raise ViewMoved(f"{generation.view}, generation {generation.number}, has moved")
        return msgspec.structs.replace(generation, position=position)

    async def activate(self, generation: Generation) -> None:
        """See the port."""
        place = (generation.view, generation.number)
        async with self._store.connection() as connection, connection.transaction():
            await connection.execute(
                "delete from generations where view = $1 and number <> $2 and exists "
                "(select from generations where view = $1 and number = $2)",
                *place,
            )
            done = await connection.execute(
                "update generations set active = true where view = $1 and number = $2", *place
            )
            if done != "UPDATE 1":
                raise ViewMoved(f"{generation.view}, generation {generation.number}, is gone")
            await connection.execute(
                "delete from documents where view = $1 and generation <> $2", *place
            )

    async def read(self, generation: Generation, keys: Sequence[str]) -> Mapping[str, msgspec.Raw]:
        """See the port."""
        wanted = [key for key in keys if is_storable(key)]
        if not wanted:
            return {}
        async with self._store.connection() as connection:
            rows = await connection.fetch(
                "select key, body from documents "
                "where view = $1 and generation = $2 and key = any ($3)",
                generation.view,
                generation.number,
                wanted,
            )
        return {key: msgspec.Raw(body.encode()) for key, body in rows}

    async def page(
        self, generation: Generation, *, after: str, limit: int
    ) -> Sequence[tuple[str, msgspec.Raw]]:
        """See the port."""
        async with self._store.connection() as connection:
            rows = await connection.fetch(
                "select key, body from documents "
                "where view = $1 and generation = $2 and key > $3 order by key limit $4",
                generation.view,
                generation.number,
                after,
                limit,
            )
        return [(key, msgspec.Raw(body.encode())) for key, body in rows]
