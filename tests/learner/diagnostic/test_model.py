"""The model of two parameters and the ability by it, against what catsim and girth said."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.diagnostic.model import (
    Parameters,
    estimate,
    information,
    probability,
)

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "analysis" / "oracles.json").read_text()
)
ITEMS = [
    Parameters(a, b)
    for a, b in zip(ORACLES["items"]["discriminations"], ORACLES["items"]["locations"], strict=True)
]
ANSWERS = st.lists(
    st.tuples(
        st.builds(Parameters, st.floats(0.3, 3), st.floats(-4, 4)),
        st.booleans(),
    ),
    max_size=40,
)


def test_probability_and_information_are_what_catsim_said() -> None:
    """Of each item at five abilities."""
    said = ORACLES["catsim"]
    for theta, tells, rights in zip(
        said["thetas"], said["information"], said["probability"], strict=True
    ):
        assert [information(theta, each) for each in ITEMS] == pytest.approx(tells)
        assert [probability(theta, each) for each in ITEMS] == pytest.approx(rights)


def test_the_ability_is_what_girth_said() -> None:
    """EAP of sixty answer rows over the same reach, by another quadrature."""
    found = [
        estimate([(p, bool(x)) for p, x in zip(ITEMS, row, strict=True)]).mean
        for row in ORACLES["rows"]
    ]
    assert found == pytest.approx(ORACLES["girth"]["eap"], abs=2e-4)


@given(ANSWERS)
def test_the_error_is_the_deviation_of_the_distribution(
    answers: list[tuple[Parameters, bool]],
) -> None:
    """Mean and deviation by numpy, on a finer grid."""
    grid = np.linspace(-5, 5, 2001)
    heights = -(grid**2) / 2
    for parameters, right in answers:
        x = parameters.discrimination * (grid - parameters.location)
        heights = heights - np.logaddexp(0, -x if right else x)
    weights = np.exp(heights - heights.max())
    weights /= weights.sum()
    mean = (weights * grid).sum()
    found = estimate(answers)
    assert found.mean == pytest.approx(mean, abs=5e-3)
    assert found.error == pytest.approx(math.sqrt((weights * (grid - mean) ** 2).sum()), abs=5e-3)


@given(ANSWERS)
def test_a_right_answer_never_lowers_the_ability(answers: list[tuple[Parameters, bool]]) -> None:
    """Nor does a wrong one raise it."""
    before, item = estimate(answers).mean, Parameters(1.0, 0.5)
    assert estimate([*answers, (item, True)]).mean >= before - 1e-9
    assert estimate([*answers, (item, False)]).mean <= before + 1e-9


@given(ANSWERS, st.randoms())
def test_the_order_of_answers_changes_nothing(
    answers: list[tuple[Parameters, bool]], dice: Any
) -> None:
    """The same answers, the same ability."""
    other = list(answers)
    dice.shuffle(other)
    assert estimate(other).mean == pytest.approx(estimate(answers).mean, abs=1e-9)


def test_nothing_overflows_at_the_ends() -> None:
    """Where the logistic is 0 or 1 to the last digit."""
    assert probability(1e4, Parameters(3, 0)) == 1
    assert probability(-1e4, Parameters(3, 0)) == 0
    assert estimate([(Parameters(50, 4), True)] * 100).mean <= 5
    assert math.isfinite(estimate([(Parameters(50, -4), False)] * 100).error)
