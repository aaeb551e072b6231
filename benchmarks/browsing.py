"""A thousand people who look at the catalog, each with a pause between two looks."""

from __future__ import annotations

import asyncio

from benchmarks.measuring import Figure, calibrate
from benchmarks.ranges import new_range
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.service.live.clock import LiveWorld
from practicum.service.world import new_id
from practicum.shop.manifest import MANIFEST
from practicum.stress.arrivals import steady
from practicum.stress.driver import Assignment
from practicum.stress.load import LoadReport, drive

USERS = 1_000
THINK_S = 2.0
WARM_S, MEASURED_S = 3.0, 20.0
SOURCE = "practicum.labs.load:visitors"


def measure(rounds: int) -> list[Figure]:
    """Latencies as the users meet them, corrected for coordinated omission."""
    loops, reports, pss = [], [], []
    for number in range(rounds):
        loops.append(calibrate())
        report, pss_mb = asyncio.run(one_round())
        reports.append(report)
        pss.append(pss_mb)
        print(f"  round {number + 1} of {rounds}: p99 {report.latency.p99_ms:.1f} ms", flush=True)
    latencies = {
        "p50": tuple(report.latency.p50_ms for report in reports),
        "p99": tuple(report.latency.p99_ms for report in reports),
        "p99.9": tuple(report.latency.p999_ms for report in reports),
    }
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=f"{USERS:,} users browsing, {name}", unit="ms", rounds=each)
            for name, each in latencies.items()
        ),
        Figure(
            name="requests answered well",
            unit="1/s",
            rounds=tuple(report.achieved_rate for report in reports),
        ),
        Figure(
            name="requests failed",
            unit="requests",
            rounds=tuple(float(report.sent - report.good) for report in reports),
            promise=0,
        ),
        Figure(name="all processes, PSS", unit="MB", rounds=tuple(pss), promise=1000),
    ]


async def one_round() -> tuple[LoadReport, float]:
    """The load's report, and what all processes of the range weigh under it, in MB."""
    async with new_range(MANIFEST) as client:
        await browse(client, WARM_S)
        report = await browse(client, MEASURED_S)
        status = await client.status()
        return report, sum(member.pss_bytes for member in status.members) / 1e6


async def browse(client: RangeClient, duration_s: float) -> LoadReport:
    """All users at once, for so long."""
    assignment = Assignment(
        peers=dict(addresses(await client.status())),
        source=SOURCE,
        settings={"kind": "browse", "run": new_id(LiveWorld())[-12:]},
        profile=steady(USERS / THINK_S, duration_s),
        users=USERS,
        think_s=THINK_S,
    )
    return await drive(assignment, lambda _: None)
