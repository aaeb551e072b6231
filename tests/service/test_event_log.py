"""Every promise of the EventLog port, against the fake and against NATS JetStream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from practicum.service.events import Event
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.log import Consumer, Delivery, EventLog, GroupSettings, Topic, partition_of
from practicum.service.store import Outgoing
from practicum.service.world import new_id
from worlds.memory_log import MemoryEventLog
from worlds.nats_server import NatsServer

WORLD = LiveWorld()
GROUP = "billing"
SETTINGS = GroupSettings(
    lease_s=0.6, retry_base_s=0.01, retry_cap_s=0.05, attempts_max=3, in_flight_max=20
)
ORDERS = Topic("orders", 4)


def event(key: str, number: int) -> Event:
    """A message that says which it is."""
    return Event(
        id=new_id(WORLD),
        source="test",
        type="test.counted.v1",
        subject=key,
        time="2026-01-01T00:00:00Z",
        data=msgspec.Raw(b'{"n":%d}' % number),
        correlationid="c",
        traceparent="",
    )


def out(key: str, number: int, topic: str = "orders") -> Outgoing:
    """A numbered message of ``key``."""
    return Outgoing(topic, key, event(key, number))


def number(delivery: Delivery) -> int:
    """Which message it is."""
    return int(msgspec.json.decode(delivery.event.data)["n"])


class MemoryRange:
    """Members are objects."""

    def __init__(self) -> None:
        self.log = MemoryEventLog(WORLD)
        self._stack = contextlib.AsyncExitStack()

    async def join(self, member: str, settings: GroupSettings = SETTINGS) -> Consumer:
        """Join as ``member``, until the end of the test or `kill`."""
        context = self.log.consumer(["orders"], GROUP, member, settings)
        return await self._stack.enter_async_context(context)

    async def kill(self, member: str) -> None:
        """The member's process dies."""
        self.log.kill(GROUP, member)

    async def close(self) -> None:
        """End of the test."""
        await self._stack.aclose()


class JetStreamRange:
    """Members have a connection each; a killed one loses it without a word."""

    def __init__(self, url: str, log: JetStreamEventLog) -> None:
        self.log = log
        self._url = url
        self._stack = contextlib.AsyncExitStack()
        self._logs: dict[str, JetStreamEventLog] = {}

    async def join(self, member: str, settings: GroupSettings = SETTINGS) -> Consumer:
        """Join as ``member``, until the end of the test or `kill`."""
        log = await JetStreamEventLog.connect(self._url, "t", WORLD)
        self._logs[member] = log
        self._stack.push_async_callback(log.close)
        context = log.consumer(["orders"], GROUP, member, settings)
        return await self._stack.enter_async_context(context)

    async def kill(self, member: str) -> None:
        """The member's process dies."""
        await self._logs[member].close()

    async def close(self) -> None:
        """End of the test."""
        await self._stack.aclose()
        await self.log.close()


