"""What code in the sandbox may use, and how it ended."""

from __future__ import annotations

import resource
from typing import Literal

import msgspec

Limit = Literal["cpu", "wall", "memory", "processes", "output", "file size", "disk"]

THREAD_STACK_BYTES = 8 << 20
"""Writable memory that a thread asks for, though it uses little of it."""

_SPARE_PROCESSES = 8

_LAST_WORDS: dict[str, Limit] = {
    "MemoryError": "memory",
    "Cannot allocate memory": "memory",
    "can't start new thread": "processes",
    "Cannot fork": "processes",
    "Resource temporarily unavailable": "processes",
    "File too large": "file size",
    "No space left on device": "disk",
}
_SIGNALS: dict[int, Limit] = {24: "cpu", 25: "file size"}
"""SIGXCPU and SIGXFSZ."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """``cpu_s`` seconds of processor time by all processes together, ``wall_s`` seconds from
    their start; ``memory_bytes`` in use at once, ``processes`` (threads count too),
    ``file_bytes`` for each file, ``disk_bytes`` for all, ``open_files`` for each process, and
    ``output_bytes`` for each of stdout and stderr."""

    cpu_s: float = 5.0
    wall_s: float = 30.0
    memory_bytes: int = 256 << 20
    processes: int = 32
    file_bytes: int = 16 << 20
    disk_bytes: int = 64 << 20
    open_files: int = 64
    output_bytes: int = 1_000_000


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    ``code`` is the exit code, 128 and more for a signal, None if the run was ended from
    outside. ``limit`` is what ended it, or what was refused to it so that it failed. ``stdout``
    and ``stderr`` are as long as ``Limits.output_bytes``; more was written if ``cut``.
    ``memory_bytes`` is the most that was seen in use. ``queued_s`` is the time in which it could
    have run and another had the processor (None where the kernel does not count it).

    ``starved``: it proves nothing, since the machine had no time for it; run it again.
    """

    limits: Limits
    code: int | None
    limit: Limit | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    cut: bool = False
    cpu_s: float
    wall_s: float
    memory_bytes: int = 0
    queued_s: float | None = None
    starved: bool = False

    @property
    def good(self) -> bool:
        """Whether it ended by itself, within its limits, and said that all is well."""
        return self.code == 0 and self.limit is None

    @property
    def said(self) -> str:
        """What it printed, as text."""
        return self._text(self.stdout)

    @property
    def complained(self) -> str:
        """What it wrote to stderr, as text."""
        return self._text(self.stderr)

    def _text(self, data: bytes) -> str:
        text = data.decode("utf-8", "replace")
        if self.cut and len(data) >= self.limits.output_bytes:
            text += f"\n[... cut after {in_words(self.limits.output_bytes)}]\n"
        return text

    @property
    def sentence(self) -> str:
        """How it ended, for who wrote it."""
        if self.starved and self.limit is None:
            return "something outside ended it; nothing is known yet, run it again"
        if self.starved:
            return (
                f"the machine was too busy: it gave your code {self.cpu_s:.1f} s of processor time "
                f"in {self.wall_s:.0f} s; nothing is known yet, run it again"
            )
        if self.limit is not None:
            return _in_words(self.limit, self)
        if self.code == 0:
            return "it ended well"
        if self.code is not None and self.code > 128:
            return f"it was ended by signal {self.code - 128}"
        return f"it ended with exit code {self.code}"


def _in_words(limit: Limit, ran: Ran) -> str:
    limits = ran.limits
    return {
        "cpu": f"it used more than {limits.cpu_s:g} seconds of processor time",
        "wall": (
            f"it did not end within {limits.wall_s:g} seconds, of which it used the processor for "
            f"{ran.cpu_s:.2f}: it waits for something that does not come"
        ),
        "memory": f"it used more than {in_words(limits.memory_bytes)} of memory",
        "processes": f"it had more than {limits.processes} processes and threads at once",
        "output": f"it printed more than {in_words(limits.output_bytes)}",
        "file size": f"it wrote a file of more than {in_words(limits.file_bytes)}",
        "disk": f"its files took more than {in_words(limits.disk_bytes)}",
    }[limit]


def in_words(size: int) -> str:
    """``256 MB``."""
    if size >= 1 << 20 and size % (1 << 20) == 0:
        return f"{size >> 20} MB"
    return f"{size / 1e6:g} MB"


def refused_limit(code: int | None, stderr: bytes) -> Limit | None:
    """The limit that made a program fail by itself: a signal, or an error in its last words.
    One without a ``code`` did not end."""
    if code == 0:
        return None
    if code is not None and code - 128 in _SIGNALS:
        return _SIGNALS[code - 128]
    last = stderr.rstrip().rpartition(b"\n")[2].decode("utf-8", "replace")
    return next((limit for words, limit in _LAST_WORDS.items() if words in last), None)


def resource_limits(limits: Limits, *, gated: bool, files: int = 0) -> list[str]:
    """The launcher's ``limit`` keys. The kernel alone keeps each process within them; what all
    use together is watched (`watching`), and watched more closely, so that these strike only
    where the watch comes late.

    ``gated`` counts the processes of a sandbox. Elsewhere the kernel would count all those of
    the user, and the watch must do.
    """
    cpu = int(limits.cpu_s) + 1  # whole seconds are all that the kernel knows
    stacks = limits.processes * THREAD_STACK_BYTES
    wanted = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_FSIZE: (limits.file_bytes, limits.file_bytes),
        resource.RLIMIT_DATA: (limits.memory_bytes + stacks,) * 2,
        resource.RLIMIT_AS: (4 * limits.memory_bytes + stacks + (1 << 30),) * 2,
        resource.RLIMIT_STACK: (THREAD_STACK_BYTES,) * 2,
        resource.RLIMIT_CORE: (0, 0),
        # bubblewrap must still be able to open something while it holds our files.
        resource.RLIMIT_NOFILE: (max(limits.open_files, files + 32),) * 2,
    }
    if gated:
        # With room for the sandbox's first process, and for the watch to see that there are more.
        wanted[resource.RLIMIT_NPROC] = (limits.processes + 1 + _SPARE_PROCESSES,) * 2
    return [f"limit={what}:{soft}:{hard}" for what, (soft, hard) in wanted.items()]
