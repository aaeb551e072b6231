"""How fast reviews are folded, and a day's queue found, at 2,000 to 200,000 reviews.

A learner of a thousand cards for every 20,000 reviews, by the default parameters. A figure per
review should not depend on how many there are; the queue grows with the cards.
"""

from __future__ import annotations

import datetime as dt
import random
import time

import msgspec

from benchmarks.measuring import Figure, calibrate
from practicum.learner.events import CardReviewed, MemoryTuned
from practicum.learner.memory.deck import Deck, Prompt, deck_of
from practicum.learner.memory.forecast import forecast
from practicum.learner.memory.memory import Memory, MemoryView
from practicum.learner.memory.queue import queue_at
from practicum.learner.memory.recall import DEFAULTS
from practicum.learner.record import Entry, Folded, fold, fold_on

REVIEWS = (2_000, 20_000, 200_000)
PER_CARD = 20
PROMISED_PER_S = 20_000
BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RATINGS, WEIGHTS = (1, 2, 3, 4), (10, 15, 60, 15)


def measure(rounds: int) -> list[Figure]:
    """Every size in every round."""
    loops: list[float] = []
    found: dict[tuple[str, str, float | None], list[float]] = {}
    for number in range(rounds):
        loops.append(calibrate())
        for size in REVIEWS:
            for figure, value in one(size):
                found.setdefault(figure, []).append(value)
        print(f"  round {number + 1} of {rounds}", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(name=name, unit=unit, rounds=tuple(v), promise=promise, at_most=False)
            for (name, unit, promise), v in found.items()
        ),
    ]


def one(size: int) -> list[tuple[tuple[str, str, float | None], float]]:
    """Name, unit and promise of each figure at a size, and its value."""
    told = history(size)
    view, now = MemoryView(), told[-1].at
    promise = PROMISED_PER_S if size == 20_000 else None
    began = time.perf_counter()
    folded = fold(view, told)
    per_s = size / (time.perf_counter() - began)
    found = [((f"reviews folded, of {size:,}", "reviews/s", promise), per_s)]
    deck = cards(size // PER_CARD)
    for name, seconds in timed(folded, deck, now):
        found.append(((f"{name}, {size:,} reviews", "ms", None), seconds * 1000))
    return found


def timed(folded: Folded[Memory], deck: Deck, now: dt.datetime) -> list[tuple[str, float]]:
    """What a learner waits for, in seconds."""
    began = time.perf_counter()
    queue_at(folded.state, deck, now, dt.UTC)
    queued = time.perf_counter()
    forecast(folded.state, deck, now, dt.UTC, days=30)
    foretold = time.perf_counter()
    msgspec.json.decode(msgspec.json.encode(folded.state), type=Memory)
    kept = time.perf_counter()
    fold_on(MemoryView(), folded, [tuned(folded.number + 1, now)])
    return [
        ("a day's queue", queued - began),
        ("a month's forecast", foretold - queued),
        ("kept and read again", kept - foretold),
        ("tuned anew", time.perf_counter() - kept),
    ]


def history(size: int) -> list[Entry]:
    """So many reviews of a year, by a fixed seed."""
    chance = random.Random(1)
    step = dt.timedelta(days=365) / size
    return [
        Entry(
            id=str(number),
            person="ada",
            by="ada",
            at=BEGAN + number * step,
            event=CardReviewed(
                card=f"card:c/{chance.randrange(size // PER_CARD)}",
                rating=chance.choices(RATINGS, WEIGHTS)[0],
            ),
            seq=number,
            number=number,
        )
        for number in range(1, size + 1)
    ]


def tuned(number: int, at: dt.datetime) -> Entry:
    """Other parameters, under which every review counts anew."""
    event = MemoryTuned(
        parameters=tuple(each * 1.01 for each in DEFAULTS),
        retention=0.9,
        reviews=number,
        loss_before=0.4,
        loss_after=0.3,
    )
    return Entry(id="t", person="ada", by="ada", at=at, event=event, seq=number, number=number)


def cards(count: int) -> Deck:
    """Ten modules of ten blocks."""
    return deck_of(
        Prompt(name=f"card:c/{n}", module=f"c/m{n % 10}", block=f"b{n % 100}", front="?", back="!")
        for n in range(count)
    )
