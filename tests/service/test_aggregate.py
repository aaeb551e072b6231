"""States as folds over events, and units of work on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.aggregate import Ref, Session, StateCache, Work
from practicum.service.errors import OperationError
from practicum.service.service import CONFLICT_TRIES_MAX, Service
from practicum.service.store import ANY_VERSION, Append, Commit, Conflict, Snapshot
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.scripted_store import ScriptedStore
from worlds.tally import TALLY, VOCABULARY, Added, Sum
from worlds.virtual_time import VirtualWorld, in_virtual_time, run

A = Ref(TALLY, "a")


class Office:
    """A tally service whose store is told what goes wrong."""

    def __init__(self, inner: MemoryEventStore | None = None) -> None:
        self.world = VirtualWorld()
        self.truth = inner or MemoryEventStore(self.world)
        self.store = ScriptedStore(self.truth)
        ports = tally.ports(self.world, self.store, MemoryEventLog(self.world))
        self.service: Service = tally.build(ports)

    def session(self, cache: StateCache | None = None) -> Session:
        """An empty session."""
        return Session(self.store, cache or StateCache(), VOCABULARY, self.world, "/test")

    def work(self, session: Session) -> Work:
        """A unit of work in it."""
        return Work(session, self.service.context(), "a")

    async def add(self, *amounts: int) -> int:
        """Add amounts in one transaction; returns the sum that was decided on."""
        record = [Added(amount) for amount in amounts]
        return await self.service.transact(
            [A], lambda work: work.record(TALLY, "a", *record).total, key="a"
        )

    def append(self, amount: int) -> Append:
        """What another writer appends."""
        event = tally.event_of(self.world, Added(amount), "a")
        return Append(A.stream, ANY_VERSION, (event,))


@given(st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=5), max_size=8))
def test_a_state_is_the_same_with_and_without_snapshots_and_cache(
    groups: list[list[int]],
) -> None:
    """Through the cache, from the newest snapshot on, and folded from the first event."""

    async def go() -> None:
        office = Office()
        for group in groups:
            await office.add(*group)
        amounts = tuple(amount for group in groups for amount in group)
        assert await office.add(0) == sum(amounts)
        (fresh,) = await office.service.read([A])
        assert fresh.amounts == (*amounts, 0)
        assert (await tally.tallies(office.truth, "a"))["a"] == fresh
        (history,) = (await office.truth.read([A.stream])).values()
        assert len(history.events) < max(TALLY.snapshot_every, 5) + 1
        assert (history.snapshot is not None) == (len(amounts) + 1 >= TALLY.snapshot_every)

    run(go())


@in_virtual_time
async def test_a_snapshot_of_another_schema_is_ignored() -> None:
    """It is what an older program has left: all events are folded instead."""
    office = Office()
    await office.add(1, 2, 3, 4)
    older = Snapshot("tally-a", 4, "0", msgspec.Raw(b'{"amounts":[999]}'))
    await office.truth.commit(Commit(snapshots=(older,)))
    session = office.session()
    await session.load([A])
    assert session.loaded("tally-a").state.amounts == (1, 2, 3, 4)
    assert session.loaded("tally-a").version == 4


@in_virtual_time
async def test_a_work_that_is_not_finished_leaves_no_trace() -> None:
    """Its handler has raised: events, messages and timers are gone."""
    office = Office()
    session = office.session()
    await session.load([A])
    work = office.work(session)
    work.record(TALLY, "a", Added(1))
    work.send("sums", Sum("a", 1))
    work.set_timer("t", 1, tally.Echo("a", 1))
    assert session.empty
    assert office.work(session).state(TALLY, "a").total == 0


@in_virtual_time
async def test_a_stream_that_was_not_announced_is_named() -> None:
    """A slip in ``streams`` is told as such."""
    office = Office()
    session = office.session()
    with pytest.raises(KeyError, match="tally-a is used by a handler but not among its streams"):
        office.work(session).state(TALLY, "a")


@in_virtual_time
async def test_a_decision_on_a_state_that_was_only_read_is_refused_when_it_moved() -> None:
    """A cached state may be old; a message sent because of it must not leave."""
    office = Office()
    await office.add(1)  # now in the cache
    await office.truth.commit(Commit(appends=(office.append(10),)))
    totals: list[int] = []

    def tell(work: Work) -> None:
        totals.append(work.state(TALLY, "a").total)
        work.send("sums", Sum("a", totals[-1]))

    await office.service.transact([A], tell, key="a")
    assert totals == [1, 11]
    assert await tally.sums(office.truth) == [("a", 11)]


@in_virtual_time
async def test_a_transaction_decides_again_after_a_conflict_and_gives_up_in_the_end() -> None:
    """On the state that the other writer has left; not for ever."""
    office = Office()
    office.store.script.extend([office.append(100), office.append(100)])
    assert await office.add(1) == 201
    office.store.script.extend([office.append(1) for _ in range(CONFLICT_TRIES_MAX)])
    with pytest.raises(OperationError) as caught:
        await office.add(1)
    assert (caught.value.code, caught.value.definite) == ("overloaded", True)


@pytest.mark.parametrize(
    ("trouble", "code", "definite"),
    [
        ("down", "dependency_down", True),
        ("lost", "unavailable", False),
        ("unsure", "unavailable", False),
    ],
)
@in_virtual_time
async def test_a_store_that_is_away_is_told_apart_by_what_is_sure(
    trouble: str, code: str, definite: bool
) -> None:
    """A caller may do something else only after a definite error; the cache is not believed."""
    office = Office()
    office.store.script.append(trouble)
    with pytest.raises(OperationError) as caught:
        await office.add(1)
    assert (caught.value.code, caught.value.definite) == (code, definite)
    assert await office.add(5) == (6 if trouble == "unsure" else 5)


@in_virtual_time
async def test_a_transaction_that_decides_nothing_commits_nothing() -> None:
    """Looking costs no write."""
    office = Office()
    await office.service.transact([A], lambda work: work.state(TALLY, "a"), key="a")
    assert office.store.commits == []


@in_virtual_time
async def test_what_a_decision_raises_reaches_the_caller_and_nothing_is_written() -> None:
    """Rules refuse by raising."""
    office = Office()

    def refuse(work: Work) -> None:
        work.record(TALLY, "a", Added(1))
        raise OperationError("conflict", "no")

    with pytest.raises(OperationError, match="no"):
        await office.service.transact([A], refuse, key="a")
    assert await office.truth.head() == 0


@in_virtual_time
async def test_the_last_word_on_a_timer_counts() -> None:
    """Set, cancelled, set again within one session."""
    office = Office()
    session = office.session()
    await session.load([A])
    for after_s in (1, None, 3):
        work = office.work(session)
        if after_s is None:
            work.cancel_timer("t")
        else:
            work.set_timer("t", after_s, tally.Echo("a", 1))
        work.finish()
    await session.commit()
    (timer,) = await office.truth.due_timers(1e12)
    assert timer.due == office.world.now() + 3


@in_virtual_time
async def test_a_state_is_read_from_the_store_and_not_from_the_cache() -> None:
    """`Service.read` answers what is true now."""
    office = Office()
    await office.add(1)
    await office.truth.commit(Commit(appends=(office.append(10),)))
    assert [x.total for x in await office.service.read([A, Ref(TALLY, "b"), A])] == [11, 0, 11]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=30))
def test_the_cache_keeps_what_was_used_last(uses: Sequence[tuple[str, bool]]) -> None:
    """At most so many; what it has it has right."""
    cache, kept = StateCache(size_max=3), dict[str, Any]()
    for number, (stream, puts) in enumerate(uses):
        if puts:
            cache.put(stream, number, number)
            kept.pop(stream, None)
            kept[stream] = (number, number)
            if len(kept) > 3:
                del kept[next(iter(kept))]
        else:
            assert cache.get(stream) == kept.get(stream)
            if stream in kept:
                kept[stream] = kept.pop(stream)
    cache.drop("a")
    assert cache.get("a") is None


@in_virtual_time
async def test_two_sessions_on_one_state_cannot_both_be_committed() -> None:
    """The second has decided on what is no longer there."""
    office = Office()
    sessions = [office.session() for _ in range(2)]
    for session in sessions:
        await session.load([A])
        work = office.work(session)
        work.record(TALLY, "a", Added(1))
        work.finish()
    await sessions[0].commit()
    with pytest.raises(Conflict, match="tally-a is at version 1, expected 0"):
        await sessions[1].commit()
