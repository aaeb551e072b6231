"""Was the machine itself well while something ran on it? Looked at from outside of the range.

A shop that was slow because nobody gave it a processor proves nothing about its code. So the
machine is watched during each run: what others took of its processors, how late our own event
loop was woken, how long the disk took to make a byte safe, whether the wall clock jumped.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec

TICK_S = 0.05
DISK_EVERY_TICKS = 10
LATE_S = 0.1
RUNNING_PER_CORE_MAX = 4.0
STEAL_MAX, IOWAIT_MAX, LATE_SHARE_MAX = 0.1, 0.35, 0.1
DISK_MS_MAX, CLOCK_JUMP_S_MAX = 400.0, 0.5


class MachineSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Shares are from 0 to 1 of all processor time. ``running_per_core`` counts the processes
    that run or want to, on average; ``late_share`` is how many of our own wake-ups came more
    than `LATE_S` late. ``disk_ms`` is the slowest fdatasync but one."""

    seconds: float
    cores: int
    running_per_core: float
    load_per_core: float
    steal: float
    iowait: float
    late_share: float
    late_ms_max: float
    disk_ms: float
    clock_jump_s: float

    @property
    def troubles(self) -> tuple[str, ...]:
        """What was so bad that a failure may be its doing, in words; empty if nothing was."""
        limits = (
            (
                self.running_per_core > RUNNING_PER_CORE_MAX,
                f"{self.running_per_core:.1f} processes wanted each of the {self.cores} "
                f"processors at a time (up to {RUNNING_PER_CORE_MAX:g} is well)",
            ),
            (
                self.steal > STEAL_MAX,
                f"the host took {self.steal:.0%} of the processor time away "
                f"(up to {STEAL_MAX:.0%} is well)",
            ),
            (
                self.iowait > IOWAIT_MAX,
                f"the processors waited for the disk {self.iowait:.0%} of the time "
                f"(up to {IOWAIT_MAX:.0%} is well)",
            ),
            (
                self.late_share > LATE_SHARE_MAX,
                f"{self.late_share:.0%} of the moments to act came more than "
                f"{LATE_S * 1000:g} ms late (up to {LATE_SHARE_MAX:.0%} is well)",
            ),
            (
                self.disk_ms > DISK_MS_MAX,
                f"the disk took {self.disk_ms:.0f} ms to make a write safe "
                f"(up to {DISK_MS_MAX:g} ms is well)",
            ),
            (
                self.clock_jump_s > CLOCK_JUMP_S_MAX,
                f"the wall clock jumped by {self.clock_jump_s:.1f} s",
            ),
        )
        return tuple(words for is_bad, words in limits if is_bad)


class CpuTimes(msgspec.Struct, frozen=True):
    """Seconds of all processors together, since the machine started."""

    total: float
    iowait: float
    steal: float


def read_cpu(text: str) -> CpuTimes:
    """From the text of ``/proc/stat``; all zero where there is none."""
    for line in text.splitlines():
        name, *numbers = line.split()
        if name == "cpu":
            # Guest time, the last two, is counted in user time already.
            ticks = [int(number) for number in numbers][:8]
            ticks += [0] * (8 - len(ticks))
            return CpuTimes(sum(ticks), ticks[4], ticks[7])
    return CpuTimes(0, 0, 0)


def read_running(text: str) -> int:
    """How many processes run or want to, ourselves left out, from ``/proc/stat``."""
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        if name == "procs_running":
            return max(0, int(number) - 1)
    return 0


class Watch:
    """Looks at the machine again and again; `seen` sums it up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._began_s, self._wall_s = time.monotonic(), time.time()
        self._before = read_cpu(_stat())
        self._running: list[int] = []
        self._late_s: list[float] = []
        self._disk_ms: list[float] = []
        self._jump_s = 0.0

    async def look(self) -> None:
        """Go on until cancelled."""
        loop = asyncio.get_running_loop()
        disk: asyncio.Future[float] | None = None
        count = 0
        while True:
            due_s = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self._late_s.append(max(0.0, loop.time() - due_s))
            self._running.append(read_running(_stat()))
            drift_s = (time.time() - self._wall_s) - (time.monotonic() - self._began_s)
            self._jump_s = max(self._jump_s, abs(drift_s))
            count += 1
            if disk is not None and disk.done():
                self._disk_ms.append(disk.result())
                disk = None
            if disk is None and count % DISK_EVERY_TICKS == 0:
                disk = loop.run_in_executor(None, sync_ms, self._folder)

    def seen(self) -> MachineSeen:
        """Everything since the watch began."""
        now, before = read_cpu(_stat()), self._before
        total = max(1.0, now.total - before.total)
        cores = os.cpu_count() or 1
        late = [seconds for seconds in self._late_s if seconds > LATE_S]
        slowest = sorted(self._disk_ms)[-2:] or [0.0]
        return MachineSeen(
            seconds=round(time.monotonic() - self._began_s, 1),
            cores=cores,
            running_per_core=round(_mean(self._running) / cores, 2),
            load_per_core=round(os.getloadavg()[0] / cores, 2),
            steal=round((now.steal - before.steal) / total, 3),
            iowait=round((now.iowait - before.iowait) / total, 3),
            late_share=round(len(late) / max(1, len(self._late_s)), 3),
            late_ms_max=round(max(self._late_s, default=0.0) * 1000, 1),
            disk_ms=round(slowest[0], 1),
            clock_jump_s=round(self._jump_s, 3),
        )


@contextlib.asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[Watch]:
    """A watch for as long as the block lasts; ``folder`` is where the disk is tried."""
    watch = Watch(folder)
    looking = asyncio.create_task(watch.look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def sync_ms(folder: Path) -> float:
    """Milliseconds until a small write in the folder is safe; 0 if it cannot be tried."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 512)
            file.flush()
            began_s = time.monotonic()
            os.fdatasync(file.fileno())
            return (time.monotonic() - began_s) * 1000
    except OSError:
        return 0.0


def as_figures(seen: MachineSeen) -> Mapping[str, float]:
    """The numbers by their names."""
    return {name: float(value) for name, value in msgspec.structs.asdict(seen).items()}


def _stat() -> str:
    try:
        return Path("/proc/stat").read_text()
    except OSError:
        return ""


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0
