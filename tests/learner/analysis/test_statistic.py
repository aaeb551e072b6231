"""The statistics of an analysis, against numpy and against what girth said."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.analysis.statistic import (
    alpha,
    correlation,
    mean,
    upper_less_lower,
    variance,
)

ORACLES: dict[str, Any] = json.loads(Path(__file__).with_name("oracles.json").read_text())
ROWS = ORACLES["rows"]
SHARES = st.floats(0, 1).map(lambda x: round(x, 3))
PAIRS = st.lists(st.tuples(SHARES, SHARES), min_size=4, max_size=40)


@given(PAIRS)
def test_moments_and_correlation_are_those_of_numpy(pairs: list[tuple[float, float]]) -> None:
    """Mean, variance and Pearson's r by the closed formulas."""
    first, second = [x for x, _ in pairs], [y for _, y in pairs]
    assert mean(first) == pytest.approx(np.mean(first))
    assert variance(first) == pytest.approx(np.var(first, ddof=1), abs=1e-12)
    found = correlation(first, second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert found is None
        return
    assert found is not None
    assert found.r == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-9)
    assert found.low <= found.r <= found.high


def test_the_interval_of_a_correlation_is_fishers() -> None:
    """Against the closed formula with the transformed value's error."""
    first = [float(x) for x in range(30)]
    second = [float((x * 7) % 11) + x / 10 for x in range(30)]
    found = correlation(first, second)
    assert found is not None
    z = np.arctanh(np.corrcoef(first, second)[0, 1])
    assert found.low == pytest.approx(np.tanh(z - 1.959964 / np.sqrt(27)), abs=1e-6)
    assert found.high == pytest.approx(np.tanh(z + 1.959964 / np.sqrt(27)), abs=1e-6)


def test_alpha_is_the_closed_formula_and_what_girth_said() -> None:
    """Over variances of numpy, and recorded."""
    table = np.array(ROWS)
    k = table.shape[1]
    closed = k / (k - 1) * (1 - table.var(axis=0, ddof=1).sum() / table.sum(axis=1).var(ddof=1))
    assert alpha(ROWS) == pytest.approx(closed)
    assert alpha(ROWS) == pytest.approx(ORACLES["girth"]["alpha"])


def test_alpha_of_right_and_wrong_is_kr_20() -> None:
    """With p and q in place of variances."""
    table = np.array(ROWS)
    k, p = table.shape[1], table.mean(axis=0)
    kr20 = k / (k - 1) * (1 - (p * (1 - p)).sum() / table.sum(axis=1).var(ddof=0))
    assert alpha(ROWS) == pytest.approx(kr20)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=60))
def test_the_difference_of_the_tails_hangs_on_no_order_of_equals(
    pairs: list[tuple[int, int]],
) -> None:
    """Ties at the border count in part: any order of the sittings gives the same."""
    other = random.Random(1).sample(pairs, len(pairs))
    first = upper_less_lower([float(x) for x, _ in pairs], [float(y) for _, y in pairs])
    again = upper_less_lower([float(x) for x, _ in other], [float(y) for _, y in other])
    if first is None:
        assert again is None
        return
    assert again == pytest.approx(first)


def test_the_difference_of_the_tails_without_ties_is_that_of_the_sorted_ends() -> None:
    """27 of 100 at each end, by numpy."""
    dice = random.Random(3)
    scores = [float(x) for x in dice.sample(range(1000), 100)]
    values = [dice.random() for _ in scores]
    order = np.argsort(scores)
    values_sorted = np.array(values)[order]
    expected = values_sorted[-27:].mean() - values_sorted[:27].mean()
    assert upper_less_lower(scores, values) == pytest.approx(expected)


def test_what_does_not_vary_has_no_figure() -> None:
    """Nothing is divided by nothing."""
    assert correlation([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert upper_less_lower([1.0, 1.0], [0.0, 1.0]) is None
    assert alpha([[1.0, 0.0], [0.0, 1.0]]) is None
    assert alpha([[1.0], [0.0]]) is None
    perfect = correlation([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0])
    assert perfect is not None
    assert math.isclose(perfect.low, 1.0)
