"""Appending to a record until one is killed, and saying what was acknowledged."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from practicum.archive.postgres import PostgresRecord
from practicum.archive.sql import SqlRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.learner.record import Noted
from practicum.service.crash import on_crash_point
from worlds.records import noted


def batch(person: str, number: int) -> list[Noted]:
    """One to three entries, by the number of the batch."""
    return [
        noted(person=person, entry_id=f"{person}-{number}-{part}") for part in range(1 + number % 3)
    ]


def record_at(place: str) -> SqlRecord:
    """The record of that path, or in a schema (``#SCHEMA``) of that database."""
    if place.startswith("postgresql://"):
        url, _, schema = place.partition("#")
        return PostgresRecord(url, schema=schema)
    return SqliteRecord(Path(place))


def die_at(point: str, hit: int) -> None:
    """Kill this process when it comes to a crash point for the ``hit``-th time."""
    left = hit

    def reached(name: str) -> None:
        nonlocal left
        left -= name == point
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    on_crash_point(reached)


def main(place: str, person: str, first: str, count: str, point: str = "", hit: str = "1") -> None:
    """Append ``count`` batches, and write the number of each to stdout when it is acknowledged.
    Dies on coming to ``point`` for the ``hit``-th time."""
    if point:
        die_at(point, int(hit))
    record = record_at(place)
    for number in range(int(first), int(first) + int(count)):
        record.append(batch(person, number))
        os.write(1, b"%d\n" % number)
