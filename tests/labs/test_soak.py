"""A quarter of an hour of orders and random faults: nothing is lost and nothing leaks."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import psutil
import pytest

from practicum.faults.drawing import Wishes, draw_plan
from practicum.labs.hazards import targets_of
from practicum.servers.client import RangeClient
from practicum.stress.storm import storm
from worlds.live_shop import Trial, impatient, shop_range

pytestmark = pytest.mark.prove(minutes=17)

SOAK_S = float(os.environ.get("PRACTICUM_SOAK_S", "900"))
CALM_EVERY = 6
"""After so many storms there is a rest, in which processes are weighed."""
STORM = Wishes(duration_s=40.0, per_minute=15.0, budget=2)
RATE = 15.0
REST_S = 20.0
"""Longer than clients keep idle connections."""
KILOBYTE = 1024
GROWTH_KB_MAX = 25 * KILOBYTE
"""Per process, between the first rest and the last. What a service keeps of past orders in its
caches ends at 20,000 of them."""
HANDLES_MORE_MAX = 12


class Weight(msgspec.Struct, frozen=True):
    """A process with its descendants at rest."""

    pid: int
    pss_kb: int
    handles: int
    processes: int


async def test_a_quarter_of_an_hour_of_random_faults_loses_nothing_and_leaks_nothing(
    tmp_path: Path,
) -> None:
    """Storms drawn from seeds follow one another while orders flow; the books agree at the end,
    and no process has grown, holds more handles or has left children behind."""
    seeds = itertools.count()
    async with shop_range(tmp_path, "soak") as client, Trial.at(client) as trial:
        targets = targets_of(await client.status(), impatient())
        loop = asyncio.get_running_loop()
        end = loop.time() + SOAK_S
        weights: list[Mapping[str, Weight]] = []
        seen: set[str] = set()
        while loop.time() < end:
            for seed in itertools.islice(seeds, CALM_EVERY):
                plan = draw_plan(seed, STORM, targets)
                ordering = asyncio.create_task(trial.order(rate=RATE, duration_s=STORM.duration_s))
                seen |= {fault.fault.kind for fault in await storm(plan, client)}
                await ordering
                if loop.time() >= end:
                    break
            await trial.until_ended()
            await asyncio.sleep(REST_S)
            weights.append(await _weigh(client))
            print(_told(len(trial.crowd.accepted), weights[-1]), flush=True)
        assert await trial.failures() == []
        assert len(seen) >= 7, f"only {sorted(seen)} ever struck"
        assert _leaks(weights[0], weights[-1]) == []
    assert _processes_of(tmp_path) == []


async def _weigh(client: RangeClient) -> Mapping[str, Weight]:
    status = await client.status()
    pids = {member.name: member.pid for member in status.members if member.pid is not None}
    return {name: _weight(pid) for name, pid in {**pids, "supervisor": status.pid}.items()}


def _weight(pid: int) -> Weight:
    process = psutil.Process(pid)
    # The supervisor's children are the members, which are weighed by themselves.
    family = [process]
    if "supervisor" not in " ".join(process.cmdline()):
        family += process.children(recursive=True)
    return Weight(
        pid=pid,
        pss_kb=sum(each.memory_full_info().pss for each in family) // KILOBYTE,
        handles=process.num_fds(),
        processes=len(family),
    )


def _leaks(first: Mapping[str, Weight], last: Mapping[str, Weight]) -> list[str]:
    """What has grown more than it may, in words."""
    found = [f"{name} is missing" for name in first.keys() - last.keys()]
    for name, now in last.items():
        then = first[name]
        # PostgreSQL's shared buffers fill up to their size, and NATS and the receiver keep data.
        if name != "postgres" and now.pss_kb - then.pss_kb > GROWTH_KB_MAX:
            found.append(f"{name} grew from {then.pss_kb} to {now.pss_kb} kB")
        if now.handles - then.handles > HANDLES_MORE_MAX:
            found.append(f"{name} had {then.handles} handles, now {now.handles}")
        if name != "postgres" and now.processes > then.processes:
            found.append(f"{name} had {then.processes} processes, now {now.processes}")
    return found


def _told(orders: int, weights: Mapping[str, Weight]) -> str:
    cells = (f"{n} {w.pss_kb // KILOBYTE} MB {w.handles} fds" for n, w in weights.items())
    return f"{orders} orders: {', '.join(cells)}"


def _processes_of(folder: Path) -> list[str]:
    """Command lines that name the folder: whatever the range has left behind."""
    lines = (" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))
    return [line for line in lines if str(folder) in line]
