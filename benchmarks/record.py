"""The record of learners: folding 10,000 to a million events out of SQLite, appending one by one
and many at once with every commit synced, and from many processes.

The events of one person are of the four kinds that are most frequent. A fold decodes every event,
as each view does; a kept view is brought up to date with 100 events more.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measuring import Figure, calibrate
from practicum.archive.sqlite import SqliteRecord
from practicum.archive.verifying import verify
from practicum.learner.events import (
    AnyEvent,
    BlockRead,
    CardReviewed,
    HintTaken,
    QuestionAnswered,
)
from practicum.learner.record import Entry, Noted, fold

SIZES = (10_000, 100_000, 1_000_000)
PROMISED, PROMISED_S = 100_000, 1.0
PER_APPEND, SINGLE, MORE = 1000, 300, 100
PROCESSES, PER_PROCESS = 8, 100
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
EVENTS: tuple[AnyEvent, ...] = (
    CardReviewed(card="card:patterns/timeouts/deadline", rating=3, seconds=4.2),
    QuestionAnswered(
        module="patterns/timeouts", question="q-7", answer=["a", "c"], points=1.5, of=2, seconds=31
    ),
    BlockRead(module="patterns/timeouts", block="why"),
    HintTaken(lab="microservices/events/idempotent-payment", number=1),
)

Found = Iterator[tuple[str, str, float | None, bool, float]]


def measure(rounds: int) -> list[Figure]:
    """Every size in every round; a size is written once."""
    loops: list[float] = []
    found: dict[tuple[str, str, float | None, bool], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="record-") as place:
        for size in SIZES:
            record = SqliteRecord(Path(place) / f"{size}.db")
            written = events_per_s(record, size)
            found[f"{size} events, appended {PER_APPEND} at once", "events/s", None, False] = [
                written
            ]
            for number in range(rounds):
                loops.append(calibrate())
                for *figure, value in one_round(record, size, number):
                    found.setdefault(tuple(figure), []).append(value)
            record.close()
            print(f"  {size} events", flush=True)
        for number in range(rounds):
            value = together_per_s(Path(place) / f"together-{number}.db")
            name = f"appends of one event, synced, by {PROCESSES} processes"
            found.setdefault((name, "appends/s", None, False), []).append(value)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit=unit, rounds=tuple(v), promise=promise, at_most=at_most)
            for (name, unit, promise, at_most), v in found.items()
        ),
    ]


def one_round(record: SqliteRecord, size: int, number: int) -> Found:
    """Name, unit, promise, whether less is better, and value of each figure."""
    promise = PROMISED_S if size == PROMISED else None
    yield (
        f"{size} events folded",
        "s",
        promise,
        True,
        seconds(lambda: fold(Tally(), record.read("ada"))),
    )
    record.folded(Tally(), "ada")
    record.append([noted(f"more-{number}", each) for each in range(MORE)])
    took = seconds(lambda: record.folded(Tally(), "ada"))
    yield f"{size} events, a kept view and {MORE} more", "ms", None, True, 1000 * took
    single = [noted(f"single-{number}", each) for each in range(SINGLE)]
    took = seconds(lambda: [record.append([each]) for each in single])
    yield f"appends of one event, synced, behind {size}", "appends/s", None, False, SINGLE / took
    if size <= PROMISED:
        took = seconds(lambda: verify(record))
        yield f"{size} events verified", "s", None, True, took


def events_per_s(record: SqliteRecord, size: int) -> float:
    """Write so many events."""
    began = time.perf_counter()
    for start in range(0, size, PER_APPEND):
        record.append([noted("first", start + each) for each in range(PER_APPEND)])
    return size / (time.perf_counter() - began)


def together_per_s(path: Path) -> float:
    """Append from many processes at once, each on behalf of a person of its own."""
    SqliteRecord(path).append([noted("begin", 0)])
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(PROCESSES + 1)
    processes = [
        context.Process(target=_append, args=(path, f"person-{number}", ready))
        for number in range(PROCESSES)
    ]
    for each in processes:
        each.start()
    ready.wait()
    began = time.perf_counter()
    for each in processes:
        each.join()
    took = time.perf_counter() - began
    numbers = [entry.number for entry in SqliteRecord(path).read("person-0")]
    assert numbers == list(range(1, PER_PROCESS + 1))
    return PROCESSES * PER_PROCESS / took


def _append(path: Path, person: str, ready: object) -> None:
    record = SqliteRecord(path)
    record.people()
    ready.wait()  # type: ignore[attr-defined]
    for number in range(PER_PROCESS):
        record.append([noted(person, number, person)])


def noted(name: str, number: int, person: str = "ada") -> Noted:
    """Something to record."""
    return Noted(
        id=f"{name}-{number}",
        person=person,
        at=NOON + dt.timedelta(seconds=number),
        by=person,
        event=EVENTS[number % len(EVENTS)],
    )


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Tally:
    """A view that counts events by kind."""

    name, version = "tally", 1
    state: type[dict[str, int]] = dict[str, int]

    def begin(self) -> dict[str, int]:
        """Nothing happened."""
        return {}

    def step(self, state: dict[str, int], entry: Entry) -> None:
        """Count one."""
        kind = type(entry.event).__name__
        state[kind] = state.get(kind, 0) + 1
