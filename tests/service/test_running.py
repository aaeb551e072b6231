"""A running service: its relay, its timers, its health, and what a crash leaves of its work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.service import crash, outbox
from practicum.service.aggregate import Ref, Work
from practicum.service.log import GroupSettings, Topic
from practicum.service.running import Health, run_service
from practicum.service.service import Ports, Service, TryLater
from practicum.service.store import Append, Commit, EventStore, StoreUnavailable, Timer
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.mortal import RESTART_S, Process, fate
from worlds.tally import VOCABULARY, Add, Echo, Sum, Tally
from worlds.virtual_time import VirtualWorld, eventually, in_virtual_time, run

TOPICS = [Topic("adds", 2), Topic("sums", 2)]


class Station:
    """A tally service that runs, and what it has published."""

    def __init__(self) -> None:
        self.world = VirtualWorld()
        self.store = MemoryEventStore(self.world)
        self.log = MemoryEventLog(self.world)
        self.health = Health()
        self.service = tally.build(tally.ports(self.world, self.store, self.log))
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Station:
        await self.log.ensure_topics(TOPICS)
        self.start()
        await eventually(lambda: self.health.ready)
        return self

    def start(self) -> None:
        """Run the service as it is declared now."""
        self._task = asyncio.create_task(run_service(self.service, self.health))

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        assert not self._task.done(), self._task
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def publish(self, *adds: Add) -> None:
        """Commands for the service."""
        assert not any(await self.log.publish(tally.outgoing(self.world, adds)))

    async def set_timer(self, name: str, after_s: float, key: str, amount: int) -> None:
        """A timer behind the service's back."""
        event = tally.event_of(self.world, Echo(key, amount), key)
        await self.store.commit(Commit(timers=(Timer(name, self.world.now() + after_s, event),)))

    async def tally(self, key: str) -> Tally:
        """What stands in the store."""
        return (await tally.tallies(self.store, [key]))[key]

    async def quiet(self) -> bool:
        """Whether everything published is handled, and everything decided is published."""
        return not await self.log.lag(["adds"], "tally") and not await self.store.outbox()


def published_sums(log: MemoryEventLog) -> dict[str, list[int]]:
    """The totals on the log by key, in order."""
    found: dict[str, list[int]] = {}
    for place in [("sums", 0), ("sums", 1)]:
        for _, key, event in log.messages(place, 0):
            message = VOCABULARY.decode(event)
            assert isinstance(message, Sum)
            found.setdefault(key, []).append(message.total)
    return found


@in_virtual_time
async def test_what_is_committed_is_published_in_order_per_key() -> None:
    """The relay empties the outbox into the log."""
    async with Station() as station:
        await station.publish(*[Add(key, 1) for _ in range(20) for key in "ab"])
        await eventually(station.quiet)
        assert published_sums(station.log) == {key: list(range(1, 21)) for key in "ab"}


@in_virtual_time
async def test_the_relay_survives_a_log_that_is_away() -> None:
    """Messages wait in the outbox, health says so, and their order is kept when it is back."""
    async with Station() as station:
        await station.publish(Add("a", 1))
        await eventually(station.quiet)
        station.log.available = False

        def decide(work: Work) -> None:
            for _ in range(3):
                tally.add(Add("a", 1), work)

        refs = [Ref(tally.TALLY, "a")]
        await station.service.transact(refs, decide, key="a")
        await eventually(lambda: "relay" in station.health.troubles)
        assert "outbox" in str(station.health)
        assert not station.health.ready
        station.log.available = True
        await eventually(station.quiet)
        await eventually(lambda: station.health.ready)
        assert published_sums(station.log) == {"a": [1, 2, 3, 4]}


@in_virtual_time
async def test_a_lost_mark_publishes_again_and_the_log_keeps_one_copy() -> None:
    """The store goes away between publishing and marking: nothing is lost, nothing doubled."""
    async with Station() as station:
        original, failures = station.store.mark_sent, 3

        async def mark_sent(sequences: Sequence[int]) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise StoreUnavailable("away", definite=False)
            await original(sequences)

        station.store.mark_sent = mark_sent  # type: ignore[method-assign]
        await station.publish(Add("a", 1), Add("a", 1))
        await eventually(station.quiet)
        assert published_sums(station.log) == {"a": [1, 2]}
        assert failures == 0


@in_virtual_time
async def test_a_timer_fires_once_when_it_is_due_and_not_before() -> None:
    """However long the service runs afterwards."""
    async with Station() as station:
        await station.set_timer("t", 30.0, "a", 5)
        await asyncio.sleep(29.9)
        assert (await station.tally("a")).echoes == ()
        await asyncio.sleep(120)
        assert (await station.tally("a")).echoes == (5,)
        assert await station.store.due_timers(1e12) == []


