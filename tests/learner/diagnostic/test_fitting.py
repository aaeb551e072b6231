"""Parameters fitted to answers: found again where they are known, and not touched by few."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from practicum.learner.diagnostic.fitting import TooFew, fit
from practicum.learner.diagnostic.model import Parameters, probability

TRUE = {f"q{n:02}": Parameters(0.7 + 0.06 * n, -1.8 + 0.24 * n) for n in range(16)}
BELIEVED = {key: Parameters(1.0, 0.0) for key in TRUE}


def people(count: int, *, seed: int, share: float = 1.0) -> list[dict[str, bool]]:
    """Answers of so many, each to that share of the questions."""
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        ability = dice.gauss(0, 1)
        found.append(
            {
                key: dice.random() < probability(ability, each)
                for key, each in TRUE.items()
                if dice.random() < share
            }
        )
    return found


def test_known_parameters_are_found_again() -> None:
    """From the answers of a thousand, whatever was believed."""
    found = fit(people(1000, seed=1), BELIEVED)
    off = [found[key].location - TRUE[key].location for key in TRUE]
    assert math.sqrt(np.mean(np.square(off))) < 0.15
    steep = [math.log(found[key].discrimination / TRUE[key].discrimination) for key in TRUE]
    assert math.sqrt(np.mean(np.square(steep))) < 0.15


def test_who_was_not_asked_is_missing_and_not_wrong() -> None:
    """With half of the answers left out, no question becomes harder by it."""
    found = fit(people(800, seed=2, share=0.5), BELIEVED)
    off = [found[key].location - TRUE[key].location for key in TRUE]
    assert abs(np.mean(off)) < 0.12
    assert max(map(abs, off)) < 0.5


def test_too_few_people_or_answers_fit_nothing() -> None:
    """The message says how many there must be; a question with few answers is left as it is."""
    with pytest.raises(TooFew, match="200 are the least"):
        fit(people(199, seed=1), BELIEVED)
    rows = people(250, seed=1)
    rare = [{**row, "rare": True} if n < 99 else row for n, row in enumerate(rows)]
    found = fit(rare, {**BELIEVED, "rare": Parameters(1.0, 0.0)})
    assert "rare" not in found
    assert set(found) == set(TRUE)
    with pytest.raises(TooFew, match="no question has 100 answers"):
        fit(
            [{f"only-{n}-{k}": True for k in range(5)} for n in range(200)],
            {f"only-{n}-{k}": Parameters(1, 0) for n in range(200) for k in range(5)},
        )


def test_a_question_that_everybody_answers_stays_finite() -> None:
    """The prior holds what the answers alone would send to infinity."""
    rows = [{**row, "all": True} for row in people(300, seed=4)]
    found = fit(rows, {**BELIEVED, "all": Parameters(1.0, 0.0)})["all"]
    assert -6 < found.location < -1
    assert 0.3 < found.discrimination < 3


def test_the_fit_is_where_nothing_pulls_any_more() -> None:
    """At what is found the derivative of the penalised marginal likelihood vanishes."""
    rows = people(300, seed=6)
    found = fit(rows, BELIEVED)
    grid = np.linspace(-4, 4, 33)
    prior = np.exp(-(grid**2) / 2)
    prior /= prior.sum()

    def height(key: str, a: float, b: float) -> float:
        total = 0.0
        for row in rows:
            likely = prior.copy()
            for name, right in row.items():
                each = found[name]
                at = (a, b) if name == key else (each.discrimination, each.location)
                p = 1 / (1 + np.exp(-at[0] * (grid - at[1])))
                likely *= p if right else 1 - p
            total += math.log(likely.sum())
        return total - (math.log(a / 1.0) / 0.3) ** 2 / 2 - b**2 / 2

    for key in ("q02", "q09"):
        a, b = found[key].discrimination, found[key].location
        best = height(key, a, b)
        for step in (-0.05, 0.05):
            assert height(key, a * math.exp(step), b) < best + 1e-3
            assert height(key, a, b + step) < best + 1e-3
