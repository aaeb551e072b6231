"""What listening costs: CPU milliseconds per order with telemetry on against off, and microseconds
of a service for one span.

The two kinds of range take turns on the same machine, so that what else happens there meets
both. CPU time of every process of the range counts, PostgreSQL, NATS and the receiver too; the
crowd's own does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec
import psutil

from benchmarks.measuring import Figure
from benchmarks.ranges import new_range
from practicum.labs.experiment.ending import wait_until_ended
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.shopper import Crowd
from practicum.servers.client import RangeClient
from practicum.service.live.clock import LiveWorld
from practicum.service.live.exporter import Exporter, Recorded
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.metrics import LiveMeter
from practicum.service.live.tracing import RecordingTracer
from practicum.service.manifest import TelemetrySpec
from practicum.service.tracing import QuietTracer, Trace
from practicum.service.world import new_id
from practicum.shop.manifest import MANIFEST
from practicum.stress.open_loop import open_loop

RATE = 150.0
WARM_S = 4.0
MEASURED_S = 12.0
SPANS = 50_000


def measure(rounds: int) -> list[Figure]:
    """Cost per order, off and on, and cost per span, sampled and not."""
    spec = MANIFEST.telemetry
    assert spec is not None
    off: list[float] = []
    on: list[float] = []
    receiver: list[float] = []
    for _ in range(rounds):
        spent = asyncio.run(cpu_ms_per_order(None))
        off.append(sum(spent.values()))
        spent = asyncio.run(cpu_ms_per_order(spec))
        on.append(sum(spent.values()))
        receiver.append(spent["telemetry"])
    extra = tuple(b - a for a, b in zip(off, on, strict=True))
    return [
        Figure(name="CPU of an order, telemetry off", unit="ms", rounds=tuple(off)),
        Figure(name="CPU of an order, telemetry on", unit="ms", rounds=tuple(on)),
        Figure(name="  what telemetry adds", unit="ms", rounds=extra),
        Figure(name="  of it in the receiver", unit="ms", rounds=tuple(receiver)),
        *span_cost(rounds),
    ]


async def cpu_ms_per_order(
    telemetry: TelemetrySpec | None, *, rate: float = RATE
) -> dict[str, float]:
    """CPU milliseconds per order of every process of a fresh range under open-loop load."""
    manifest = msgspec.structs.replace(MANIFEST, telemetry=telemetry)
    async with new_range(manifest) as client:
        return await _load(client, rate)


async def _load(client: RangeClient, rate: float) -> dict[str, float]:
    world = LiveWorld()
    status = await client.status()
    async with HttpCaller(addresses(status), world=world, tracer=QuietTracer(world)) as caller:
        crowd = Crowd(new_id(world)[-12:], caller, world)
        await open_loop(crowd.buy, rate=rate, duration_s=WARM_S, on_shot=lambda _: None)
        pids = {m.name: m.pid for m in status.members if m.pid is not None}
        before, ordered = {n: _cpu_s(pid) for n, pid in pids.items()}, len(crowd.accepted)
        await open_loop(crowd.buy, rate=rate, duration_s=MEASURED_S, on_shot=lambda _: None)
        await crowd.finish()
        await wait_until_ended(crowd.accepted, caller, lambda _: None)
        await asyncio.sleep(1.5)  # what is recorded has to be sent and written too
        orders = len(crowd.accepted) - ordered
        return {n: (_cpu_s(pid) - before[n]) * 1000 / orders for n, pid in pids.items()}


def _cpu_s(pid: int) -> float:
    """User and system seconds of a process and its descendants, dead ones included."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


class _Nowhere(Exporter):
    """Takes spans and forgets them: what is measured is the service's own part."""

    def span(self, span: Recorded) -> None:
        """Forget it."""


def span_cost(rounds: int) -> list[Figure]:
    """Microseconds of a span with four attributes: of a sampled trace, and of one that is not."""
    found = []
    for name, sampled in (("a span that is recorded", True), ("a span that is not", False)):
        times = []
        for _ in range(rounds):
            meter = LiveMeter()
            exporter = _Nowhere("http://127.0.0.1:9", "bench", meter)
            tracer = RecordingTracer(LiveWorld(), exporter, meter)
            parent = Trace("ab" * 16, "cd" * 8, sampled)
            attributes = {"http.request.method": "GET", "http.route": "/x", "a": 1, "b": "c"}
            began = time.process_time()
            for _ in range(SPANS):
                with tracer.span("GET /x", kind="server", parent=parent, attributes=attributes):
                    pass
            times.append((time.process_time() - began) / SPANS * 1e6)
            tracer.close()
        found.append(Figure(name=name, unit="us", rounds=tuple(times)))
    return found
