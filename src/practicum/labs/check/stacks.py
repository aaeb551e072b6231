"""Where a process was when it was asked with SIGUSR1: what faulthandler wrote, read back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from practicum.labs.check.trial import Place

_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in ')


def blocks(lines: Iterable[str]) -> list[list[Place]]:
    """One list for each thread, as they were written (the main thread last), the innermost
    place first."""
    found: list[list[Place]] = []
    for line in lines:
        if match := _FRAME.match(line):
            if found:
                found[-1].append(Place(match["file"], int(match["line"])))
        elif "hread 0x" in line or line.startswith("Stack (most recent call first)"):
            found.append([])
    return found


def where_in(lines: Iterable[str], files: Collection[str]) -> Place | None:
    """The innermost place in one of the files, of the main thread if it is there at all."""
    for block in reversed(blocks(lines)):
        for place in block:
            if place.file in files:
                return place
    return None
