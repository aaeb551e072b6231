"""Handling a batch: read once, decide each, commit once, acknowledge; whatever goes wrong."""

from __future__ import annotations

import asyncio

import msgspec

from practicum.service.aggregate import Ref, Work
from practicum.service.events import Event
from practicum.service.handling import handle_batch
from practicum.service.log import Delivery
from practicum.service.service import Handler, Service, TryLater
from practicum.service.store import ANY_VERSION, Append, Commit
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.scripted_store import ScriptedStore
from worlds.tally import Add, Added, NotedConsumer, Tally, delivery
from worlds.virtual_time import VirtualWorld, in_virtual_time


class Bench:
    """A tally service with a store that is told what goes wrong, and a noted consumer."""

    def __init__(self, handler: Handler = tally.add) -> None:
        self.world = VirtualWorld()
        self.truth = MemoryEventStore(self.world)
        self.store = ScriptedStore(self.truth)
        self.log = MemoryEventLog(self.world)
        self.consumer = NotedConsumer()
        self.service: Service = tally.build(tally.ports(self.world, self.store, self.log), handler)

    def event(self, key: str, amount: int, *, echo: bool = False) -> Event:
        """An `Add` on the wire."""
        return tally.event_of(self.world, Add(key, amount, echo), key)

    def batch(self, *adds: tuple[str, int]) -> list[Delivery]:
        """Deliveries numbered from 1."""
        return [delivery(self.event(*x), n) for n, x in enumerate(adds, 1)]

    async def handle(self, *deliveries: Delivery) -> None:
        """Hand a batch in."""
        async with asyncio.timeout(600):
            await handle_batch(self.service, self.consumer, deliveries)

    async def tally(self, key: str) -> Tally:
        """What stands in the store."""
        return (await tally.tallies(self.truth, [key]))[key]

    def added_elsewhere(self, key: str, amount: int) -> Append:
        """What another writer appends."""
        event = tally.event_of(self.world, Added(amount), key)
        return Append(f"tally-{key}", ANY_VERSION, (event,))


def failing(*amounts: int, error: Exception | None = None) -> Handler:
    """The plain handler, but for some amounts it raises after it has decided."""

    def handler(message: Add, work: Work) -> None:
        tally.add(message, work)
        if message.amount in amounts:
            raise error or RuntimeError(f"{message.amount} is too much")

    return handler


@in_virtual_time
async def test_a_batch_becomes_one_commit_and_is_acknowledged() -> None:
    """Effects, consequences and inbox of all messages stand in a single transaction."""
    bench = Bench()
    batch = bench.batch(("a", 1), ("b", 2), ("a", 3))
    await bench.handle(*batch)
    (commit,) = bench.store.commits
    assert {x.message_id for x in commit.handled} == {x.event.id for x in batch}
    assert [x.name for x in commit.fences] == ["tally/adds/0"]
    assert sorted(bench.consumer.acknowledged) == [1, 2, 3]
    assert (await bench.tally("b")).amounts == (2,)


@in_virtual_time
async def test_two_messages_for_one_stream_see_each_others_events() -> None:
    """The second sum holds the first amount, though nothing was committed in between."""
    bench = Bench()
    await bench.handle(*bench.batch(("a", 1), ("a", 2), ("a", 3)))
    assert await tally.sums(bench.truth) == [("a", 1), ("a", 3), ("a", 6)]
    assert len(bench.store.commits) == 1


@in_virtual_time
async def test_a_message_from_the_inbox_is_dropped_and_acknowledged() -> None:
    """What was handled before has no effect again."""
    bench = Bench()
    first, second = bench.batch(("a", 1), ("a", 2))
    await bench.handle(first)
    await bench.handle(first, second)
    assert (await bench.tally("a")).amounts == (1, 2)
    assert bench.consumer.acknowledged.count(1) == 2