@pytest.fixture(params=["memory", "jetstream"])
async def range_(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[MemoryRange | JetStreamRange]:
    """Both worlds, one after the other."""
    if request.param == "memory":
        memory = MemoryRange()
        await memory.log.ensure_topics([ORDERS])
        yield memory
        await memory.close()
        return
    server = NatsServer(tmp_path)
    await server.start()
    try:
        log = await JetStreamEventLog.connect(server.url, "t", WORLD)
        await log.ensure_topics([ORDERS])
        live = JetStreamRange(server.url, log)
        yield live
        await live.close()
    finally:
        server.kill()


AnyRange = MemoryRange | JetStreamRange


async def publish(log: EventLog, *messages: Outgoing) -> None:
    """Publish, and insist."""
    assert list(await log.publish(messages)) == [None] * len(messages)


async def take(consumer: Consumer, count: int) -> list[Delivery]:
    """Wait for ``count`` deliveries and acknowledge them."""
    got: list[Delivery] = []
    async with asyncio.timeout(20):
        while len(got) < count:
            batch = await consumer.batch(count - len(got))
            got += batch
            await consumer.acknowledge(batch)
    return got


async def one(consumer: Consumer) -> Delivery:
    """Wait for a single delivery."""
    async with asyncio.timeout(20):
        return (await consumer.batch(1))[0]


async def until_lag(log: EventLog, lag: int) -> None:
    """Wait until the group is that far behind."""
    async with asyncio.timeout(20):
        while await log.lag(["orders"], GROUP) != lag:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_parked(log: EventLog, count: int) -> list[tuple[str, int, str]]:
    """Wait until that many are parked; returns key, number and reason of each."""
    async with asyncio.timeout(20):
        while len(await log.dead_letters(GROUP)) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    letters = await log.dead_letters(GROUP)
    return [(d.key, int(msgspec.json.decode(d.event.data)["n"]), d.reason) for d in letters]


async def test_a_topic_keeps_its_number_of_partitions(range_: AnyRange) -> None:
    """Asking again is fine, asking for another number is refused."""
    await range_.log.ensure_topics([ORDERS])
    with pytest.raises(ValueError, match="4 partitions"):
        await range_.log.ensure_topics([Topic("orders", 5)])


async def test_publishing_to_no_topic_fails_by_message(range_: AnyRange) -> None:
    """The failure stands at the message that has no topic; the other one is stored."""
    results = await range_.log.publish([out("a", 1, topic="nothing"), out("a", 2)])
    assert results[0] is not None
    assert results[1] is None


async def test_messages_of_one_key_arrive_in_order(range_: AnyRange) -> None:
    """Many keys, several batches: each key's numbers grow."""
    consumer = await range_.join("m1")
    await publish(range_.log, *(out(f"k{n % 7}", n) for n in range(300)))
    got = await take(consumer, 300)
    for key in {d.key for d in got}:
        numbers = [number(d) for d in got if d.key == key]
        assert numbers == sorted(numbers)
    assert {d.partition for d in got} <= {partition_of(f"k{n}", 4) for n in range(7)}
    await until_lag(range_.log, 0)


async def test_a_second_copy_of_an_event_is_dropped(range_: AnyRange) -> None:
    """The same event id is stored once, alone or in a batch with new ones."""
    first = out("a", 1)
    await publish(range_.log, first)
    await publish(range_.log, first, out("a", 2))
    consumer = await range_.join("m1")
    assert [number(d) for d in await take(consumer, 2)] == [1, 2]
    assert await range_.log.lag(["orders"], GROUP) <= 2
    await until_lag(range_.log, 0)


async def test_a_retried_message_comes_before_the_later_ones_of_its_key(
    range_: AnyRange,
) -> None:
    """What was handed out behind it comes again behind it, with its attempt not counted."""
    await publish(range_.log, *(out("a", n) for n in range(3)))
    consumer = await range_.join("m1")
    first = await one(consumer)
    await consumer.retry(first, "not yet")
    got = await take(consumer, 3)
    assert [(number(d), d.attempt) for d in got] == [(0, 2), (1, 1), (2, 1)]


async def test_other_keys_flow_while_one_waits(range_: AnyRange) -> None:
    """A deferred message holds up its key, not its partition, and loses no attempt."""
    await publish(range_.log, out("a", 1))
    consumer = await range_.join("m1")
    slow = await one(consumer)
    await consumer.defer(slow, 0.5)
    await publish(range_.log, *(out(f"b{n}", n) for n in range(12)))
    assert {d.key for d in await take(consumer, 12)} == {f"b{n}" for n in range(12)}
    again = (await take(consumer, 1))[0]
    assert (number(again), again.attempt) == (1, 1)


async def test_a_message_that_keeps_failing_is_parked_with_its_followers(
    range_: AnyRange,
) -> None:
    """After the last attempt the key is parked, and later messages of it go behind."""
    await publish(range_.log, out("a", 1), out("a", 2), out("b", 9))
    consumer = await range_.join("m1")
    attempts = []
    async with asyncio.timeout(20):
        while len(attempts) < 3:
            for delivery in await consumer.batch(10):
                if delivery.key == "b":
                    await consumer.acknowledge([delivery])
                elif number(delivery) == 1:
                    attempts.append(delivery.attempt)
                    await consumer.retry(delivery, "bad")
    assert attempts == [1, 2, 3]
    await publish(range_.log, out("a", 3))
    assert await until_parked(range_.log, 3) == [
        ("a", 1, "bad"),
        ("a", 2, "follows"),
        ("a", 3, "follows"),
    ]
    await until_lag(range_.log, 0)


async def until_owner(consumer: Consumer) -> None:
    """Wait until the member holds a partition."""
    while not consumer.partitions:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def park_key(range_: AnyRange, consumer: Consumer, key: str, numbers: int) -> None:
    """Publish messages of a key and park the first."""
    await publish(range_.log, *(out(key, n) for n in range(numbers)))
    first = await one(consumer)
    await consumer.park(first, "hopeless")
    await until_parked(range_.log, numbers)


async def test_parking_takes_effect_at_once(range_: AnyRange) -> None:
    """A message that can never succeed is parked on its first attempt."""
    consumer = await range_.join("m1")
    await park_key(range_, consumer, "a", 3)
    assert await until_parked(range_.log, 3) == [
        ("a", 0, "hopeless"),
        ("a", 1, "follows"),
        ("a", 2, "follows"),
    ]


async def test_a_parked_key_stays_parked_for_the_next_owner(range_: AnyRange) -> None:
    """What is parked survives the death of its owner."""
    await park_key(range_, await range_.join("m1"), "a", 2)
    await range_.kill("m1")
    consumer = await range_.join("m1")
    await publish(range_.log, out("a", 2), out("b", 1))
    assert [d.key for d in await take(consumer, 1)] == ["b"]
    assert [n for _, n, _ in await until_parked(range_.log, 3)] == [0, 1, 2]


async def test_a_replay_hands_out_in_order_and_lets_the_key_flow_again(
    range_: AnyRange,
) -> None:
    """Attempts count anew, letters vanish when acknowledged, later messages follow."""
    consumer = await range_.join("m1")
    await park_key(range_, consumer, "a", 3)
    assert await range_.log.replay(GROUP, "orders", "a") == 3
    got = await take(consumer, 3)
    assert [(number(d), d.attempt) for d in got] == [(0, 1), (1, 1), (2, 1)]
    await until_parked(range_.log, 0)
    await publish(range_.log, out("a", 3))
    assert [number(d) for d in await take(consumer, 1)] == [3]
    assert await range_.log.replay(GROUP, "orders", "a") == 0


async def test_a_replay_that_fails_again_leaves_the_key_parked(range_: AnyRange) -> None:
    """What was handled is gone, the rest stays in its order, and a second replay works."""
    consumer = await range_.join("m1")
    await park_key(range_, consumer, "a", 3)
    await range_.log.replay(GROUP, "orders", "a")
    await take(consumer, 1)
    await consumer.park(await one(consumer), "still hopeless")
    assert [n for _, n, _ in await until_parked(range_.log, 2)] == [1, 2]
    await publish(range_.log, out("a", 3))
    await until_parked(range_.log, 3)
    await range_.log.replay(GROUP, "orders", "a")
    assert [number(d) for d in await take(consumer, 3)] == [1, 2, 3]


async def test_a_replay_survives_the_death_of_the_owner(range_: AnyRange) -> None:
    """The next owner goes on with what was not acknowledged."""
    consumer = await range_.join("m1")
    await park_key(range_, consumer, "a", 3)
    await range_.log.replay(GROUP, "orders", "a")
    await take(consumer, 1)
    await until_parked(range_.log, 2)
    await range_.kill("m1")
    consumer = await range_.join("m1")
    assert [number(d) for d in await take(consumer, 2)] == [1, 2]
    await until_parked(range_.log, 0)


async def test_a_replay_waits_until_somebody_owns_the_partition(range_: AnyRange) -> None:
    """A request made while nobody reads is not lost."""
    await park_key(range_, await range_.join("m1"), "a", 2)
    await range_.kill("m1")
    assert await range_.log.replay(GROUP, "orders", "a") == 2
    assert [number(d) for d in await take(await range_.join("m2"), 2)] == [0, 1]


async def test_no_more_is_handed_out_than_the_bound(range_: AnyRange) -> None:
    """A partition hands out ``in_flight_max`` messages until some are acknowledged."""
    await publish(range_.log, *(out("a", n) for n in range(60)))
    consumer = await range_.join("m1")
    got: list[Delivery] = []
    async with asyncio.timeout(20):
        while len(got) < SETTINGS.in_flight_max:
            got += await consumer.batch(100)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            got += await consumer.batch(100)
    assert len(got) == SETTINGS.in_flight_max
    await consumer.acknowledge(got)
    assert [number(d) for d in await take(consumer, 40)] == list(range(20, 60))


@pytest.mark.parametrize("heir", ["m1", "m2"])
async def test_the_next_owner_starts_at_the_floor(range_: AnyRange, heir: str) -> None:
    """After a death everything unacknowledged comes again in order, with a newer token."""
    consumer = await range_.join("m1")
    await publish(range_.log, *(out("a", n) for n in range(6)))
    await take(consumer, 2)
    await until_lag(range_.log, 4)
    held = await one(consumer)
    await range_.kill("m1")
    consumer = await range_.join(heir)
    got = await take(consumer, 4)
    assert [number(d) for d in got] == [2, 3, 4, 5]
    assert got[0].fence.name == held.fence.name
    assert got[0].fence.token > held.fence.token


async def test_two_members_share_and_the_survivor_takes_all(range_: AnyRange) -> None:
    """Partitions are spread, and none is read by two."""
    first = await range_.join("m1")
    second = await range_.join("m2")
    async with asyncio.timeout(20):
        while len(first.partitions) != 2 or len(second.partitions) != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not first.partitions & second.partitions
    await range_.kill("m2")
    async with asyncio.timeout(20):
        while len(first.partitions) != 4:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_keys_keep_their_order_while_members_come_and_die(range_: AnyRange) -> None:
    """Whoever handles a message, the first handling of each key's messages is in order."""
    handled: list[tuple[str, int]] = []

    async def work(consumer: Consumer) -> None:
        while True:
            batch = await consumer.batch(7)
            for delivery in batch:
                pair = delivery.key, number(delivery)
                if pair not in handled:
                    handled.append(pair)
            await consumer.acknowledge(batch)

    keys = [f"k{n}" for n in range(8)]
    tasks = [asyncio.create_task(work(await range_.join("m1")))]
    for burst in range(4):
        await publish(range_.log, *(out(key, burst * 5 + n) for n in range(5) for key in keys))
        if burst == 1:
            tasks.append(asyncio.create_task(work(await range_.join("m2"))))
        if burst == 2:
            tasks[1].cancel()
            await range_.kill("m2")
    async with asyncio.timeout(20):
        while len(handled) < 160:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for key in keys:
        assert [n for k, n in handled if k == key] == list(range(20))


async def test_a_message_that_kills_its_process_is_parked(range_: AnyRange) -> None:
    """Nobody is left to call retry, and still the rest of the partition flows in the end."""
    await publish(range_.log, out("a", 1), out("poison", 2), out("poison", 3), out("b", 4))
    handled: set[str] = set()
    deaths = 0
    async with asyncio.timeout(30):
        while handled != {"a", "b"} and deaths < 12:
            consumer = await range_.join("m1")
            while handled != {"a", "b"} or deaths < 3:
                batch = await consumer.batch(10)
                if any(d.key == "poison" for d in batch):
                    await range_.kill("m1")
                    deaths += 1
                    break
                handled |= {d.key for d in batch}
                await consumer.acknowledge(batch)
                if handled == {"a", "b"}:
                    break
    parked = await until_parked(range_.log, 2) if deaths < 12 else []
    assert [(key, n) for key, n, _ in parked] == [("poison", 2), ("poison", 3)]


async def test_late_answers_of_a_former_owner_change_nothing(range_: AnyRange) -> None:
    """An acknowledgement under an old token is ignored by the new owner's books."""
    consumer = await range_.join("m1")
    await publish(range_.log, out("a", 1))
    held = await one(consumer)
    await range_.kill("m1")
    consumer = await range_.join("m1")
    await consumer.acknowledge([held])
    again = await one(consumer)
    await consumer.acknowledge([held])
    await consumer.retry(held, "late")
    assert again.event.id == held.event.id
    assert await range_.log.lag(["orders"], GROUP) == 1
    await consumer.acknowledge([again])
    await until_lag(range_.log, 0)


async def test_a_leaver_hands_over_what_it_had_not_acknowledged(range_: AnyRange) -> None:
    """An orderly end frees the partitions at once, without waiting for the lease."""
    patient = msgspec.structs.replace(SETTINGS, lease_s=60.0)
    await publish(range_.log, *(out("a", n) for n in range(4)))
    async with range_.log.consumer(["orders"], GROUP, "m0", patient) as leaver:
        await take(leaver, 2)
        await one(leaver)
    heir = await range_.join("m1", patient)
    assert [number(d) for d in await take(heir, 2)] == [2, 3]


async def test_a_member_that_joins_waits_for_what_is_in_hand(range_: AnyRange) -> None:
    """A partition moves only after its owner has acknowledged what it handed out."""
    keys = [f"k{n}" for n in range(40)]
    patient = msgspec.structs.replace(SETTINGS, lease_s=15.0)
    first = await range_.join("m1", patient)
    await publish(range_.log, *(out(key, 1) for key in keys))
    in_hand: list[Delivery] = []
    async with asyncio.timeout(20):
        while len(in_hand) < 40:
            in_hand += await first.batch(100)
    second = await range_.join("m2", patient)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(until_owner(second), 0.3)
    await first.acknowledge(in_hand)
    async with asyncio.timeout(20):
        while len(second.partitions) != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(first.partitions) == 2
    await until_lag(range_.log, 0)
