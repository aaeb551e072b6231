"""What only real servers and real processes can show of the log on NATS JetStream."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.events import Event
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.live.jetstream.membership import (
    Observer,
    Ownership,
    Session,
    assignment,
    taken_over,
)
from practicum.service.live.jetstream.partition import Partition
from practicum.service.live.jetstream.wire import Stored, token
from practicum.service.log import Consumer, GroupSettings, LogUnavailable, Topic
from practicum.service.store import Outgoing
from practicum.service.world import new_id
from worlds.nats_server import NatsServer

WORLD = LiveWorld()
SETTINGS = GroupSettings(lease_s=1.0, retry_base_s=0.01, retry_cap_s=0.05)


def out(key: str, number: int, *, padding: int = 0) -> Outgoing:
    """A numbered message of ``key``."""
    event = Event(
        id=new_id(WORLD),
        source="test",
        type="test.counted.v1",
        subject=key,
        time="2026-01-01T00:00:00Z",
        data=msgspec.Raw(b'{"n":%d,"pad":"%s"}' % (number, b"x" * padding)),
        correlationid="c",
        traceparent="",
    )
    return Outgoing("orders", key, event)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """A server of the test's own."""
    nats = NatsServer(tmp_path)
    await nats.start()
    yield nats
    nats.kill()


@pytest.fixture
async def log(server: NatsServer) -> AsyncIterator[JetStreamEventLog]:
    """A log with one topic."""
    jetstream = await JetStreamEventLog.connect(server.url, "t", WORLD, timeout_s=2.0)
    await jetstream.ensure_topics([Topic("orders", 4)])
    yield jetstream
    await jetstream.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def collect(consumer: Consumer, into: list[tuple[str, int]]) -> None:
    """Handle for ever."""
    while True:
        batch = await consumer.batch(50)
        into += [(d.key, int(msgspec.json.decode(d.event.data)["n"])) for d in batch]
        await consumer.acknowledge(batch)


async def test_nothing_acknowledged_is_lost_when_nats_is_killed(
    server: NatsServer, log: JetStreamEventLog
) -> None:
    """SIGKILL and restart while messages flow: the publisher repeats what was not confirmed,
    the consumer goes on by itself, and every key arrives in order."""
    got: list[tuple[str, int]] = []
    rounds, keys = 40, [f"k{n}" for n in range(10)]

    async def publish() -> None:
        for number in range(rounds):
            left = [out(key, number) for key in keys]
            while left:
                results = await log.publish(left)
                left = [m for m, r in zip(left, results, strict=True) if r is not None]
            await asyncio.sleep(0.005)

    other = await JetStreamEventLog.connect(server.url, "t", WORLD, timeout_s=2.0)
    async with other.consumer(["orders"], "g", "m1", SETTINGS) as consumer:
        reading = asyncio.create_task(collect(consumer, got))
        publishing = asyncio.create_task(publish())
        for target in (100, 200):
            await until(lambda enough=target: len(got) >= enough)  # type: ignore[misc]
            server.kill()
            await server.start()
        async with asyncio.timeout(60):
            await publishing
        await until(lambda: len(set(got)) == rounds * len(keys))
        reading.cancel()
    await other.close()
    for key in keys:
        first_seen = list(dict.fromkeys(n for k, n in got if k == key))
        assert first_seen == list(range(rounds))


async def test_a_paused_server_makes_publishing_fail_and_comes_back(
    server: NatsServer, log: JetStreamEventLog
) -> None:
    """No answer in time is `PublishFailed` or `LogUnavailable`; afterwards all is well."""
    server.pause()
    try:
        (failure,) = await log.publish([out("a", 1)])
        assert failure is not None
        with pytest.raises(LogUnavailable):
            await log.lag(["orders"], "g")
    finally:
        server.resume()
    async with asyncio.timeout(30):
        while (await log.publish([out("a", 2)]))[0] is not None:
            pass