@in_virtual_time
async def test_a_message_that_stands_twice_in_a_batch_is_handled_once() -> None:
    """The log may deliver a second copy at once."""
    bench = Bench()
    event = bench.event("a", 1)
    await bench.handle(delivery(event, 1), delivery(event, 2))
    assert (await bench.tally("a")).amounts == (1,)
    assert sorted(bench.consumer.acknowledged) == [1, 2]


@in_virtual_time
async def test_a_failing_handler_counts_a_try_and_the_rest_is_committed() -> None:
    """A bug hits one key only, and leaves nothing of its decisions behind."""
    bench = Bench(failing(2))
    await bench.handle(*bench.batch(("a", 1), ("b", 2), ("c", 3)))
    assert bench.consumer.retried == {2: "RuntimeError: 2 is too much"}
    assert sorted(bench.consumer.acknowledged) == [1, 3]
    assert (await bench.tally("b")).amounts == ()
    assert sorted(await tally.sums(bench.truth)) == [("a", 1), ("c", 3)]


@in_virtual_time
async def test_followers_of_a_failed_message_stay_behind_it() -> None:
    """They wait without a try being counted; those before it are done."""
    bench = Bench(failing(2))
    await bench.handle(*bench.batch(("a", 1), ("a", 2), ("a", 3), ("a", 4)))
    assert bench.consumer.acknowledged == [1]
    assert list(bench.consumer.retried) == [2]
    assert set(bench.consumer.deferred) == {3, 4}
    assert (await bench.tally("a")).amounts == (1,)


@in_virtual_time
async def test_try_later_defers_the_key_and_counts_no_try() -> None:
    """Something that the handler needs is down: that is nobody's fault."""
    bench = Bench(failing(1, error=TryLater("the bank is away", 7.0)))
    await bench.handle(*bench.batch(("a", 1), ("a", 2), ("b", 5)))
    assert bench.consumer.retried == {}
    assert bench.consumer.deferred == {1: 7.0, 2: 7.0}
    assert bench.consumer.acknowledged == [3]


@in_virtual_time
async def test_what_can_never_be_read_is_parked() -> None:
    """A future version and data that do not fit are nothing to try again."""
    bench = Bench()
    newer = msgspec.structs.replace(bench.event("a", 1), type="test.add.v2")
    broken = msgspec.structs.replace(bench.event("b", 1), data=msgspec.Raw(b'{"amount":"x"}'))
    not_text = msgspec.structs.replace(
        bench.event("d", 1), data=msgspec.Raw(b'{"amount":1,"key":"\xff"}')
    )
    odd = msgspec.structs.replace(bench.event("e", 1), type="test.add.v²")
    good = bench.event("c", 1)
    batch = [delivery(x, n) for n, x in enumerate([newer, broken, good, not_text, odd], 1)]
    await bench.handle(*batch)
    assert set(bench.consumer.parked) == {1, 2, 4, 5}
    assert "update this service" in bench.consumer.parked[1]
    assert bench.consumer.acknowledged == [3]


@in_virtual_time
async def test_followers_of_a_parked_message_are_not_handled() -> None:
    """The log has parked them with it: handling them now would break the key's order."""
    bench = Bench()
    broken = msgspec.structs.replace(bench.event("a", 2), data=msgspec.Raw(b"[]"))
    events = [bench.event("a", 1), broken, bench.event("a", 3), bench.event("b", 4)]
    await bench.handle(*[delivery(x, n) for n, x in enumerate(events, 1)])
    assert set(bench.consumer.parked) == {2}
    assert sorted(bench.consumer.acknowledged) == [1, 4]
    assert (await bench.tally("a")).amounts == (1,)


@in_virtual_time
async def test_messages_that_concern_others_are_acknowledged() -> None:
    """A type that nobody here knows, and one that nobody here reacts to."""
    bench = Bench()
    unknown = msgspec.structs.replace(bench.event("a", 1), type="test.other.v1")
    unheard = tally.event_of(bench.world, Added(1), "a")
    await bench.handle(delivery(unknown, 1), delivery(unheard, 2))
    assert sorted(bench.consumer.acknowledged) == [1, 2]
    assert bench.store.commits == []


