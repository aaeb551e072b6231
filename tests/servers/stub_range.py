"""Ranges for tests: what the stub services are, and waiting for what happens to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from practicum.servers.client import RangeClient
from practicum.servers.guardian import process_table, start_of, tree
from practicum.servers.ranges import Options
from practicum.service.manifest import Manifest, ServiceSpec

STUBS = Manifest(
    name="stubs",
    edge="order",
    services=(
        ServiceSpec(name="order", module="x", calls=("payment",), after=("payment",)),
        ServiceSpec(name="payment", module="x", settings={"grandchild": True}),
    ),
)
OPTIONS = Options(host_module="servers.stub_host")

Up = Callable[..., Awaitable[RangeClient]]


async def eventually(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    """Wait for a condition instead of for a time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.02)


async def until_ready(client: RangeClient, process: str, not_pid: int | None = None) -> None:
    """Wait until a process is ready, in another life than that of ``not_pid``."""
    async with asyncio.timeout(60):
        while True:
            member = next(m for m in (await client.status()).members if m.name == process)
            if member.state == "ready" and member.pid != not_pid:
                return
            await asyncio.sleep(0.02)


async def all_processes(client: RangeClient) -> dict[int, str]:
    """Pid and start time of every process below the supervisor, and of its own."""
    status, table = await client.status(), process_table()
    found = tree(table, status.pid, start_of(status.pid) or "")
    for member in status.members:
        if member.pid:
            found |= tree(table, member.pid, table[member.pid].start)
    return found


def alive(processes: dict[int, str]) -> list[int]:
    """Those that still live, told from later processes with the same pid."""
    return [pid for pid, start in processes.items() if start_of(pid) == start]
