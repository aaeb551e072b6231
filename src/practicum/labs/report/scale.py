"""Axes: from a quantity to a place on the page, and the round values worth a mark. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

LOG_FLOOR = 1e-4


class Scale(msgspec.Struct, frozen=True):
    """Maps ``low`` to the place ``start`` and ``high`` to ``end``, linearly or by logarithm.

    A value beyond them lands on the nearer end.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The place, in the drawing's units, to a tenth."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high, at = (math.log10(max(x, LOG_FLOOR)) for x in (low, high, at))
        share = (at - low) / (high - low) if high > low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


def round_ticks(high: float, count: int = 5) -> list[float]:
    """From 0 to the first round value that is not below ``high``, in about ``count`` steps."""
    if not (math.isfinite(high) and high > 0):
        return [0.0, 1.0]
    step = _round_up(high / count)
    return [round(step * n, 10) for n in range(math.ceil(high / step - 1e-9) + 1)]


def decade_ticks(values: Iterable[float]) -> list[float]:
    """1, 2 and 5 of each decade, from below the least value to above the greatest."""
    known = [max(value, LOG_FLOOR) for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.1, 1.0)
    # A decade more at both ends: the logarithm of a number next to a power of ten is rounded.
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    ticks = [round(m * 10.0**n, 10) for n in range(first, last + 1) for m in (1, 2, 5)]
    below = [tick for tick in ticks if tick <= low][-1:]
    above = [tick for tick in ticks if tick >= high][:1]
    between = [tick for tick in ticks if low < tick < high]
    found = [*below, *between, *above]
    return found if len(set(found)) > 1 else [found[0], found[0] * 10]


def _round_up(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= step * (1 - 1e-9))


def path(points: Sequence[tuple[float, float]]) -> str:
    """SVG path data of a line through the points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) if points else ""


def span_text(seconds: float) -> str:
    """A time in the unit that suits it: ``0.04 ms``, ``21.6 ms``, ``553 ms``, ``2.57 s``."""
    ms = seconds * 1000
    if ms < 1:
        return f"{ms:.2f} ms"
    if ms < 100:
        return f"{ms:.1f} ms"
    return f"{ms:.0f} ms" if ms < 1000 else f"{seconds:.2f} s"