@in_virtual_time
async def test_a_conflict_leads_to_a_new_decision_on_what_is_there_now() -> None:
    """Another writer was faster: the sum that is sent contains its amount."""
    bench = Bench()
    bench.store.script.append(bench.added_elsewhere("a", 100))
    await bench.handle(*bench.batch(("a", 1)))
    assert (await bench.tally("a")).amounts == (100, 1)
    assert await tally.sums(bench.truth) == [("a", 101)]
    assert bench.consumer.acknowledged == [1]
    assert bench.consumer.retried == {}


@in_virtual_time
async def test_a_message_that_another_member_handled_meanwhile_is_dropped() -> None:
    """Its inbox entry appears between reading and committing; what follows it goes on."""
    bench = Bench()
    first, second = bench.batch(("a", 1), ("a", 2))
    original, raced = bench.truth.commit, False

    async def race(commit: Commit) -> int:
        nonlocal raced
        if not raced:
            raced = True
            await original(Commit(handled=commit.handled[:1]))
        return await original(commit)

    bench.truth.commit = race  # type: ignore[method-assign]
    await bench.handle(first, second)
    assert (await bench.tally("a")).amounts == (2,)
    assert sorted(bench.consumer.acknowledged) == [1, 2]
    assert not bench.consumer.retried
    assert not bench.consumer.deferred


@in_virtual_time
async def test_a_lost_lease_drops_only_its_own_partition() -> None:
    """Messages of other partitions are committed; the lost ones have no effect here."""
    bench = Bench()
    lost = [delivery(bench.event("a", n), n, partition=0) for n in (1, 2)]
    kept = [delivery(bench.event("b", n), n, partition=1) for n in (3, 4)]
    bench.store.script.append("fence tally/adds/0")
    await bench.handle(*lost, *kept)
    assert (await bench.tally("a")).amounts == ()
    assert (await bench.tally("b")).amounts == (3, 4)
    assert sorted(bench.consumer.acknowledged) == [3, 4]
    assert bench.consumer.retried == bench.consumer.parked == {}


@in_virtual_time
async def test_an_absent_store_is_survived_without_doubling() -> None:
    """Definite, lost, and unsure though it happened: each amount counts once."""
    bench = Bench()
    bench.store.script.extend(["down", "lost", "unsure"])
    await bench.handle(*bench.batch(("a", 1), ("a", 2), ("b", 3)))
    assert (await bench.tally("a")).amounts == (1, 2)
    assert await tally.sums(bench.truth) == [("a", 1), ("a", 3), ("b", 3)]
    assert sorted(bench.consumer.acknowledged) == [1, 2, 3]
    assert bench.consumer.retried == {}


@in_virtual_time
async def test_a_message_that_spoils_the_commit_does_not_stop_other_keys() -> None:
    """The poison is found key by key, and a try is counted against it alone."""
    bench = Bench()
    batch = bench.batch(("a", 1), ("b", 2), ("c", 3))
    bench.store.poisoned.add(batch[1].event.id)
    await bench.handle(*batch)
    assert bench.consumer.retried == {2: "ValueError: cannot be stored"}
    assert sorted(bench.consumer.acknowledged) == [1, 3]
    assert (await bench.tally("b")).amounts == ()


@in_virtual_time
async def test_a_message_that_spoils_the_commit_does_not_incriminate_those_before_it() -> None:
    """Of one key too: the innocent in front is handled, those behind come again."""
    bench = Bench()
    batch = bench.batch(("a", 1), ("a", 2), ("a", 3))
    bench.store.poisoned.add(batch[1].event.id)
    await bench.handle(*batch)
    assert bench.consumer.acknowledged == [1]
    assert bench.consumer.retried == {}
    assert set(bench.consumer.deferred) == {2, 3}
    await bench.handle(*batch[1:])
    assert set(bench.consumer.retried) == {2}


