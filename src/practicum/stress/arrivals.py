"""When requests are due: a rate that changes over time, and how they fall around it.

A profile is made of straight pieces, so the number of requests due by a moment is a piecewise
quadratic; its inverse gives the moment of the n-th one, exactly, however long the run.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Literal

import msgspec

Spacing = Literal["constant", "poisson"]


class Piece(msgspec.Struct, frozen=True):
    """The rate goes evenly from ``from_rate`` to ``to_rate`` (per second) in ``duration_s``."""

    duration_s: float
    from_rate: float
    to_rate: float

    @property
    def expected(self) -> float:
        """How many requests are due in it."""
        return self.duration_s * (self.from_rate + self.to_rate) / 2

    def moment(self, number: float) -> float:
        """Seconds into the piece when so many are due."""
        slope = (self.to_rate - self.from_rate) / self.duration_s
        # Of the two forms of the root this one is also good where the slope is nothing.
        root = math.sqrt(max(0.0, self.from_rate**2 + 2 * slope * number))
        if number <= 0 or root == 0:
            return 0.0
        return min(self.duration_s, 2 * number / (self.from_rate + root))


Profile = tuple[Piece, ...]


def steady(rate: float, duration_s: float) -> Profile:
    """The same rate all the time."""
    return (Piece(duration_s, rate, rate),)


def ramp(rate: float, duration_s: float) -> Profile:
    """From a hundredth of the rate up to it, over the whole time: where does it break?"""
    return (Piece(duration_s, rate / 100, rate),)


def black_friday(rate: float, duration_s: float, times: float = 10.0) -> Profile:
    """Quiet for two fifths; within a fiftieth the doors open and ``times`` as many come, for a
    fifth of the time; then as before."""
    rise_s, rush_s = duration_s / 50, duration_s / 5
    calm_s = (duration_s - rush_s - 2 * rise_s) / 2
    high = rate * times
    return (
        Piece(calm_s, rate, rate),
        Piece(rise_s, rate, high),
        Piece(rush_s, high, high),
        Piece(rise_s, high, rate),
        Piece(calm_s, rate, rate),
    )


def due_times(profile: Profile, spacing: Spacing = "constant", seed: int = 0) -> Iterator[float]:
    """Seconds from the start at which requests are due, in ascending order.

    ``constant``: as evenly as the rate allows. ``poisson``: as independent people come, the
    same for the same seed.
    """
    ends_s = 0.0
    before = 0.0
    counts = _counts(spacing, seed)
    count = next(counts)
    for piece in profile:
        if piece.duration_s <= 0 or min(piece.from_rate, piece.to_rate) < 0:
            raise ValueError(f"{piece}: a piece lasts more than 0 s, at no negative rate")
        # Not quite at the end: rounding must not add one request to a whole number of them.
        while count < before + piece.expected - 1e-9:
            yield ends_s + piece.moment(count - before)
            count = next(counts)
        before += piece.expected
        ends_s += piece.duration_s


def _counts(spacing: Spacing, seed: int) -> Iterator[float]:
    if spacing == "constant":
        number = 0
        while True:
            yield float(number)
            number += 1
    chance = random.Random(f"practicum/arrivals/{seed}")
    count = 0.0
    while True:
        count -= math.log(1.0 - chance.random())
        yield count


def total_s(profile: Profile) -> float:
    """How long it lasts."""
    return sum(piece.duration_s for piece in profile)