@in_virtual_time
async def test_one_bad_timer_does_not_hold_up_the_others() -> None:
    """It stays and is reported; those due after it fire."""
    async with Station() as station:
        unreadable = msgspec.structs.replace(
            tally.event_of(station.world, Echo("b", 1), "b"), type="test.echo.v9"
        )
        now = station.world.now()
        await station.store.commit(Commit(timers=(Timer("bad", now, unreadable),)))
        await station.set_timer("good", 5.0, "a", 5)
        await asyncio.sleep(15)
        assert (await station.tally("a")).echoes == (5,)
        assert [timer.name for timer in await station.store.due_timers(1e12)] == ["bad"]
        assert "newer than v1" in station.health.troubles["timers"]
        await station.store.commit(Commit(cancelled=("bad",)))
        await eventually(lambda: station.health.ready)


@in_virtual_time
async def test_a_timer_whose_handler_must_wait_comes_again() -> None:
    """TryLater is no error, and the timer is not lost by it."""
    async with Station() as station:
        tries = 0

        def handler(message: Echo, work: Work) -> None:
            nonlocal tries
            tries += 1
            assert station.health.ready
            if tries < 4:
                raise TryLater("not yet")
            tally.echo(message, work)

        station.service.on(Echo, topic=None, streams=tally.streams)(handler)
        await station.set_timer("t", 1.0, "a", 5)
        await asyncio.sleep(10)
        assert (await station.tally("a")).echoes == (5,)
        assert tries == 4


@in_virtual_time
async def test_a_timer_replaced_while_the_old_one_rings_is_not_lost() -> None:
    """A message moves the stream and sets the timer anew just when the old one is due."""
    async with Station() as station:
        original, raced = station.store.due_timers, False

        async def due_timers(now: float, *, limit: int = 500) -> Sequence[Timer]:
            nonlocal raced
            due = await original(now, limit=limit)
            if due and not raced:
                raced = True
                await station.set_timer("t", 60.0, "a", 7)
            return due

        station.store.due_timers = due_timers  # type: ignore[method-assign]
        await station.set_timer("t", 1.0, "a", 5)
        await asyncio.sleep(30)
        assert raced
        assert (await station.tally("a")).echoes == ()
        await asyncio.sleep(60)
        assert (await station.tally("a")).echoes == (7,)


@in_virtual_time
async def test_a_timer_is_not_taken_away_on_a_state_that_has_moved() -> None:
    """The handler finds nothing to do, but on an old state: a commit in between has set a new
    timer of that name, and it must stay."""
    async with Station() as station:
        station.service.on(Echo, topic=None, streams=tally.streams)(lambda message, work: None)
        await station.set_timer("t", 1.0, "a", 5)
        original, raced = station.store.commit, False

        async def commit(commit: Commit) -> int:
            nonlocal raced
            if commit.cancelled and not raced:
                raced = True
                moved = tally.event_of(station.world, tally.Added(1), "a")
                newer = tally.event_of(station.world, Echo("a", 7), "a")
                await original(
                    Commit(
                        appends=(Append("tally-a", 0, (moved,)),),
                        timers=(Timer("t", station.world.now() + 60, newer),),
                    )
                )
            return await original(commit)

        station.store.commit = commit  # type: ignore[method-assign]
        await asyncio.sleep(30)
        assert raced
        assert [timer.event.subject for timer in await station.store.due_timers(1e12)] == ["a"]


@in_virtual_time
async def test_health_tells_that_the_store_is_away_and_recovers() -> None:
    """Work goes on where it stood; what was published meanwhile is handled once."""
    async with Station() as station:
        real = {name: getattr(station.store, name) for name in ("commit", "outbox", "due_timers")}

        async def away(*args: Any, **kwargs: Any) -> Any:
            raise StoreUnavailable("the database is away", definite=True)

        for name in real:
            setattr(station.store, name, away)
        await station.publish(Add("a", 1), Add("a", 2))
        await eventually(lambda: {"relay", "timers"} <= set(station.health.troubles))
        assert "the database is away" in str(station.health)
        await asyncio.sleep(60)
        for name, method in real.items():
            setattr(station.store, name, method)
        await eventually(station.quiet)
        await eventually(lambda: station.health.ready)
        assert (await station.tally("a")).amounts == (1, 2)


@in_virtual_time
async def test_a_service_is_ready_when_its_starters_are_done() -> None:
    """A starter that meets an absent store is tried again; nothing is served before."""
    station = Station()
    tries = 0

    @station.service.at_start
    async def starter() -> None:
        nonlocal tries
        tries += 1
        assert not station.health.ready
        if tries < 3:
            raise StoreUnavailable("away", definite=True)

    async with station:
        assert tries == 3
        assert str(station.health) == ""