@in_virtual_time
async def test_a_failed_commit_leaves_no_state_in_the_cache() -> None:
    """The next batch decides on the store's state, not on the one that never came true."""
    bench = Bench()
    batch = bench.batch(("a", 1))
    bench.store.poisoned.add(batch[0].event.id)
    await bench.handle(*batch)
    await bench.handle(delivery(bench.event("a", 5), 2))
    assert await tally.sums(bench.truth) == [("a", 5)]


@in_virtual_time
async def test_handlers_of_different_keys_wait_side_by_side_and_those_of_one_key_in_turn() -> None:
    """Each key's handler waits for the other key's: only together can they get on."""
    arrived: list[str] = []
    both = asyncio.Event()

    async def handler(message: Add, work: Work) -> None:
        arrived.append(f"{message.key}{message.amount}")
        if message.amount == 1:
            if {"a1", "b1"} <= set(arrived):
                both.set()
            await both.wait()
        tally.add(message, work)

    bench = Bench(handler)
    await bench.handle(*bench.batch(("a", 1), ("a", 2), ("b", 1), ("b", 2)))
    assert arrived[:2] == ["a1", "b1"]
    assert (await bench.tally("a")).amounts == (1, 2)
    assert (await bench.tally("b")).amounts == (1, 2)
    assert len(bench.store.commits) == 1


@in_virtual_time
async def test_a_waiting_handler_decides_again_when_its_stream_moved_meanwhile() -> None:
    """Two keys share a stream: the slower one's first decision is dropped as stale."""
    tries: list[str] = []

    async def handler(message: Add, work: Work) -> None:
        tries.append(message.key)
        shared = work.state(tally.TALLY, "shared")
        await asyncio.sleep(0.1 if message.key == "slow" else 0.01)
        work.record(tally.TALLY, "shared", Added(message.amount))
        work.send("sums", tally.Sum(message.key, shared.total + message.amount))

    bench = Bench()
    bench.service = Service(bench.service.ports, tally.VOCABULARY)
    shared = bench.service.on(Add, topic="adds", streams=lambda _: [Ref(tally.TALLY, "shared")])
    shared(handler)
    await bench.handle(*bench.batch(("slow", 1), ("fast", 2)))
    assert tries == ["slow", "fast", "slow"]
    assert await tally.sums(bench.truth) == [("fast", 2), ("slow", 3)]
    assert (await bench.tally("shared")).amounts == (2, 1)


@in_virtual_time
async def test_a_consequence_is_caused_by_the_message_that_had_it() -> None:
    """Correlation and cause travel from the message to what it brings about."""
    bench = Bench()
    (one,) = bench.batch(("a", 1))
    await bench.handle(one)
    ((queued),) = await bench.truth.outbox()
    assert queued.outgoing.event.causationid == one.event.id
    assert queued.outgoing.event.correlationid == one.event.correlationid
    assert queued.outgoing.event.traceparent.split("-")[1] == one.event.traceparent.split("-")[1]


@in_virtual_time
async def test_a_stream_taken_for_new_that_is_not_is_read_and_decided_on_again() -> None:
    """The guess saves a read when it is right, and costs a try when it is wrong."""
    bench = Bench()
    await bench.truth.commit(Commit(appends=(bench.added_elsewhere("a", 5),)))
    bench.service = Service(bench.service.ports, tally.VOCABULARY)
    guess = bench.service.on(
        Add, topic="adds", streams=lambda add: [tally.Ref(tally.TALLY, add.key, new=True)]
    )
    guess(tally.add)
    await bench.handle(*bench.batch(("a", 1), ("b", 2)))
    assert (await bench.tally("a")).amounts == (5, 1)
    assert (await bench.tally("b")).amounts == (2,)
