"""Parameters are fitted only where there is enough, and used only where they predict better."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence

import pytest

from practicum.learner.events import CardReviewed
from practicum.learner.memory.memory import Memory
from practicum.learner.memory.recall import DEFAULTS
from practicum.learner.memory.tuning import REVIEWS_MIN, History, loss, tune
from practicum.study.refit import fit
from worlds.memories import DAY, NOON, memory_of


def learner(reviews: int, forgets_after: float, seed: int = 7) -> Memory:
    """Who reviews a hundred cards in turn, and forgets what is older than some days by a fixed
    curve."""
    chance = random.Random(seed)
    told = []
    last: dict[str, dt.datetime] = {}
    for number in range(reviews):
        card = f"card:c/{number % 100}"
        at = NOON + number // 100 * chance.choice([1, 1.5]) * DAY + number % 100 * DAY / 200
        days = (at - last.get(card, at)) / DAY
        knows = chance.random() < math.exp(-max(0.0, days) / forgets_after)
        told.append((at, CardReviewed(card=card, rating=3 if knows else 1)))
        last[card] = at
    told.sort(key=lambda each: each[0])
    return memory_of(told)


def never(histories: Sequence[History]) -> tuple[float, ...]:
    """What must not be asked."""
    raise AssertionError("nothing is fitted to so few reviews")


def test_few_reviews_are_refused_with_their_number() -> None:
    """Nothing is fitted to chance."""
    told = tune(learner(REVIEWS_MIN - 1, 3), never)
    assert told.parameters is None
    assert told.refused == "there are 1999 reviews; below 2,000 one would fit chance"


def test_reviews_of_one_day_are_no_ground_to_judge_by() -> None:
    """FSRS predicts nothing within a day."""
    told = [
        (NOON + n * DAY / 3000, CardReviewed(card=f"card:c/{n % 9}", rating=3))
        for n in range(REVIEWS_MIN)
    ]
    assert "only 0 of the latest reviews" in tune(memory_of(told), never).refused


def test_parameters_that_predict_no_better_are_refused() -> None:
    """With both losses, whatever the fitter believes."""
    memory = learner(REVIEWS_MIN, 4)
    told = tune(memory, lambda histories: DEFAULTS)
    assert told.parameters is None
    assert told.loss_after == told.loss_before
    assert "are not predicted better" in told.refused


def test_a_fitter_sees_nothing_of_what_it_is_judged_by() -> None:
    """Only reviews before those held out."""
    memory, seen = learner(REVIEWS_MIN, 4), []

    def spy(histories: Sequence[History]) -> tuple[float, ...]:
        seen.extend(at for history in histories for at, _ in history)
        raise ValueError("it cannot be done")

    told = tune(memory, spy)
    assert told.refused == "nothing could be fitted: it cannot be done"
    times = sorted(at for each in memory.recalls.values() for at, _ in each.reviews)
    assert max(seen) < times[int(len(times) * 0.8)]
    assert len(seen) == pytest.approx(len(times) * 0.8, abs=1)


def test_parameters_beyond_what_fsrs_allows_are_refused() -> None:
    """By name."""
    told = tune(learner(REVIEWS_MIN, 4), lambda histories: (9000.0, *DEFAULTS[1:]))
    assert "parameters[0] = 9000.0 is out of bounds" in told.refused


def test_who_forgets_fast_is_predicted_better_after_fitting() -> None:
    """By the real fitter: the loss on reviews that it did not see falls."""
    memory = learner(2_400, 2.5)
    told = tune(memory, fit)
    assert told.refused == ""
    assert told.parameters is not None
    assert told.loss_before is not None
    assert told.loss_after is not None
    assert told.loss_after < told.loss_before - 0.01
    histories = [each.reviews for each in memory.recalls.values()]
    whole_before, count = loss(histories, DEFAULTS)
    whole_after, _ = loss(histories, told.parameters)
    assert whole_after < whole_before
    assert count > told.held_out


def test_the_loss_is_that_of_the_predictions() -> None:
    """One review a day after the first: minus the logarithm of its retrievability."""
    recalled = [(NOON, 3), (NOON + 2 * DAY, 3)]
    forgotten = [(NOON, 3), (NOON + 2 * DAY, 1)]
    one, count = loss([recalled], DEFAULTS)
    other, _ = loss([forgotten], DEFAULTS)
    assert count == 1
    assert math.exp(-one) + math.exp(-other) == pytest.approx(1)
    assert math.isnan(loss([], DEFAULTS)[0])