@in_virtual_time
async def test_a_failing_message_is_tried_again_in_order_and_parked_in_the_end() -> None:
    """Through the log: attempts are counted, followers wait, other keys flow."""
    station = Station()
    station.service.group = GroupSettings(attempts_max=3)
    tries: Counter[int] = Counter()

    def handler(message: Add, work: Work) -> None:
        tries[message.amount] += 1
        if message.amount == 13 or (message.amount == 7 and tries[7] < 3):
            raise RuntimeError("no")
        tally.add(message, work)

    station.service.on(Add, topic="adds", streams=tally.streams)(handler)
    async with station:
        await station.publish(Add("a", 7), Add("a", 8), Add("b", 13), Add("b", 14), Add("c", 1))
        await eventually(station.quiet)
        assert (await station.tally("a")).amounts == (7, 8)
        assert (await station.tally("b")).amounts == ()
        assert (await station.tally("c")).amounts == (1,)
        assert (tries[7], tries[8], tries[13], tries[14]) == (3, 1, 3, 0)
        dead = await station.log.dead_letters("tally")
        assert [(x.key, x.reason) for x in dead] == [("b", "RuntimeError: no"), ("b", "follows")]


@in_virtual_time
async def test_try_later_is_never_parked() -> None:
    """Something is away for an hour: the message waits, and is handled when it is back."""
    station = Station()
    until = 3600.0

    def handler(message: Add, work: Work) -> None:
        if asyncio.get_running_loop().time() < until:
            raise TryLater("away", 5.0)
        tally.add(message, work)

    station.service.on(Add, topic="adds", streams=tally.streams)(handler)
    async with station:
        await station.publish(Add("a", 1), Add("a", 2))
        await eventually(station.quiet, within_s=4000)
        assert (await station.tally("a")).amounts == (1, 2)
        assert await station.log.dead_letters("tally") == []


POINTS = [
    "consumer.decided",
    "consumer.committed",
    "relay.published",
    "relay.marked",
    "timer.decided",
]
ADDS = st.lists(
    st.builds(Add, key=st.sampled_from("abc"), amount=st.integers(1, 99), echo=st.booleans()),
    min_size=1,
    max_size=12,
)


def test_all_crash_points_of_the_runtime_are_in_the_list() -> None:
    """A new point must be put to the test below."""
    runtime = {
        name
        for name in crash.crash_points()
        if name.split(".")[0] in ("consumer", "relay", "timer")
    }
    assert runtime == set(POINTS)
    assert {outbox.PUBLISHED.name, outbox.MARKED.name} <= runtime


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    adds=ADDS,
    crashes=st.sets(st.tuples(st.sampled_from(POINTS), st.integers(1, 4)), max_size=4),
    waves=st.integers(1, 3),
)
def test_crashes_leave_what_a_run_without_them_leaves(
    adds: list[Add], crashes: set[tuple[str, int]], waves: int
) -> None:
    """Each message, timer and consequence has its effect once, whatever was killed where."""
    run(_live_through(adds, crashes, waves))


@pytest.mark.parametrize("visit", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_each_point_of_the_runtime_is_survived(point: str, visit: int) -> None:
    """The point is really hit, twice over its lifetime too, and nothing is lost or doubled."""
    adds = [Add(key, amount, echo=True) for amount in (1, 2, 3) for key in "abc"]
    plan = {(point, visit), (point, visit + 1)}
    assert len(run(_live_through(adds, plan, waves=3))) == 2


async def _live_through(adds: list[Add], crashes: set[tuple[str, int]], waves: int) -> list[str]:
    """Send the commands in waves, let the crashes happen, and judge the end; returns them."""
    world = VirtualWorld()
    log = MemoryEventLog(world)
    await log.ensure_topics(TOPICS)
    process = Process("tally", _patient, world=world, log=log)
    sent = [x for wave in range(waves) for x in adds[wave::waves]]
    with fate(crashes) as fates:
        process.start()
        for wave in range(waves):
            assert not any(await log.publish(tally.outgoing(world, adds[wave::waves])))
            await asyncio.sleep(0.3)
        await eventually(lambda: _settled(process.store, log))
        await asyncio.sleep(2 * RESTART_S)
        await eventually(lambda: _settled(process.store, log))
    await process.stop()
    for key, state in (await tally.tallies(process.store, "abc")).items():
        mine = [x for x in sent if x.key == key]
        assert state.amounts == tuple(x.amount for x in mine)
        # A timer is named after its key and amount: set twice before it rang, it rings once.
        most = Counter(x.amount for x in mine if x.echo)
        echoes = Counter(state.echoes)
        assert set(echoes) == set(most)
        assert echoes <= most
        totals = [sum(x.amount for x in mine[: n + 1]) for n in range(len(mine))]
        assert published_sums(log).get(key, []) == totals
    assert await log.dead_letters("tally") == []
    return fates.struck


def _patient(ports: Ports) -> Service:
    service = tally.build(ports)
    service.group = GroupSettings(attempts_max=50)
    return service


async def _settled(store: EventStore, log: MemoryEventLog) -> bool:
    lag = await log.lag(["adds"], "tally")
    return not lag and not await store.outbox() and not await store.due_timers(1e12)
