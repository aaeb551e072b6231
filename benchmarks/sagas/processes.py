"""Programs of the engines as children that die with us, and what processes cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import psutil

from benchmarks.sagas.closed_loop import Lap
from practicum.servers.process.child import Child
from practicum.servers.process.launching import Launch, last_words
from practicum.servers.process.usage import pss_bytes

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 60.0
GRACE_S = 10.0


class EngineFailed(Exception):
    """An engine's program ended or fell silent; the message holds its last words."""


class Program:
    """A running program; those that drive sagas report their laps."""

    def __init__(self, child: Child, log: Path, reports: asyncio.Queue[dict[str, Any]]) -> None:
        self.pid = child.pid
        self._child = child
        self._log = log
        self._reports = reports
        self._ended = asyncio.create_task(child.ended())

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, log: Path, *command: str) -> AsyncIterator[Program]:
        """Start it, and end it at the end of the block."""
        reports: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        launch = Launch(program=command, environment=environment, log=log)
        program = cls(await Child.born(launch, reports.put_nowait), log, reports)
        try:
            yield program
        finally:
            await program._child.stop(signal.SIGTERM, GRACE_S)
            await program._ended

    async def report(self, timeout_s: float = READY_TIMEOUT_S) -> dict[str, Any]:
        """Its next report; `EngineFailed` when none comes."""
        heard = asyncio.create_task(self._reports.get())
        waited = {heard, self._ended}
        await asyncio.wait(waited, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if heard.done():
            return heard.result()
        heard.cancel()
        state = "ended" if self._ended.done() else f"said nothing for {timeout_s:g} s"
        raise EngineFailed(f"it {state}:\n{last_words(self._log, 5)}")

    async def lap(self, in_flight: int, duration_s: float) -> Lap:
        """Let it run a lap."""
        self._child.tell({"in_flight": in_flight, "duration_s": duration_s})
        return Lap(**await self.report(duration_s + READY_TIMEOUT_S))


class Cost(msgspec.Struct, frozen=True):
    """CPU time so far and memory (PSS) of processes with all their descendants."""

    cpu_s: float
    memory_bytes: int


def cost(pids: Iterable[int]) -> Cost:
    """What the processes took; those that are gone took nothing."""
    family: set[int] = set()
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(pid)
            family |= {pid, *(child.pid for child in leader.children(recursive=True))}
    cpu_s = 0.0
    for pid in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            cpu_s += times.user + times.system
    return Cost(cpu_s, sum(pss_bytes(pid) for pid in family))
