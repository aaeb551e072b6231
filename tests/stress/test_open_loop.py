"""Open-loop load: requests start on time, and lateness is part of the figure."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.stress.open_loop import Shot, open_loop, percentile
from worlds.virtual_time import in_virtual_time


@in_virtual_time
async def test_requests_start_when_they_are_due_though_none_has_ended() -> None:
    """Ten a second, each taking a minute: a closed loop would have sent one."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    started: list[float] = []
    shots: list[Shot] = []

    async def shoot(number: int) -> None:
        started.append(loop.time() - began)
        await asyncio.sleep(60)

    await open_loop(shoot, rate=10, duration_s=2, on_shot=shots.append)
    assert started == pytest.approx([n / 10 for n in range(20)])
    assert [shot.latency_s for shot in shots] == pytest.approx([60] * 20)
    assert loop.time() - began == pytest.approx(61.9)


@in_virtual_time
async def test_a_failed_request_is_noted_and_stops_nothing() -> None:
    """Its error is told with its type."""
    shots: list[Shot] = []

    async def shoot(number: int) -> None:
        if number == 1:
            raise ValueError("no")

    await open_loop(shoot, rate=1, duration_s=3, on_shot=shots.append)
    assert [(shot.number, shot.error) for shot in shots] == [
        (0, None),
        (1, "ValueError: no"),
        (2, None),
    ]


@in_virtual_time
async def test_latency_counts_from_when_a_request_was_due() -> None:
    """The machine stands still for five seconds: what was due meanwhile is late, and says so."""
    shots: list[Shot] = []
    loop = asyncio.get_running_loop()

    async def shoot(number: int) -> None:
        if number == 0:
            loop._jumping.now += 5.0  # type: ignore[attr-defined]

    await open_loop(shoot, rate=1, duration_s=8, on_shot=shots.append)
    latencies = [shot.latency_s for shot in shots]
    assert latencies == pytest.approx([5, 4, 3, 2, 1, 0, 0, 0])


@in_virtual_time
async def test_cancelling_the_load_ends_every_request() -> None:
    """Nothing goes on behind the back of whoever stopped it."""
    under_way = 0

    async def shoot(number: int) -> None:
        nonlocal under_way
        under_way += 1
        try:
            await asyncio.sleep(600)
        finally:
            under_way -= 1

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2.5):
            await open_loop(shoot, rate=1, duration_s=60, on_shot=lambda shot: None)
    assert under_way == 0


@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(0, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], percent: float
) -> None:
    """The nearest rank: the smallest value with at least that share at or below it."""
    ordered = sorted(values)
    found = percentile(ordered, percent)
    rank = max(1, math.ceil(len(values) * percent / 100))
    assert sum(1 for value in values if value <= found) >= rank
    assert sum(1 for value in values if value < found) < rank


def test_percentiles_of_known_values() -> None:
    """The median, the ends, and nothing at all."""
    assert percentile([1, 2, 3, 4], 50) == 2
    assert (percentile([1, 2, 3, 4], 0), percentile([1, 2, 3, 4], 100)) == (1, 4)
    assert percentile(list(range(1, 1001)), 99) == 990
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
