"""The few statistics that an analysis needs, in plain Python: sums are exact (`math.fsum`), so
that no figure hangs on the order of sittings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

Z_95 = 1.959963984540054
"""Within so many standard errors lie 95 % of a normal distribution."""

TAIL = 0.27
"""Kelley, "The selection of upper and lower groups for the validation of test items", 1939: with
groups of this share a difference is told best from chance."""


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """Pearson's ``r`` over ``n`` pairs, and the interval that holds the true one in 95 of 100
    cases (Fisher's transformation, 1921)."""

    r: float
    low: float
    high: float
    n: int


def mean(values: Sequence[float]) -> float:
    """Their mean; ValueError if there are none."""
    if not values:
        raise ValueError("there are no values")
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """The sample's variance, over n - 1; 0 for fewer than two values and for equal ones."""
    if len(values) < 2 or min(values) == max(values):
        return 0.0
    middle = mean(values)
    return math.fsum((each - middle) ** 2 for each in values) / (len(values) - 1)


def correlation(first: Sequence[float], second: Sequence[float]) -> Correlation | None:
    """How two go together; None if either does not vary, or there are fewer than four pairs."""
    n = len(first)
    if n < 4 or min(first) == max(first) or min(second) == max(second):
        return None
    middle_1, middle_2 = mean(first), mean(second)
    off_1 = [each - middle_1 for each in first]
    off_2 = [each - middle_2 for each in second]
    spread = math.sqrt(math.fsum(x * x for x in off_1)) * math.sqrt(math.fsum(x * x for x in off_2))
    if not spread:
        return None
    r = max(-1.0, min(1.0, math.fsum(x * y for x, y in zip(off_1, off_2, strict=True)) / spread))
    if abs(r) == 1.0:
        return Correlation(r=r, low=r, high=r, n=n)
    middle, error = math.atanh(r), Z_95 / math.sqrt(n - 3)
    return Correlation(r=r, low=math.tanh(middle - error), high=math.tanh(middle + error), n=n)


def upper_less_lower(scores: Sequence[float], values: Sequence[float]) -> float | None:
    """The mean value of those with the highest scores, less that of those with the lowest; each
    group is 27 % of all, and at least one. Who is tied at a group's border counts in part, so
    that no order among equals matters. None if all scores are the same."""
    if not scores or min(scores) == max(scores):
        return None
    size = max(1, round(TAIL * len(scores)))
    return _of_highest(scores, values, size) - _of_highest([-x for x in scores], values, size)


def _of_highest(scores: Sequence[float], values: Sequence[float], size: int) -> float:
    border = sorted(scores, reverse=True)[size - 1]
    above = [value for score, value in zip(scores, values, strict=True) if score > border]
    at = [value for score, value in zip(scores, values, strict=True) if score == border]
    return (math.fsum(above) + math.fsum(at) * (size - len(above)) / len(at)) / size


def alpha(rows: Sequence[Sequence[float]]) -> float | None:
    """Cronbach's alpha (1951) of points, a row for each sitting and a column for each question;
    of questions that are right or wrong it is KR-20 (Kuder and Richardson, 1937). None for
    fewer than two of either, and if all sums are the same."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    total = variance([math.fsum(row) for row in rows])
    if not total:
        return None
    parts = math.fsum(variance(column) for column in zip(*rows, strict=True))
    count = len(rows[0])
    return count / (count - 1) * (1 - parts / total)
