"""Kill a real process at every declared crash point, and find nothing lost.

The points come from the registry, so that a new one is tested as soon as it is declared; a point
that is not hit fails its test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from practicum.servers.client import RangeClient
from worlds.live_shop import STEP_TIMEOUT_S, RangeStriker, Trial, crash_cases, shop_range

HIT_WAIT_S = 30.0
ORDERS_PER_S = 40.0

CASES = crash_cases()
NAMES = [f"{point}@{service}" for service, point in CASES]
ONE_OF_EACH = {point: (service, point) for service, point in CASES}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("crash-range"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RangeClient]:
    """A range of this module's own."""
    async with shop_range(tmp_path_factory.mktemp("home"), "crash") as client:
        yield client


async def kill_and_judge(shop: RangeClient, service: str, point: str, hit: int) -> None:
    """Order, let the service die the ``hit``-th time that it reaches the point, and judge."""
    async with Trial.at(shop) as trial:
        # Few orders are refunded; on a slow machine most of those are cancelled before the charge.
        more_s = hit * (2.0 if point.endswith("refunded") else 0.1)
        ordering = asyncio.create_task(trial.order(rate=ORDERS_PER_S, duration_s=3 + more_s))
        if point.startswith("timer."):
            await shop.pause("inventory", for_s=STEP_TIMEOUT_S + 1)
        async with asyncio.timeout(HIT_WAIT_S):
            # Returns only when the point was hit: without a hit the test fails here.
            await RangeStriker(shop).strike(service, point, hit)
        await ordering
        assert await trial.failures() == []
        assert trial.crowd.accepted


@pytest.mark.parametrize(("service", "point"), ONE_OF_EACH.values(), ids=ONE_OF_EACH)
async def test_a_service_killed_at_a_crash_point_loses_nothing(
    shop: RangeClient, service: str, point: str
) -> None:
    """The point is hit, every accepted order ends, and money, stock and messages add up."""
    await kill_and_judge(shop, service, point, 1)


@pytest.mark.prove
@pytest.mark.parametrize("hit", [1, 2, 3, 5])
@pytest.mark.parametrize(("service", "point"), CASES, ids=NAMES)
async def test_whichever_service_is_killed_and_whenever_nothing_is_lost(
    shop: RangeClient, service: str, point: str, hit: int
) -> None:
    """Every service that has the point, at first and when queues and windows are full."""
    await kill_and_judge(shop, service, point, hit)
