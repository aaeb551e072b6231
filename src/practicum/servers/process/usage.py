"""What a process and its descendants take from the machine."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import msgspec
import psutil

from practicum.servers.guardian import Table, tree

_PAGE_BYTES = resource.getpagesize()


class Usage(msgspec.Struct, frozen=True):
    """``cpu_percent`` of one core since the last look; ``pss_bytes`` is memory with shared
    pages divided among those who share them (resident memory where the system has no PSS)."""

    cpu_percent: float
    pss_bytes: int


def pss_bytes(pid: int) -> int:
    """Proportional memory of one process; 0 when it is gone or not ours to see."""
    if sys.platform == "linux":
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        except OSError:
            pass
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def rss_bytes(pid: int) -> int:
    """Resident memory, shared or not: a quick upper bound. 0 when the process is gone."""
    if sys.platform == "linux":
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
        except OSError:
            return 0
    return pss_bytes(pid)


class Meter:
    """Measures one child, again and again."""

    def __init__(self) -> None:
        self._last: dict[int, float] = {}
        self._looked_at: float | None = None

    def look(self, table: Table, leader: tuple[int, str], now: float) -> Usage:
        """What the child takes; ``now`` is of a monotonic clock, in seconds."""
        spent: dict[int, float] = {}
        memory = 0
        for pid in tree(table, *leader):
            memory += pss_bytes(pid)
            try:
                times = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            spent[pid] = times.user + times.system
        used = sum(seconds - self._last.get(pid, 0.0) for pid, seconds in spent.items())
        since = now - self._looked_at if self._looked_at is not None else None
        self._last, self._looked_at = spent, now
        percent = 100 * used / since if since else 0.0
        return Usage(round(percent, 1), memory)
