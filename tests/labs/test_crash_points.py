"""Kill a real process at every declared crash point, and find nothing lost.

The points come from the registry, so that a new one is tested as soon as it is declared; a point
that is not hit fails its test.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from practicum.checking.conservation import (
    handled_once,
    money_conserved,
    no_effect_twice,
    one_final_state,
    stock_conserved,
)
from practicum.checking.verdict import Verdict
from practicum.labs.facts import read_facts
from practicum.labs.tour.guide import RangeStriker, addresses
from practicum.labs.tour.run import wait_until_ended
from practicum.labs.tour.shopper import Crowd
from practicum.servers.client import RangeClient
from practicum.servers.ranges import Options, start_range, stop_range
from practicum.service.crash import crash_points
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http_client import HttpCaller
from practicum.service.manifest import Manifest
from practicum.service.tracing import QuietTracer
from practicum.service.world import new_id
from practicum.shop.bank.messages import SET_MOOD, Mood
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST
from practicum.stress.open_loop import Shot, open_loop

STEP_TIMEOUT_S = 2.0
PIECES = 1000
ORDERS_PER_S = 40.0
HIT_WAIT_S = 30.0
END_WAIT_S = 60.0

for _spec in MANIFEST.services:
    importlib.import_module(_spec.module)
importlib.import_module("practicum.service.running")

SHARED = {
    "consumer": ("order", "inventory", "payment"),
    "relay": ("order", "inventory", "payment"),
    "timer": ("order",),
}
"""Who passes a point that belongs to the runtime and not to one service."""
CASES = [
    (service, point)
    for point in crash_points()
    for service in SHARED.get(point.split(".")[0], (point.split(".")[0],))
]

pytestmark = [
    pytest.mark.serial,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("crash-range"),
]


def impatient() -> Manifest:
    """The shop with steps that are overdue soon, so that timers fire within a test."""
    settings = {"order": {"step_timeout_s": STEP_TIMEOUT_S}, "inventory": {"pieces": PIECES}}
    services = tuple(
        msgspec.structs.replace(spec, settings={**spec.settings, **settings.get(spec.name, {})})
        for spec in MANIFEST.services
    )
    return msgspec.structs.replace(MANIFEST, services=services)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RangeClient]:
    """A range of this module's own."""
    home: Path = tmp_path_factory.mktemp("home")
    home.chmod(0o711)
    client, _ = await start_range(home, "crash", impatient(), Options(detach=False))
    try:
        yield client
    finally:
        await stop_range(home, "crash")
        client.release()


@pytest.mark.parametrize(("service", "point"), CASES, ids=["@".join(reversed(c)) for c in CASES])
async def test_a_service_killed_at_a_crash_point_loses_nothing(
    shop: RangeClient, service: str, point: str
) -> None:
    """The point is hit, every accepted order ends, and money, stock and messages add up."""
    world = LiveWorld()
    status = await shop.status()
    async with HttpCaller(addresses(status), world=world, tracer=QuietTracer(world)) as caller:
        await caller.call(SET_MOOD, Mood(delay_ms=40), timeout_s=10)
        crowd = Crowd(new_id(world)[-12:], caller, world)
        shots: list[Shot] = []
        ordering = asyncio.create_task(
            open_loop(crowd.buy, rate=ORDERS_PER_S, duration_s=3.0, on_shot=shots.append)
        )
        if point.startswith("timer."):
            await shop.pause("inventory", for_s=STEP_TIMEOUT_S + 1)
        async with asyncio.timeout(HIT_WAIT_S):
            await RangeStriker(shop).strike(service, point)  # hangs, and so fails, without a hit
        await ordering
        await crowd.finish()
        async with asyncio.timeout(END_WAIT_S):
            await wait_until_ended(crowd.accepted, caller, set())
        facts = await read_facts(caller, status)
    judgements = [
        one_final_state(crowd.accepted, facts.orders),
        money_conserved(facts.orders, facts.ledger),
        stock_conserved(facts.orders, facts.stock, arrivals(1000, PIECES)),
        no_effect_twice(facts.ledger),
        handled_once(facts.messages),
    ]
    assert [j for j in judgements if j.verdict is not Verdict.PASS] == []
    assert crowd.accepted
