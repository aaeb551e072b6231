"""The EventStore contract, kept by the fake and by PostgreSQL alike."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from practicum.service.store import (
    ANY_VERSION,
    AlreadyHandled,
    Append,
    Commit,
    Conflict,
    EventStore,
    Fence,
    Fenced,
    Handled,
    Outgoing,
    Snapshot,
)
from worlds.commits import appending, event, sending, state_of, timer
from worlds.fixed import FixedWorld
from worlds.postgres_server import PostgresServer, postgres_server  # noqa: F401
from worlds.stores import fresh_schema, store, world  # noqa: F401

# Pytest passes fixtures by the names of arguments.
# ruff: noqa: F811


async def test_an_empty_store_has_nothing(store: EventStore) -> None:
    """Every question has an answer before the first commit."""
    assert await store.head() == 0
    assert await store.outbox() == []
    assert await store.due_timers(1e12) == []
    assert await store.read_all() == []
    assert await store.read_stream("a") == []
    assert await store.handled("g", ["m"]) == frozenset()
    assert (await store.read(["a"]))["a"].version == 0


async def test_events_come_back_as_they_were_with_their_places(store: EventStore) -> None:
    """Versions count along the stream, positions along the store, contents are equal."""
    first, second, third = event("1"), event("2"), event("3", causationid="1")
    assert await store.commit(appending("a", 0, first, second)) == 2
    assert await store.commit(appending("b", 0, third)) == 3
    stored = await store.read_all()
    places = [(e.stream, e.version, e.position) for e in stored]
    assert places == [("a", 1, 1), ("a", 2, 2), ("b", 1, 3)]
    assert [e.event.to_json() for e in stored] == [e.to_json() for e in (first, second, third)]


async def test_read_all_goes_on_after_a_position_and_stops_at_the_limit(
    store: EventStore,
) -> None:
    """A reader pages through the store by the last position it saw."""
    await store.commit(appending("a", 0, *map(event, "12345")))
    assert [e.position for e in await store.read_all(after=1, limit=2)] == [2, 3]
    assert [e.position for e in await store.read_all(after=4, limit=9)] == [5]
    assert await store.read_all(after=5) == []
    assert [e.version for e in await store.read_stream("a", after=3)] == [4, 5]


async def test_a_commit_with_a_stale_version_changes_nothing(store: EventStore) -> None:
    """A conflict says who, what and why, and leaves no part of the commit behind."""
    await store.commit(appending("a", 0, event("1")))
    before = await state_of(store)
    commit = Commit(
        appends=(Append("b", 0, (event("2"),)), Append("a", 0, (event("3"),))),
        outgoing=(Outgoing("t", "k", event("4")),),
        handled=(Handled("g", "m"),),
        timers=(timer("x", 1.0),),
        fences=(Fence("lease", 7),),
        snapshots=(Snapshot("b", 1, "s", msgspec.Raw(b"{}")),),
    )
    with pytest.raises(Conflict) as refused:
        await store.commit(commit)
    assert (refused.value.stream, refused.value.expected, refused.value.actual) == ("a", 0, 1)
    assert await state_of(store) == before
    assert await store.handled("g", ["m"]) == frozenset()
    await store.commit(Commit(fences=(Fence("lease", 1),)))


@pytest.mark.parametrize("expected", [1, 99])
async def test_a_version_that_is_not_there_yet_is_a_conflict(
    store: EventStore, expected: int
) -> None:
    """Expecting a stream to be longer than it is conflicts like any other difference."""
    with pytest.raises(Conflict):
        await store.commit(appending("a", expected, event("1")))


async def test_any_version_appends_to_whatever_is_there(store: EventStore) -> None:
    """ANY_VERSION works on a new stream and on an old one."""
    await store.commit(appending("a", ANY_VERSION, event("1")))
    await store.commit(appending("a", ANY_VERSION, event("2")))
    assert (await store.read(["a"]))["a"].version == 2


async def test_several_appends_to_one_stream_work_in_their_order(store: EventStore) -> None:
    """Inside one commit each append sees the ones before it."""
    await store.commit(
        Commit(
            appends=(
                Append("a", 0, (event("1"), event("2"))),
                Append("b", 0, (event("3"),)),
                Append("a", 2, (event("4"),)),
                Append("a", ANY_VERSION, (event("5"),)),
            )
        )
    )
    assert [e.event.id for e in await store.read_stream("a")] == ["1", "2", "4", "5"]
    assert [e.event.id for e in await store.read_all()] == ["1", "2", "3", "4", "5"]
    appends = Append("a", 4, (event("6"),)), Append("a", 4, (event("7"),))
    with pytest.raises(Conflict) as refused:
        await store.commit(Commit(appends=appends))
    assert refused.value.actual == 5
    assert await store.head() == 5


async def test_an_append_without_events_only_checks_the_version(store: EventStore) -> None:
    """A decision that wrote nothing can still insist on what it read."""
    await store.commit(appending("a", 0, event("1")))
    assert await store.commit(appending("a", 1)) == 1
    with pytest.raises(Conflict):
        await store.commit(appending("a", 0))


async def test_a_message_is_handled_once_per_group(store: EventStore) -> None:
    """The second commit of one message is refused as a whole; other groups are not concerned."""
    await store.commit(Commit(handled=(Handled("g", "m1"), Handled("g", "m2"))))
    with pytest.raises(AlreadyHandled) as refused:
        await store.commit(
            Commit(
                handled=(Handled("g", "m3"), Handled("g", "m2")),
                appends=(Append("a", 0, (event("1"),)),),
            )
        )
    assert (refused.value.group, refused.value.message_id) == ("g", "m2")
    assert await store.head() == 0
    assert await store.handled("g", ["m1", "m2", "m3"]) == {"m1", "m2"}
    assert await store.handled("other", ["m1"]) == frozenset()
    await store.commit(Commit(handled=(Handled("other", "m1"),)))


async def test_a_commit_that_names_a_message_twice_is_refused(store: EventStore) -> None:
    """Twice in one commit is twice: a batch must drop the copy before it decides."""
    with pytest.raises(AlreadyHandled) as refused:
        await store.commit(Commit(handled=(Handled("g", "m"), Handled("g", "m"))))
    assert refused.value.message_id == "m"
    assert await store.handled("g", ["m"]) == frozenset()


async def test_an_older_token_is_fenced_and_an_equal_one_is_not(store: EventStore) -> None:
    """The newest token wins for good, and the refused commit leaves nothing."""
    await store.commit(Commit(fences=(Fence("p0", 5), Fence("p1", 1))))
    await store.commit(Commit(fences=(Fence("p0", 5), Fence("p0", 5))))
    with pytest.raises(Fenced) as refused:
        await store.commit(
            Commit(fences=(Fence("p1", 9), Fence("p0", 4)), outgoing=sending("t", "k", "1"))
        )
    assert (refused.value.name, refused.value.token, refused.value.newest) == ("p0", 4, 5)
    assert await store.outbox() == []
    await store.commit(Commit(fences=(Fence("p1", 2),)))
    with pytest.raises(Fenced):
        await store.commit(Commit(fences=(Fence("p1", 4), Fence("p1", 3))))


async def test_who_is_fenced_hears_that_first(store: EventStore) -> None:
    """Fenced before AlreadyHandled before Conflict: the first makes the others meaningless."""
    await store.commit(Commit(fences=(Fence("p", 2),), handled=(Handled("g", "m"),)))
    stale = Append("a", 3, (event("1"),))
    again = Handled("g", "m")
    with pytest.raises(Fenced):
        await store.commit(Commit(fences=(Fence("p", 1),), handled=(again,), appends=(stale,)))
    with pytest.raises(AlreadyHandled):
        await store.commit(Commit(handled=(again,), appends=(stale,)))


async def test_the_outbox_keeps_commit_order_until_a_message_is_marked(
    store: EventStore,
) -> None:
    """Sequences grow with commit order; marking takes out exactly what it names."""
    await store.commit(Commit(outgoing=sending("t", "k", "1", "2")))
    await store.commit(Commit(outgoing=sending("u", "k", "3")))
    queued = await store.outbox()
    assert [(q.outgoing.topic, q.outgoing.event.id) for q in queued] == [
        ("t", "1"),
        ("t", "2"),
        ("u", "3"),
    ]
    sequences = [q.sequence for q in queued]
    assert sequences == sorted(set(sequences))
    assert [q.sequence for q in await store.outbox(limit=2)] == sequences[:2]
    await store.mark_sent([sequences[1], sequences[1], 10_000])
    assert [q.outgoing.event.id for q in await store.outbox()] == ["1", "3"]
    await store.mark_sent([sequences[0], sequences[2]])
    await store.commit(Commit(outgoing=sending("t", "k", "4")))
    assert [q.sequence > sequences[-1] for q in await store.outbox()] == [True]


async def test_waiting_for_the_outbox_ends_with_a_commit_that_sends(store: EventStore) -> None:
    """A commit before the wait counts as well: no message waits for the next one."""
    await store.commit(Commit(outgoing=sending("t", "k", "1")))
    await asyncio.wait_for(store.wait_for_outbox(3600), 60)
    waiting = asyncio.create_task(store.wait_for_outbox(3600))
    await asyncio.sleep(0)
    await store.commit(appending("a", 0, event("2")))
    assert not waiting.done()
    await store.commit(Commit(outgoing=sending("t", "k", "3")))
    await asyncio.wait_for(waiting, 60)
    await store.wait_for_outbox(0.001)


async def test_a_timer_stays_until_it_is_replaced_or_cancelled(store: EventStore) -> None:
    """Due timers come oldest first, at the very second, as often as one asks."""
    await store.commit(Commit(timers=(timer("late", 20.0), timer("b", 10.0), timer("a", 10.0))))
    assert [t.name for t in await store.due_timers(9.99)] == []
    assert [t.name for t in await store.due_timers(10.0)] == ["a", "b"]
    assert [t.name for t in await store.due_timers(99.0)] == ["a", "b", "late"]
    assert [t.name for t in await store.due_timers(99.0, limit=2)] == ["a", "b"]
    await store.commit(Commit(timers=(timer("a", 1.0), timer("a", 30.0, "new"))))
    assert [(t.name, t.due, t.event.id) for t in await store.due_timers(99.0)][-1] == (
        "a",
        30.0,
        "new",
    )
    await store.commit(Commit(cancelled=("b", "late", "never set")))
    assert [t.name for t in await store.due_timers(99.0)] == ["a"]


async def test_a_commit_may_cancel_a_timer_and_set_it_anew(store: EventStore) -> None:
    """Cancelling comes first, so a timer that fires can arm itself again."""
    await store.commit(Commit(timers=(timer("a", 1.0),)))
    await store.commit(Commit(cancelled=("a",), timers=(timer("a", 2.0),)))
    assert [t.due for t in await store.due_timers(99.0)] == [2.0]


async def test_reading_begins_at_the_newest_snapshot(store: EventStore) -> None:
    """The history holds the snapshot and what came after it; older snapshots do not return."""
    await store.commit(appending("a", 0, *map(event, "12345")))
    for version in (2, 4, 3):
        state = msgspec.Raw(b'{"at":%d}' % version)
        await store.commit(Commit(snapshots=(Snapshot("a", version, "s1", state),)))
    history = (await store.read(["a", "none"]))["a"]
    assert history.snapshot is not None
    assert bytes(history.snapshot.state) == b'{"at":4}'
    assert (history.version, [e.version for e in history.events]) == (5, [5])
    await store.commit(Commit(snapshots=(Snapshot("a", 5, "s2", msgspec.Raw(b"[]")),)))
    history = (await store.read(["a"]))["a"]
    assert history.snapshot is not None
    assert (history.version, history.events, history.snapshot.schema) == (5, (), "s2")
    assert len(await store.read_stream("a")) == 5


async def test_a_snapshot_comes_with_the_events_it_contains(store: EventStore) -> None:
    """It may cover events of its own commit, but none that the stream does not have."""
    covered = Commit(
        appends=(Append("a", 0, (event("1"),)),),
        snapshots=(Snapshot("a", 1, "s", msgspec.Raw(b"1")),),
    )
    await store.commit(covered)
    with pytest.raises(Conflict) as refused:
        await store.commit(Commit(snapshots=(Snapshot("a", 2, "s", msgspec.Raw(b"2")),)))
    assert refused.value.actual == 1


async def test_old_inbox_entries_are_forgotten(store: EventStore, world: FixedWorld) -> None:
    """Entries older than the given time go, and only those."""
    await store.commit(Commit(handled=(Handled("g", "old"), Handled("h", "old"))))
    world.advance(10)
    await store.commit(Commit(handled=(Handled("g", "new"),)))
    assert await store.forget_handled(world.now()) == 2
    assert await store.handled("g", ["old", "new"]) == {"new"}
    assert await store.forget_handled(world.now()) == 0


async def test_an_empty_commit_is_no_commit(store: EventStore) -> None:
    """It is allowed, and answers with where the store is."""
    await store.commit(appending("a", 0, event("1")))
    assert await store.commit(Commit()) == 1


async def test_a_batch_of_two_thousand_events_is_one_commit(store: EventStore) -> None:
    """Big batches over many streams go through whole."""
    appends = tuple(Append(f"s{n % 500}", ANY_VERSION, (event(f"{n}"),)) for n in range(2000))
    handled = tuple(Handled("g", f"{n}") for n in range(2000))
    outgoing = sending("t", "k", *map(str, range(2000)))
    commit = Commit(appends=appends, handled=handled, outgoing=outgoing)
    assert await store.commit(commit) == 2000
    assert [e.event.id for e in await store.read_all(limit=3000)] == [str(n) for n in range(2000)]
    assert [e.version for e in await store.read_stream("s7")] == [1, 2, 3, 4]
    assert [q.outgoing.event.id for q in await store.outbox(limit=2000)] == [
        str(n) for n in range(2000)
    ]
