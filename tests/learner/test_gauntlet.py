"""Four tiers: what is asked, what opens the next, and what counts."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.question import Difficulty, Short
from practicum.learner.events import AnyEvent, GauntletEnded, QuestionAnswered
from practicum.learner.memory.gauntlet import (
    Gauntlet,
    Gauntlets,
    GauntletView,
    asked,
    ending,
    gauntlet_of,
)
from practicum.learner.record import fold
from worlds.memories import NOON, entries

MODULE = "c/one"


def question(name: str, tier: int | None, difficulty: Difficulty = "medium") -> Short:
    """A question of a tier."""
    return Short(
        id=name, text="?", explain="!", accept=("x",), tier=tier, difficulty=difficulty, points=10
    )


QUESTIONS = [
    question("hard", 1, "hard"),
    question("easy", 1, "easy"),
    question("second", 2),
    question("fourth", 4, "very hard"),
    question("none", None),
]


def state_of(*events: AnyEvent) -> Gauntlets:
    """The gauntlets after these events."""
    return fold(GauntletView(), entries((NOON, each) for each in events)).state


def standing(*events: AnyEvent) -> Gauntlet:
    """Where a learner stands."""
    return gauntlet_of(state_of(*events), MODULE, QUESTIONS)


def answered(name: str, points: float, tier: int = 1) -> QuestionAnswered:
    """An answer in the gauntlet."""
    return QuestionAnswered(
        module=MODULE, question=name, answer="x", points=points, of=10, tier=tier
    )


def ended(tier: int, points: float, of: float = 20) -> GauntletEnded:
    """The end of a tier."""
    return GauntletEnded(module=MODULE, tier=tier, points=points, of=of)


def test_easy_questions_come_first() -> None:
    """Else in the order in which they are written; what has no tier is not asked."""
    assert [each.id for each in asked(QUESTIONS, 1)] == ["easy", "hard"]
    assert [each.tier for each in standing().tiers] == [1, 2, 4]


def test_a_tier_opens_when_the_one_before_is_passed() -> None:
    """At exactly seventy per cent; a tier without questions keeps nothing closed."""
    assert [each.is_open for each in standing(ended(1, 13.9)).tiers] == [True, False, False]
    assert [each.is_open for each in standing(ended(1, 14)).tiers] == [True, True, False]
    both = standing(ended(1, 14), ended(2, 7, 10))
    assert [each.is_open for each in both.tiers] == [True, True, True]
    assert (both.next_tier, both.is_passed) == (4, False)
    every = standing(ended(1, 14), ended(2, 7, 10), ended(4, 10, 10))
    assert (every.next_tier, every.is_passed) == (None, True)


def test_what_was_passed_stays_passed() -> None:
    """A worse attempt takes nothing away; mastery is of the best."""
    found = standing(ended(1, 16), ended(1, 2))
    assert found.tiers[0].passed == NOON
    assert found.tiers[0].best == 0.8
    assert found.tiers[0].attempt == 3
    assert found.mastery == 0.8 / 3


def test_an_attempt_goes_on_where_it_was() -> None:
    """And of two answers to a question in one attempt the first counts."""
    found = standing(answered("easy", 10), answered("easy", 0))
    assert found.tiers[0].left == ("hard",)
    state = state_of(answered("easy", 10), answered("easy", 0))
    assert ending(state, MODULE, QUESTIONS, answered("hard", 5)) == ended(1, 15)
    assert ending(state, MODULE, QUESTIONS, answered("easy", 5)) is None


def test_the_next_attempt_begins_with_nothing() -> None:
    """All its questions are asked again."""
    found = standing(answered("easy", 10), answered("hard", 0), ended(1, 10))
    assert found.tiers[0].left == ("easy", "hard")
    assert found.tiers[0].passed is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["easy", "hard", "second", "fourth"]), st.integers(0, 10)),
        max_size=60,
    )
)
def test_whatever_is_answered_a_tier_is_passed_only_after_those_before(
    answers: list[tuple[str, int]],
) -> None:
    """Who answers only what is open and left never has a gap."""
    tiers = {each.id: each.tier or 0 for each in QUESTIONS}
    events: list[AnyEvent] = []
    for name, points in answers:
        state = state_of(*events)
        tier = next(
            each for each in gauntlet_of(state, MODULE, QUESTIONS).tiers if each.tier == tiers[name]
        )
        if not tier.is_open or name not in tier.left:
            continue
        event = answered(name, points, tiers[name])
        end = ending(state, MODULE, QUESTIONS, event)
        events += [event] if end is None else [event, end]
    found = gauntlet_of(state_of(*events), MODULE, QUESTIONS)
    passed = [each.passed is not None for each in found.tiers]
    assert passed == sorted(passed, reverse=True)
    assert 0 <= found.mastery <= 1


def test_when_it_was_passed_is_when_it_was_passed_first() -> None:
    """Whatever comes later."""
    later = NOON + dt.timedelta(days=3)
    told = entries([(NOON, ended(1, 20)), (later, ended(1, 20))])
    assert fold(GauntletView(), told).state.at(MODULE, 1).passed == NOON
