"""What all processes of a run use together, looked at from outside.

The kernel's limits are for one process each (except the number of processes in a sandbox), and
many processes within their limits can still use up a machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from practicum.servers.guardian import process_table, start_of, tree
from practicum.servers.process.usage import pss_bytes
from practicum.servers.sandbox.limits import Limit, Limits

_TICKS = os.sysconf("SC_CLK_TCK")
_SELF_CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")


class Watch:
    """Looks at a process and all that come from it. ``spared`` of them are not the code's."""

    def __init__(self, pid: int, limits: Limits, *, spared: int = 0) -> None:
        self._pid, self._limits, self._spared = pid, limits, spared
        self._queued_ns: dict[int, int] = {}
        self.cpu_s = 0.0
        self.memory_bytes = 0
        self.can_see = sys.platform == "linux"

    @property
    def queued_s(self) -> float | None:
        """Seconds in which it was ready to run and did not; None where nobody counts them."""
        return sum(self._queued_ns.values()) / 1e9 if self._queued_ns else None

    def look(self) -> Limit | None:
        """The limit that they are beyond."""
        if not self.can_see:
            return None
        family = list(self._family())
        seen = [_use_of(pid) for pid in family]
        if sum(each.threads for each in seen) - self._spared > self._limits.processes:
            return "processes"
        self.cpu_s = max(self.cpu_s, sum(each.cpu_s for each in seen))
        if self.cpu_s > self._limits.cpu_s:
            return "cpu"
        memory = sum(each.memory_bytes for each in seen)
        if memory > self._limits.memory_bytes and len(seen) > 1:
            # Exact figures, in which what is shared counts once, are dear.
            memory = sum(map(pss_bytes, family))
        peak = max((each.peak_bytes for each in seen), default=0)
        self.memory_bytes = max(self.memory_bytes, memory, peak)
        return "memory" if self.memory_bytes > self._limits.memory_bytes else None

    def _family(self) -> Iterator[int]:
        """The process and its descendants; those of a sandbox cannot leave its first."""
        if not _SELF_CHILDREN.exists():
            yield from tree(process_table(), self._pid, start_of(self._pid) or "")
            return
        pending = [self._pid]
        while pending:
            pid = pending.pop()
            yield pid
            try:
                tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
            except OSError:
                continue
            for task in tasks:
                pending += self._look_at_task(f"/proc/{pid}/task/{task}", int(task))

    def _look_at_task(self, place: str, task: int) -> list[int]:
        """The children of a thread; meanwhile we note how long it waited for a processor."""
        try:
            schedule = Path(place, "schedstat").read_bytes().split()
            if len(schedule) > 1:
                self._queued_ns[task] = int(schedule[1])
        except OSError:
            pass
        try:
            return [int(pid) for pid in Path(place, "children").read_bytes().split()]
        except OSError:
            return []


class _Use(NamedTuple):
    """What one process uses; ``cpu_s`` is with its buried children, ``peak_bytes`` its own."""

    threads: int = 0
    cpu_s: float = 0.0
    memory_bytes: int = 0
    peak_bytes: int = 0


def _use_of(pid: int) -> _Use:
    try:
        # The name of the program stands in parentheses and may contain some itself.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    except OSError:
        return _Use()
    sizes = {line[:6]: int(line.split()[1]) << 10 for line in lines if line.startswith(b"Vm")}
    return _Use(
        int(fields[17]),
        sum(map(int, fields[11:15])) / _TICKS,
        sizes.get(b"VmRSS:", 0),
        sizes.get(b"VmHWM:", 0),
    )
