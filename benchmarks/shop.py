"""The whole shop under open-loop load: saga times, what is lost, and where the CPU goes."""

from __future__ import annotations

import asyncio
import time

import psutil
import uvloop

from benchmarks.measuring import Figure, calibrate
from benchmarks.ranges import new_range
from practicum.checking.verdict import Verdict
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.shopper import Crowd
from practicum.labs.facts import judge_facts, read_facts, read_orders
from practicum.servers.client import RangeClient
from practicum.service.live.clock import LiveWorld
from practicum.service.operations import Caller
from practicum.service.world import new_id, unix_seconds
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST, PRODUCTS
from practicum.shop.order.messages import LIST_ORDERS, ListOrders
from practicum.stress.caller import LeanCaller
from practicum.stress.open_loop import Shot, open_loop, percentile

RATE = 300.0
DURATION_S = 60.0
UPWARDS = (350.0, 400.0, 450.0)
DOWNWARDS = (250.0, 200.0, 150.0, 100.0)
LADDER_S = 20.0
"""Long enough for a queue to show that grows."""
PIECES = 100_000
PATIENCE_S = 240.0


class Run:
    """One load on a range that is up."""

    def __init__(self, client: RangeClient, rate: float, duration_s: float) -> None:
        self.client, self.rate, self.duration_s = client, rate, duration_s
        self.shots: list[Shot] = []
        self.saga_s: list[float] = []
        self.cpu_ms: dict[str, float] = {}
        self.wrong: list[str] = []
        self.refused = 0
        self.pss_mb = 0.0

    async def measure(self) -> Run:
        """Order, wait for every order's end, and read the books."""
        world = LiveWorld()
        status = await self.client.status()
        before, own = await cpu_ms(self.client), time.process_time()
        async with LeanCaller(addresses(status), world) as caller:
            crowd = Crowd(new_id(world)[-12:], caller, world)
            await open_loop(
                crowd.buy, rate=self.rate, duration_s=self.duration_s, on_shot=self.shots.append
            )
            await crowd.finish()
            own = time.process_time() - own
            await until_all_ended(caller)
            after = await cpu_ms(self.client)
            mine = set(crowd.accepted)
            for order in await read_orders(caller):
                if order.order_id in mine:
                    began, ended = unix_seconds(order.created_at), unix_seconds(order.changed_at)
                    self.saga_s.append(ended - began)
            status = await self.client.status()
            facts = await read_facts(caller, status)
        self.pss_mb = sum(member.pss_bytes for member in status.members) / 1e6
        self.saga_s.sort()
        orders = len(self.shots)
        self.cpu_ms = {name: (after[name] - before[name]) / orders for name in after}
        self.cpu_ms["driver"] = own * 1000 / orders
        judgements = judge_facts(crowd.accepted, facts, arrivals(PRODUCTS, PIECES))
        self.wrong = [j.check for j in judgements if j.verdict is not Verdict.PASS]
        self.refused = sum(1 for shot in self.shots if shot.error)
        return self


async def until_all_ended(caller: Caller, *, every_s: float = 0.25) -> None:
    """Ask for open orders, so seldom that the asking does not count."""
    deadline = time.monotonic() + PATIENCE_S
    while (await caller.call(LIST_ORDERS, ListOrders(open=True, limit=1), timeout_s=30)).orders:
        if time.monotonic() > deadline:
            raise TimeoutError(f"orders are still open after {PATIENCE_S:g} s")
        await asyncio.sleep(every_s)


async def cpu_ms(client: RangeClient) -> dict[str, float]:
    """CPU milliseconds that each process with its children has used."""
    used = {}
    for member in (await client.status()).members:
        total = 0.0
        if member.pid is not None:
            process = psutil.Process(member.pid)
            for each in (process, *process.children(recursive=True)):
                times = each.cpu_times()
                total += times.user + times.system
        used[member.name] = total * 1000
    return used


async def one_round(rate: float, duration_s: float) -> Run:
    """A range of its own, so that rounds do not inherit each other's data."""
    async with new_range(MANIFEST) as client:
        await Run(client, 50, 3).measure()  # caches, pools and plans are warm afterwards
        return await Run(client, rate, duration_s).measure()


def holds(run: Run) -> bool:
    """Whether the rate is carried: nothing lost, and sagas end as fast as they begin."""
    return not run.wrong and not run.refused and percentile(run.saga_s, 99) <= 2.0


def highest_rate(promised_holds: bool) -> float:
    """The highest rung of the ladder that holds, upwards or downwards from the promised rate; 0
    if none does."""
    if not promised_holds:
        return next(
            (rate for rate in DOWNWARDS if holds(uvloop.run(one_round(rate, LADDER_S)))), 0.0
        )
    highest = RATE
    for rate in UPWARDS:
        if not holds(uvloop.run(one_round(rate, LADDER_S))):
            break
        highest = rate
    return highest


def measure(rounds: int) -> list[Figure]:
    """Saga times at the promised rate, then the highest rate that holds."""
    loops, runs = [], []
    for number in range(rounds):
        loops.append(calibrate())
        runs.append(uvloop.run(one_round(RATE, DURATION_S)))
        p99_ms = percentile(runs[-1].saga_s, 99) * 1000
        print(f"  round {number + 1} of {rounds}: p99 {p99_ms:.0f} ms", flush=True)
    highest = highest_rate(all(map(holds, runs)))
    saga = {
        f"saga at {RATE:g} orders/s, p{percent:g}": tuple(
            percentile(run.saga_s, percent) * 1000 for run in runs
        )
        for percent in (50, 99)
    }
    per_process = {name: tuple(run.cpu_ms[name] for run in runs) for name in sorted(runs[0].cpu_ms)}
    together = tuple(sum(run.cpu_ms.values()) for run in runs)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit="ms", rounds=each, promise=500 if "p99" in name else None)
            for name, each in saga.items()
        ),
        Figure(
            name="checks of the books that fail: something is lost or wrong",
            unit="checks",
            rounds=tuple(float(len(run.wrong)) for run in runs),
            promise=0,
        ),
        Figure(
            name="orders refused at the edge",
            unit="orders",
            rounds=tuple(float(run.refused) for run in runs),
            promise=0,
        ),
        Figure(name="highest rate that holds", unit="orders/s", rounds=(highest,)),
        Figure(
            name="all processes, PSS", unit="MB", rounds=tuple(r.pss_mb for r in runs), promise=1000
        ),
        Figure(name="CPU per order, all processes", unit="ms", rounds=together),
        *(
            Figure(name=f"CPU per order, {name}", unit="ms", rounds=each)
            for name, each in per_process.items()
        ),
    ]
