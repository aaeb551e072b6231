"""Consumers keep up, on a real log and a real store: whatever happens to them, every message has
exactly one effect, in the order of its key."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import cast

import msgspec
import pytest

from practicum.service.aggregate import Work
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.log import GroupSettings, Topic
from practicum.service.running import Health, run_service
from practicum.service.service import Handler
from worlds.memory_log import MemoryEventLog
from worlds.nats_server import NatsServer
from worlds.postgres_server import PostgresServer, postgres_server
from worlds.tally import Add, add, build, outgoing, ports, tallies

__all__ = ["postgres_server"]

WORLD = LiveWorld()
SETTINGS = GroupSettings(
    attempts_max=10, in_flight_max=20, lease_s=1.0, retry_base_s=0.01, retry_cap_s=0.05
)
KEYS = [f"k{number}" for number in range(8)]
WAIT_S = 60.0
_schemas = itertools.count(1)


class Group:
    """Members of one consumer group; each has connections of its own and dies without a word."""

    def __init__(self, nats: str, dsn: str) -> None:
        self._nats, self._dsn = nats, dsn
        self._schema = f"consumers_{next(_schemas)}"
        self._members: dict[str, tuple[asyncio.Task[None], JetStreamEventLog]] = {}
        self.log: JetStreamEventLog
        self.store: PostgresEventStore

    async def begin(self) -> None:
        """An empty log and an empty store, and the test's own look at both."""
        self.log = await JetStreamEventLog.connect(self._nats, "t", WORLD)
        await self.log.ensure_topics([Topic("adds", 4), Topic("sums", 1)])
        self.store = await PostgresEventStore.open(self._dsn, WORLD, schema=self._schema)

    async def join(self, member: str, handler: Handler = add) -> None:
        """One more process of the group."""
        log = await JetStreamEventLog.connect(self._nats, "t", WORLD)
        store = await PostgresEventStore.open(self._dsn, WORLD, schema=self._schema)
        given = ports(WORLD, store, cast(MemoryEventLog, log))
        service = build(msgspec.structs.replace(given, member=member), handler)
        service.group = SETTINGS
        service.batches_at_once = 2

        async def live() -> None:
            try:
                await run_service(service, Health())
            finally:
                await log.close()
                await store.close()

        self._members[member] = (asyncio.create_task(live()), log)

    async def kill(self, member: str) -> None:
        """Its connection is gone first: what it still wants to acknowledge reaches nobody."""
        task, log = self._members.pop(member)
        await log.close()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

    async def send(self, adds: Sequence[Add]) -> None:
        """Publish commands."""
        assert not any(await self.log.publish(outgoing(WORLD, adds)))

    async def done(self, keys: Sequence[str] = KEYS) -> dict[str, tuple[int, ...]]:
        """What the commands have come to, folded from the store."""
        return {key: tally.amounts for key, tally in (await tallies(self.store, keys)).items()}

    async def until(self, condition: Callable[[dict[str, tuple[int, ...]]], bool]) -> None:
        """Wait for effects."""
        async with asyncio.timeout(WAIT_S):
            while not condition(await self.done()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def until_idle(self) -> None:
        """Wait until nothing is left to handle."""
        async with asyncio.timeout(WAIT_S):
            while await self.log.lag(["adds"], "tally"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        """The test is over."""
        for member in list(self._members):
            await self.kill(member)
        await self.log.close()
        await self.store.close()


@pytest.fixture
async def group(tmp_path: Path, postgres_server: PostgresServer) -> AsyncIterator[Group]:
    """A group without members."""
    server = NatsServer(tmp_path)
    await server.start()
    try:
        group = Group(server.url, postgres_server.dsn)
        await group.begin()
        yield group
        await group.end()
    finally:
        server.kill()


def commands(each: int) -> list[Add]:
    """So many commands for each key, their amounts telling their order."""
    return [Add(key, number) for number in range(1, each + 1) for key in KEYS]


def total(done: dict[str, tuple[int, ...]]) -> int:
    """How many effects there are."""
    return sum(map(len, done.values()))


async def test_a_slow_consumer_is_given_no_more_than_it_can_hold_and_loses_nothing(
    group: Group,
) -> None:
    """What it has not got to waits in the log, and each message is handled once."""
    in_hand, most = 0, 0

    async def slow(message: Add, work: Work) -> None:
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        await asyncio.sleep(0.02)
        add(message, work)
        in_hand -= 1

    await group.send(commands(25))
    await group.join("m1", slow)
    await group.until_idle()
    assert await group.done() == dict.fromkeys(KEYS, tuple(range(1, 26)))
    assert 0 < most <= 4 * SETTINGS.in_flight_max


async def test_a_poison_message_parks_its_key_and_the_rest_flows(group: Group) -> None:
    """Its followers wait behind it, every other key has all its effects, once."""

    def picky(message: Add, work: Work) -> None:
        if message == Add("k3", 5):
            raise ValueError("poison")
        add(message, work)

    await group.join("m1", picky)
    await group.send(commands(10))
    await group.until(lambda done: total(done) == 7 * 10 + 4)
    async with asyncio.timeout(WAIT_S):
        while len(await group.log.dead_letters("tally")) < 6:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    letters = await group.log.dead_letters("tally")
    assert {letter.key for letter in letters} == {"k3"}
    expected = {key: tuple(range(1, 11)) for key in KEYS} | {"k3": (1, 2, 3, 4)}
    assert await group.done() == expected


async def test_a_redelivery_storm_has_one_effect_for_each_message(group: Group) -> None:
    """Members die again and again between their commit and their acknowledgement, so that the
    same messages come again and again."""
    handled: list[Add] = []

    def noted(message: Add, work: Work) -> None:
        handled.append(message)
        add(message, work)

    adds = commands(30)
    await group.send(adds)
    for _ in range(6):
        before = total(await group.done())
        await group.join("m1", noted)
        await group.until(lambda done, before=before: total(done) > before or total(done) == 240)  # type: ignore[misc]
        await group.kill("m1")
    await group.join("m1", noted)
    await group.until_idle()
    assert await group.done() == dict.fromkeys(KEYS, tuple(range(1, 31)))
    assert len(handled) >= len(adds)


async def test_a_partition_is_handed_over_when_its_member_dies(group: Group) -> None:
    """The survivor takes all that the dead one had, and no message has its effect twice."""
    by: dict[str, list[Add]] = {"m1": [], "m2": []}

    def noting(member: str) -> Handler:
        async def handle(message: Add, work: Work) -> None:
            await asyncio.sleep(0.005)
            by[member].append(message)
            add(message, work)

        return handle

    for member in by:
        await group.join(member, noting(member))
    await group.send(commands(5))
    await group.until(lambda done: total(done) == 40)
    async with asyncio.timeout(WAIT_S):
        while not all(by.values()):
            await group.send([Add(f"x{len(by['m1'])}-{n}", 1) for n in range(8)])
            await asyncio.sleep(0.3)
    of_m1 = {message.key for message in by["m1"]}
    await group.send([Add(key, number) for number in range(6, 26) for key in KEYS])
    await group.until(lambda done: total(done) > 60)
    await group.kill("m1")
    before = len(by["m2"])
    await group.until_idle()
    assert await group.done() == dict.fromkeys(KEYS, tuple(range(1, 26)))
    assert of_m1 & {message.key for message in by["m2"][before:]}