async def test_a_full_stream_gives_up_only_what_every_group_has_acknowledged(
    server: NatsServer,
) -> None:
    """Publishing fails while a group is behind, and works again when it is not."""
    log = await JetStreamEventLog.connect(
        server.url, "t", WORLD, timeout_s=2.0, stream_bytes_max=200_000
    )
    await log.ensure_topics([Topic("orders", 2)])
    async with log.consumer(["orders"], "g", "m1", SETTINGS) as consumer:
        stored: list[int] = []
        for number in range(400):
            (failure,) = await log.publish([out("a", number, padding=2000)])
            if failure is not None:
                break
            stored.append(number)
        assert "full" in str(failure)
        assert 20 < len(stored) < 400
        got: list[tuple[str, int]] = []
        reading = asyncio.create_task(collect(consumer, got))
        await until(lambda: len(got) == len(stored))
        reading.cancel()
        async with asyncio.timeout(20):
            while await log.lag(["orders"], "g"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        results = await log.publish([out("a", 1000 + n, padding=2000) for n in range(10)])
        assert list(results) == [None] * 10
    await log.close()


async def test_what_follows_a_failed_message_of_its_key_is_not_stored(
    server: NatsServer,
) -> None:
    """A stream fills up in the middle of a batch: of every key only a beginning is stored, and
    exactly what was confirmed."""
    log = await JetStreamEventLog.connect(
        server.url, "t", WORLD, timeout_s=2.0, stream_bytes_max=200_000
    )
    await log.ensure_topics([Topic("orders", 2)])
    # Sizes differ, so that a small one would still fit behind a large one that did not.
    messages = [out(f"k{n % 7}", n, padding=20_000 if n % 3 else 50) for n in range(600)]
    results = await log.publish(messages)
    confirmed: dict[str, list[int]] = {}
    for key in {m.key for m in messages}:
        line = [
            (n, r) for n, (m, r) in enumerate(zip(messages, results, strict=True)) if m.key == key
        ]
        failures = [r is not None for _, r in line]
        assert failures == sorted(failures)
        assert True in failures
        confirmed[key] = [n for n, r in line if r is None]
    total = sum(len(numbers) for numbers in confirmed.values())
    got: list[tuple[str, int]] = []
    async with log.consumer(["orders"], "g", "m1", SETTINGS) as consumer:
        reading = asyncio.create_task(collect(consumer, got))
        await until(lambda: len(got) >= total)
        reading.cancel()
    assert total > 0
    assert await log.lag(["orders"], "g") == 0
    assert {k: [n for key, n in got if key == k] for k in confirmed} == confirmed
    await log.close()


async def test_a_second_process_of_one_name_ends_the_first(log: JetStreamEventLog) -> None:
    """The older one stops with a message that says what to do."""
    async with log.consumer(["orders"], "g", "m1", SETTINGS) as old:
        waiting = asyncio.create_task(old.batch(10))
        async with log.consumer(["orders"], "g", "m1", SETTINGS) as new:
            with pytest.raises(LogUnavailable, match="a member name of its own"):
                await asyncio.wait_for(waiting, 20)
            assert len(new.partitions) == 4
            assert not old.partitions


async def test_a_message_that_is_no_event_is_parked(
    server: NatsServer, log: JetStreamEventLog
) -> None:
    """Somebody wrote nonsense into the stream: the partition flows on, and nothing is lost."""
    async with log.consumer(["orders"], "g", "m1", SETTINGS) as consumer:
        await log._wire.put("t.orders.0", b"nonsense")
        await log.publish([out("a", 1)])
        assert (await consumer.batch(1))[0].key == "a"
        async with asyncio.timeout(20):
            while not (letters := await log.dead_letters("g")):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert b"nonsense" in bytes(letters[0].event.data)


async def test_keys_may_hold_anything(log: JetStreamEventLog) -> None:
    """Dots, stars, blanks and other scripts are no trouble, parked or not."""
    keys = ["a.b", "*", ">", " ", "Zürich/東京", "x:y\n"]
    await log.publish([out(key, 1) for key in keys])
    async with log.consumer(["orders"], "g", "m1", SETTINGS) as consumer:
        seen: set[str] = set()
        while seen != set(keys):
            for delivery in await consumer.batch(10):
                seen.add(delivery.key)
                await consumer.park(delivery, "just so")
        async with asyncio.timeout(20):
            while len(await log.dead_letters("g")) != len(keys):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert await log.replay("g", "orders", "x:y\n") == 1
        assert (await consumer.batch(1))[0].key == "x:y\n"


async def test_a_release_that_did_not_reach_the_server_is_made_good(
    log: JetStreamEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old owner frees the partition when it looks around again; nobody waits for ever."""

    async def unheard(part: Partition) -> None:
        await part.drop()
        raise LogUnavailable("no answer")

    async with log.consumer(["orders"], "g", "m1", SETTINGS) as first:
        monkeypatch.setattr(Partition, "release", unheard)
        async with log.consumer(["orders"], "g", "m2", SETTINGS) as second:
            await until(lambda: len(first.partitions) == 2 and len(second.partitions) == 2)
            monkeypatch.undo()


_MEMBER = """
import asyncio, sys
from practicum.service.live.clock import LiveWorld
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.log import GroupSettings

async def main(url, member):
    log = await JetStreamEventLog.connect(url, "t", LiveWorld())
    settings = GroupSettings(lease_s=1.0)
    async with log.consumer(["orders"], "g", member, settings) as consumer:
        while True:
            batch = await consumer.batch(5)
            print(len(batch), flush=True)
            await asyncio.sleep(0.05)
            await consumer.acknowledge(batch)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("heir", ["m1", "m2"])
async def test_a_killed_process_loses_nothing(
    server: NatsServer, log: JetStreamEventLog, heir: str
) -> None:
    """SIGKILL in the middle of a batch: its successor handles the rest, every key in order."""
    await log.publish([out(f"k{n % 6}", n) for n in range(120)])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MEMBER, server.url, "m1", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        for _ in range(3):
            await asyncio.wait_for(process.stdout.readline(), 30)
    finally:
        process.kill()
        await process.wait()
    behind = await log.lag(["orders"], "g")
    got: list[tuple[str, int]] = []
    async with log.consumer(["orders"], "g", heir, SETTINGS) as consumer:
        reading = asyncio.create_task(collect(consumer, got))
        await until(lambda: len(got) >= behind)
        reading.cancel()
    assert len(got) == behind
    for key in {k for k, _ in got}:
        numbers = [n for k, n in got if k == key]
        assert numbers == list(range(numbers[0], 120, 6))


@given(st.text(), st.text())
def test_tokens_are_safe_and_differ(one: str, other: str) -> None:
    """No character of a token means anything to NATS; different texts stay different."""
    assert not set(token(one)) & set(".*> \t\r\n/\\")
    assert token(one)
    assert (token(one) == token(other)) == (one == other)


@given(st.integers(1, 24), st.sets(st.text(min_size=1, max_size=3), min_size=1, max_size=6))
def test_partitions_are_spread_evenly(partitions: int, members: set[str]) -> None:
    """Everybody gets its share rounded up at most, whoever computes it."""
    places = [("t", n) for n in range(partitions)]
    spread = assignment(places, members)
    assert spread == assignment(reversed(places), sorted(members, reverse=True))
    assert set(spread) == set(places)
    for member in members:
        held = sum(1 for owner in spread.values() if owner == member)
        assert held <= -(-partitions // len(members))


@given(st.integers(0, 2**40), st.integers(0, 2**42))
def test_the_fencing_token_grows_whatever_the_clock_says(before: int, now_ms: int) -> None:
    """Also when the clock jumps back."""
    record = Ownership(owner="a", life="1", token=before)
    assert taken_over(record, member="b", life="2", now_ms=now_ms).token > before


def test_a_member_is_silent_only_after_a_whole_lease_of_watching() -> None:
    """A new revision starts the count anew, and so does a lost connection."""

    def sign(revision: int) -> Stored:
        body = msgspec.json.encode(Session("a", "1"))
        return Stored(subject="s", sequence=revision, headers={}, body=body)

    observer = Observer(lease_s=2.0)
    observer.observe([sign(1)], [], 10.0)
    observer.observe([sign(2)], [], 11.5)
    assert not observer.silent(13.0)
    assert observer.silent(13.5) == [("a", 2)]
    observer.forget()
    observer.observe([sign(2)], [], 13.6)
    assert not observer.silent(15.0)
