"""What a store cannot hold is refused plainly, by every store in the same way."""

from __future__ import annotations

import msgspec
import pytest

from practicum.service.store import (
    Commit,
    EventStore,
    Fence,
    Handled,
    Outgoing,
    Snapshot,
)
from worlds.commits import appending, event, sending, timer
from worlds.postgres_server import PostgresServer, postgres_server  # noqa: F401
from worlds.stores import fresh_schema, store, world  # noqa: F401

# Pytest passes fixtures by the names of arguments.
# ruff: noqa: F811


@pytest.mark.parametrize("name", ["nul\0", "half \ud800 pair"])
async def test_a_name_that_no_database_holds_is_refused_plainly(
    store: EventStore, name: str
) -> None:
    """A ValueError says what is wrong; asking for such a name finds nothing."""
    refused = [
        appending(name, 0, event("1")),
        appending("a", 0, msgspec.structs.replace(event("1"), type=name)),
        Commit(outgoing=sending(name, "k", "1")),
        Commit(outgoing=sending("t", name, "1")),
        Commit(handled=(Handled(name, "m"),)),
        Commit(handled=(Handled("g", name),)),
        Commit(timers=(timer(name, 1.0),)),
        Commit(cancelled=(name,)),
        Commit(snapshots=(Snapshot(name, 0, "s", msgspec.Raw(b"1")),)),
        Commit(snapshots=(Snapshot("a", 0, name, msgspec.Raw(b"1")),)),
        Commit(fences=(Fence(name, 1),)),
    ]
    for commit in refused:
        with pytest.raises(ValueError, match=r"cannot be stored|not JSON|utf-8"):
            await store.commit(commit)
    assert await store.head() == 0
    assert (await store.read([name]))[name].version == 0
    assert await store.read_stream(name) == []
    assert await store.handled("g", [name]) == frozenset()


@pytest.mark.parametrize(
    "commit",
    [
        appending("a", -2),
        appending("a", 2**63),
        Commit(fences=(Fence("p", 2**63),)),
        Commit(snapshots=(Snapshot("a", -1, "s", msgspec.Raw(b"1")),)),
    ],
)
async def test_a_number_out_of_range_is_refused_plainly(store: EventStore, commit: Commit) -> None:
    """Versions and tokens are counts that fit into 63 bits."""
    with pytest.raises(ValueError, match="is not within"):
        await store.commit(commit)


@pytest.mark.parametrize("data", [b"", b"{", b'"\xff"', b"[" * 50_000 + b"]" * 50_000])
async def test_data_that_is_not_json_is_refused_plainly(store: EventStore, data: bytes) -> None:
    """Broken or absurdly nested data is a ValueError, and the store works on."""
    broken = msgspec.structs.replace(event("1"), data=msgspec.Raw(data))
    for commit in (
        appending("a", 0, broken),
        Commit(outgoing=(Outgoing("t", "k", broken),)),
        Commit(snapshots=(Snapshot("a", 0, "s", msgspec.Raw(data)),)),
    ):
        with pytest.raises(ValueError, match=r"JSON|json|hold"):
            await store.commit(commit)
    assert await store.commit(appending("a", 0, event("2"))) == 1


async def test_strange_characters_in_data_survive(store: EventStore) -> None:
    """Inside JSON everything that JSON can say is kept, a NUL and emoji included."""
    data = '{"a":"nul \\u0000, 猫 🐈 \u2028"}'.encode()
    strange = msgspec.structs.replace(event("猫"), data=msgspec.Raw(data), subject="schlüssel 🐈")
    await store.commit(appending("straße/🐈", 0, strange))
    [stored] = await store.read_stream("straße/🐈")
    assert bytes(stored.event.data) == data
    assert stored.event.to_json() == strange.to_json()
