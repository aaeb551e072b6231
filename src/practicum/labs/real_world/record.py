"""What lives write down while they run, line by line, and what comes of it.

Every life has a file of its own, and every line is one write: what was written before a process
is killed is there, and a line that it was killed in is no line. Times are of the machine's
monotonic clock, which all processes share, so that the lines of all files have one order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from practicum.labs.real_world.wire import Line, Recorded, pack, unpack
from practicum.simulation.history import Event

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class Record:
    """Where one life writes; ``number`` is its name's, which may hold any characters."""

    def __init__(self, folder: Path, number: int, life: int) -> None:
        path = folder / f"{number}.{life}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, line: Line) -> None:
        """Add a line."""
        os.write(self._file, msgspec.json.encode(line) + b"\n")

    def event(self, event: Event) -> None:
        """Add an event of the history."""
        data = pack((event.value, event.key))
        self.write(Recorded(event.type, event.process, event.kind, data, event.time_s))


def lines(folder: Path) -> Iterator[Line]:
    """All that the lives of a run wrote, file by file."""
    for path in sorted(folder.glob("*.jsonl")):
        *whole, _ = path.read_bytes().split(b"\n")
        for line in whole:
            yield _DECODER.decode(line)


def events(folder: Path) -> list[Event]:
    """The history of a run, in the order of time. Only for a process of that run."""
    found = [line for line in lines(folder) if isinstance(line, Recorded)]
    found.sort(key=lambda line: line.time_s)
    history = []
    for number, line in enumerate(found, 1):
        value, key = unpack(line.data)
        event = (line.type, line.process, line.kind, value, key, line.time_s, number)
        history.append(Event(*event))  # type: ignore[arg-type]  # its type is one of an event
    return history
