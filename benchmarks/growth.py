"""What grows with what: draining 10 to 10,000 orders in flight, the event store at 10,000 to a
million events, and how fast a read model is built anew.

Orders pile up while inventory stands still. When it goes on, all of them end; the time from
there to the last end, per order, should not depend on how many there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import uvloop

from benchmarks.measuring import Figure, calibrate
from benchmarks.ranges import new_range
from benchmarks.shop import until_all_ended
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.shopper import Taste, draw_buyer
from practicum.servers.client import RangeClient
from practicum.service.errors import OperationError
from practicum.service.events import Event
from practicum.service.live.clock import LiveWorld
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.manifest import Manifest
from practicum.service.store import Append, Commit
from practicum.service.view_operations import ListViews, RebuildView, list_views, rebuild_view
from practicum.service.world import new_id
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import PLACE_ORDER
from practicum.stress.caller import LeanCaller

IN_FLIGHT = (10, 100, 1_000, 10_000)
STORED = (10_000, 100_000, 1_000_000)
AT_ONCE = 64
COMMITS, READS = 200, 200
PER_STREAM, PER_COMMIT = 10, 5_000
EVENTS_PER_MIN = 10_000
PATIENT = {"order": {"step_timeout_s": 600}}


def measure(rounds: int) -> list[Figure]:
    """Every size in every round, each round on a range of its own."""
    loops: list[float] = []
    found: dict[tuple[str, str, float | None], list[float]] = {}
    for number in range(rounds):
        loops.append(calibrate())
        for name, unit, promise, value in uvloop.run(one_round()):
            found.setdefault((name, unit, promise), []).append(value)
        print(f"  round {number + 1} of {rounds}", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit=unit, rounds=tuple(v), promise=promise, at_most=False)
            for (name, unit, promise), v in found.items()
        ),
    ]


Grow = Callable[[int], Awaitable[None]]
Found = list[tuple[str, str, float | None, float]]


async def one_round() -> Found:
    """Name, unit, promise and value of each figure."""
    async with new_range(patient()) as client:
        return await all_sizes(client)


def patient() -> Manifest:
    """The shop with an order service that does not turn orders back while they pile up."""
    services = tuple(
        msgspec.structs.replace(each, settings={**each.settings, **PATIENT.get(each.name, {})})
        for each in MANIFEST.services
    )
    return msgspec.structs.replace(MANIFEST, services=services)


async def all_sizes(client: RangeClient) -> Found:
    """First the orders, then the view of all of them, then the store."""
    status = await client.status()
    found: Found = []
    async with LeanCaller(addresses(status), LiveWorld()) as caller:
        await until_open(caller)
        for count in IN_FLIGHT:
            seconds = await drain(client, caller, count)
            found.append((f"{count:,} orders in flight end", "orders/s", None, count / seconds))
        rate = await rebuild(caller)
        found.append(("events projected per minute", "events/min", EVENTS_PER_MIN, rate))
    async with filled_store(status.postgres_url) as (store, grow):
        for size in STORED:
            await grow(size)
            commit_ms, read_ms, all_ms = await ask(store, size)
            found.append((f"one commit at {size:,} events", "ms", None, commit_ms))
            found.append((f"one stream read at {size:,} events", "ms", None, read_ms))
            found.append((f"the last 1,000 of {size:,} events read", "ms", None, all_ms))
    return found


async def until_open(caller: LeanCaller) -> None:
    """A range is up before its order service has read the assortment."""
    buyer = draw_buyer("first", 0, Taste(fickle_ratio=0))
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OperationError):
                await caller.call(PLACE_ORDER, buyer.order, timeout_s=5, idempotency_key=buyer.key)
                return
            await asyncio.sleep(0.1)


async def drain(client: RangeClient, caller: LeanCaller, count: int) -> float:
    """Seconds from when inventory goes on until the last of ``count`` waiting orders ended."""
    run = new_id(LiveWorld())[-12:]
    turn = asyncio.Semaphore(AT_ONCE)

    async def order(number: int) -> None:
        buyer = draw_buyer(run, number, Taste(fickle_ratio=0))
        async with turn:
            await caller.call(PLACE_ORDER, buyer.order, timeout_s=60, idempotency_key=buyer.key)

    await client.pause("inventory")
    try:
        await asyncio.gather(*map(order, range(count)))
        await asyncio.sleep(1.0)  # the relay hands the last commands over
    finally:
        began = time.perf_counter()
        await client.resume("inventory")
    await until_all_ended(caller, every_s=0.02 if count < 1_000 else 0.25)
    return time.perf_counter() - began


async def rebuild(caller: LeanCaller) -> float:
    """Events per minute at which the view of all orders is folded anew, while it serves."""
    before = await caller.call(list_views("order"), ListViews(), timeout_s=30)
    began = time.perf_counter()
    await caller.call(rebuild_view("order"), RebuildView(view="orders"), timeout_s=30)
    while True:
        await asyncio.sleep(0.05)
        now = await caller.call(list_views("order"), ListViews(), timeout_s=30)
        fresh = [v for v in now.views if v.generation > before.views[0].generation]
        if fresh and fresh[0].active and fresh[0].lag_events == 0:
            return fresh[0].position / (time.perf_counter() - began) * 60


@asynccontextmanager
async def filled_store(url: str) -> AsyncIterator[tuple[PostgresEventStore, Grow]]:
    """A store beside the shop's, and what fills it up to a number of events."""
    world = LiveWorld()
    store = await PostgresEventStore.open(url, world, schema="growth", timeout_s=60)

    streams = 0

    async def grow(size: int) -> None:
        nonlocal streams
        while (left := size // PER_STREAM - streams) > 0:
            more = range(streams, streams + min(left, PER_COMMIT // PER_STREAM))
            await store.commit(
                Commit(appends=tuple(Append(f"s-{n}", 0, ten_events(n)) for n in more))
            )
            streams = more.stop

    try:
        yield store, grow
    finally:
        await store.close()


def ten_events(stream: int) -> tuple[Event, ...]:
    """The history of an order, as long as they are."""
    data = msgspec.Raw(b'{"order_id":"o-0123456789abcdef","total_cents":12345,"step":"charge"}')
    return tuple(
        Event(
            id=f"{stream}-{n}",
            source="growth",
            type="shop.order.step_done.v1",
            subject=f"o-{stream}",
            time="2026-01-01T00:00:00.000000Z",
            data=data,
            correlationid=f"c-{stream}",
            traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        )
        for n in range(PER_STREAM)
    )


async def ask(store: PostgresEventStore, size: int) -> tuple[float, float, float]:
    """Milliseconds, medians: a commit of one new event, the read of one stream of ten, and of
    the newest thousand events in order."""
    commits, reads, alls = [], [], []
    for number in range(COMMITS):
        stream = f"new-{size}-{number}"
        began = time.perf_counter()
        await store.commit(Commit(appends=(Append(stream, 0, ten_events(number)[:1]),)))
        commits.append(time.perf_counter() - began)
    step = max(1, size // PER_STREAM // READS)
    for number in range(READS):
        began = time.perf_counter()
        history = (await store.read([f"s-{number * step}"]))[f"s-{number * step}"]
        reads.append(time.perf_counter() - began)
        assert history.version == PER_STREAM
    head = await store.head()
    for _ in range(20):
        began = time.perf_counter()
        assert len(await store.read_all(after=head - 1_000)) == 1_000
        alls.append(time.perf_counter() - began)
    median = statistics.median
    return median(commits) * 1000, median(reads) * 1000, median(alls) * 1000
