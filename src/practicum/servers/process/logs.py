"""Log files of the processes: each writes its own, the supervisor keeps them small."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

LOG_BYTES_MAX = 20_000_000
_BLOCK = 65_536


def open_log(path: Path) -> int:
    """A descriptor to hand to a child; the file is its owner's only, and is appended to."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, oldest first; none if there is no such file."""
    if lines <= 0:
        return []
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            data = b""
            while position > 0 and data.count(b"\n") <= lines:
                step = min(_BLOCK, position)
                position = file.seek(position - step)
                data = file.read(step) + data
    except FileNotFoundError:
        return []
    return data.decode(errors="replace").splitlines()[-lines:]


def shorten(path: Path, bytes_max: int = LOG_BYTES_MAX) -> bool:
    """Move a log that is too large aside as ``NAME.1`` and start it anew.

    By copy and truncate, because the writer keeps its descriptor. What it writes between the
    two is lost; that is the price of needing nothing from the writer.
    """
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size <= bytes_max:
            return False
        old = path.with_name(path.name + ".1")
        shutil.copyfile(path, old)
        old.chmod(0o600)
        os.truncate(path, 0)
        return True
    return False


def curb(path: Path, bytes_kept: int, dropped_before: int = 0) -> int:
    """Keep the end of a log, below a line that says how much was dropped in all; returns how
    much was dropped now. Nobody may write meanwhile."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        dropped = file.seek(max(size - bytes_kept, 0))
        kept = file.read()
        total = (dropped_before + dropped) / 1e6
        note = f"--- {total:.1f} MB before this line were dropped: the log grew too fast ---\n"
        file.seek(0)
        file.write(note.encode() + kept)
        file.truncate()
    return dropped


def follow(path: Path, position: int) -> Iterator[tuple[str, int]]:
    """Whole lines written after ``position``, each with the position behind it."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < position:
            position = 0
        file.seek(position)
        for line in file:
            if not line.endswith(b"\n"):
                return
            position += len(line)
            yield line.decode(errors="replace").rstrip("\n"), position
