"""What a process may take from the machine when it runs somebody's unfinished code.

The kernel limits the sizes. Processes it can only count by user, and not at all for root, so
the interpreter is asked about each one before it is started.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import IO

import msgspec

_STARTS = ("os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen")
_SPARE_PROCESSES = 512
"""Other programs of the same user start threads too, and each counts."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """``address_bytes`` of address space, ``file_bytes`` for each file, ``processes`` started
    in all by the process and its descendants."""

    address_bytes: int = 4 << 30
    file_bytes: int = 256 << 20
    processes: int = 64


class Exceeded(Exception):
    """More than the limit; raised where code of ours would have gone beyond it."""


def in_words(size: int) -> str:
    """``256 MB``, ``4 GB``."""
    return f"{size >> 30} GB" if size >= 1 << 30 else f"{size >> 20} MB"


def place_in(files: Iterable[str], frame: FrameType | None) -> str:
    """`` (in FILE, line 3)``: the innermost place in one of the files; empty if in none."""
    wanted = set(files)
    while frame is not None:
        if frame.f_code.co_filename in wanted:
            return f" (in {Path(frame.f_code.co_filename).name}, line {frame.f_lineno})"
        frame = frame.f_back
    return ""


def limit_sizes(limits: Limits) -> None:
    """Memory beyond the limit is a MemoryError, a longer file an OSError."""
    # Of memory only the soft limit, so that there is some left to tell of it: `leave_room`.
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_within(limits.address_bytes, hard), hard))
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_CORE, 0)


def leave_room() -> None:
    """After a MemoryError: take back the limit of `limit_sizes`."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _lower(what: int, to: int) -> None:
    _, hard = resource.getrlimit(what)
    limit = _within(to, hard)
    resource.setrlimit(what, (limit, limit))


def _within(limit: int, hard: int) -> int:
    return limit if hard == resource.RLIM_INFINITY else min(limit, hard)


def limit_processes(limits: Limits, exceeded: Callable[[str], None]) -> None:
    """Call ``exceeded`` with a reason when one process more than the limit is to be started.

    The count is shared with all descendants, since a fork bomb is many processes that start
    few each. What starts processes without Python is left to whoever watches from outside.
    """
    count = mmap.mmap(-1, 8)  # shared with the descendants

    def started(event: str, _arguments: object) -> None:
        if event in _STARTS:
            (before,) = struct.unpack_from("q", count)
            struct.pack_into("q", count, 0, before + 1)
            if before >= limits.processes:
                exceeded(f"started more than {limits.processes} processes")

    sys.addaudithook(started)
    if os.geteuid() != 0 and sys.platform == "linux":
        _lower(resource.RLIMIT_NPROC, _tasks_of_user() + limits.processes + _SPARE_PROCESSES)


def _tasks_of_user() -> int:
    """Threads of all processes of this user, which is what the kernel counts."""
    me, total = os.geteuid(), 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == me:  # noqa: PTH116
                    total += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
            except OSError:
                continue
    return total


def on_long_file(limits: Limits, exceeded: Callable[[str], None], stacks: IO[str]) -> None:
    """Call ``exceeded`` with a reason when a file would become too long. Before that, what is
    running is written to ``stacks``: when Python gets round to it, the line has been left."""
    reason = f"wrote a file of more than {in_words(limits.file_bytes)}"
    signal.signal(signal.SIGXFSZ, lambda _number, _frame: exceeded(reason))
    faulthandler.register(signal.SIGXFSZ, stacks, all_threads=False, chain=True)


def place_in_dump(files: Iterable[str], stacks: Path) -> str:
    """As `place_in`, of what faulthandler wrote last."""
    wanted = {f'  File "{file}", line ': file for file in files}
    dump = stacks.read_text(errors="replace").rpartition("(most recent call first)")[2]
    for line in dump.splitlines():
        for head, file in wanted.items():
            if line.startswith(head):
                return f" (in {Path(file).name}, line {line.removeprefix(head).split()[0]})"
    return ""
