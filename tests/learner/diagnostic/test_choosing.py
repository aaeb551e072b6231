"""Which question comes next, when it is enough, and whether learners are placed as they are."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from practicum.curriculum.question import Number, Short
from practicum.learner.diagnostic.bank import Candidate, believed, can_be_asked
from practicum.learner.diagnostic.choosing import (
    ERROR_ENOUGH,
    QUESTIONS_MIN,
    Stopped,
    ability_of,
    next_question,
)
from practicum.learner.diagnostic.model import Parameters, information
from worlds.learners import answered_by, bank

LEARNERS = 300


def test_learners_of_known_ability_are_placed_within_the_stated_error() -> None:
    """The interval holds 95 of 100 (Wilson's bound for 300), and the error is as large as said."""
    candidates, dice = bank(), random.Random(7)
    held, off, said = 0, [], []
    for seed in range(LEARNERS):
        ability = dice.gauss(0, 1)
        found = ability_of(answered_by(ability, candidates, seed=seed))
        held += found.low <= ability <= found.high
        off.append((found.mean - ability) ** 2)
        said.append(found.error)
    # With 0.95, fewer than 276 of 300 would come once in a hundred times.
    assert 276 <= held <= 297
    assert math.sqrt(sum(off) / LEARNERS) == pytest.approx(sum(said) / LEARNERS, rel=0.12)


def test_it_stops_by_the_error_or_by_the_number() -> None:
    """Not before the least number, and then with the error reached."""
    candidates = bank()
    for seed in range(20):
        given = answered_by(0.3, candidates, seed=seed)
        assert len(given) >= QUESTIONS_MIN
        assert ability_of(given).error <= ERROR_ENOUGH
        assert ability_of(given[:-1]).error > ERROR_ENOUGH or len(given) == QUESTIONS_MIN
    few = answered_by(0.3, candidates, seed=1, most=9)
    assert len(few) == 9
    stopped = next_question(candidates, few, 1, most=9)
    assert isinstance(stopped, Stopped)
    assert stopped.why.startswith("9 questions were asked")
    small = bank(1, 4)
    end = next_question(small, answered_by(0, small, seed=1), 1)
    assert isinstance(end, Stopped)
    assert "no more than 4 questions" in end.why


def test_courses_and_modules_take_turns() -> None:
    """At any time no module was asked twice more often than another that has questions left."""
    given = answered_by(1.0, bank(), seed=3)
    for length in range(len(given) + 1):
        counts = Counter(each.module for each in given[:length])
        courses = Counter(each.module.partition("/")[0] for each in given[:length])
        asked = [counts[f"course-{n % 2}/module-{n}"] for n in range(6)]
        assert max(asked) - min(asked) <= 1
        assert abs(courses["course-0"] - courses["course-1"]) <= 1


def test_of_a_module_the_most_informative_question_is_asked() -> None:
    """About the ability so far, among those that were not asked."""
    candidates = bank(1, 30)
    given = answered_by(0.8, candidates, seed=5, most=8)
    asked = {each.key for each in given}
    found = next_question(candidates, given, 5)
    assert isinstance(found, Candidate)
    now = ability_of(given).mean
    best = max(information(now, each.parameters) for each in candidates if each.key not in asked)
    assert information(now, found.parameters) == pytest.approx(best)


def test_the_seed_decides_between_equals_and_nothing_else() -> None:
    """Two begin with other questions, the same one twice with the same."""
    alike = [
        Candidate(module="c/m", question=each.question, parameters=Parameters(1.0, 0.0))
        for each in bank(1, 20)
    ]
    firsts = set()
    for seed in range(20):
        first, again = next_question(alike, [], seed), next_question(alike[::-1], [], seed)
        assert isinstance(first, Candidate)
        assert isinstance(again, Candidate)
        assert first.key == again.key
        firsts.add(first.key)
    assert len(firsts) > 5


def test_what_is_believed_comes_from_difficulty_and_tier() -> None:
    """A harder one lies higher; who can guess makes the curve flat; no code is asked."""
    easy = Short(id="a", text="?", explain=".", accept=("x",), difficulty="easy", tier=1)
    hard = Number(id="b", text="?", explain=".", answer=1, difficulty="very hard", tier=4)
    assert believed(easy).location < 0 < believed(hard).location
    assert believed(easy) == Parameters(1.3, -1.2)
    guessed = bank(1, 1)[0].question
    assert believed(guessed).discrimination < believed(easy).discrimination
    assert can_be_asked(easy)
