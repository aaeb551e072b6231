"""What came of a sitting, and what a sheet shows of it before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.events import Grader
from practicum.learner.exam.grading import Outcome, grade
from practicum.learner.exam.people import WAIT_DAYS
from practicum.learner.exam.refusal import NotSubmitted
from practicum.learner.exam.result import Result, in_words, needed, passes, result
from practicum.learner.exam.sheet import form, key_of, sheet
from practicum.learner.exam.sitting import MACHINE, Grade, Sitting
from practicum.learner.exam.variant import draw
from worlds.exam_paper import JSON, KINDS, NOON, PAPER, RIGHT

ITEMS = draw(PAPER, 7)
OF = 26
LATER = NOON + dt.timedelta(days=WAIT_DAYS)


def handed_in(answers: dict[str, Any], outcome: Outcome | None = None) -> Sitting:
    """A sitting with what the machine gives for its answers."""
    sitting = Sitting(
        id="s",
        exam="small",
        paper_sha256="x",
        seed=7,
        questions=KINDS,
        started_at=NOON,
        deadline=NOON,
        seen=NOON,
        submitted_at=NOON,
        answers=answers,
    )
    for item in ITEMS:
        mark = grade(item, answers.get(item.id), outcome)
        if mark is not None:
            sitting.grades[item.id] = [_grade("machine", mark.points, mark.note)]
    return sitting


def _grade(grader: Grader, points: float, note: str = "") -> Grade:
    by = MACHINE if grader == "machine" else grader
    return Grade(grader=grader, by=by, points=points, of=6, note=note, at=NOON)


def told(sitting: Sitting, now: dt.datetime = NOON, **more: Any) -> Result:
    """The result."""
    return result(PAPER, ITEMS, sitting, now, **more)


KEY = {**RIGHT, "many": key_of(ITEMS[2])}
PASSED, FAILED = Outcome(passed=True), Outcome(passed=False)


def test_all_right_and_graded_by_a_mentor_is_a_hundred_percent() -> None:
    """Final, and nothing to look at again."""
    sitting = handed_in(KEY, PASSED)
    sitting.grades["design"] = [_grade("mentor", 6)]
    found = told(sitting)
    assert (found.percent, found.passed, found.provisional) == (100, True, False)
    assert found.review == ()
    assert found.event().percent == 100


def test_what_waits_counts_as_nothing_yet_and_says_so() -> None:
    """The least and the most are told; a pass is one whatever comes."""
    found = told(handed_in(KEY))
    waiting = {each.question: each.waits for each in found.questions if each.waits}
    assert list(waiting) == ["code", "design"]
    assert "tries again" in waiting["code"]
    assert found.percent == round(100 * 15 / OF, 2)
    assert found.percent_most == 100
    assert (found.passed, found.provisional) == (False, True)
    assert [each.waiting for each in found.sections] == [0, 0, 11]
    assert "code" not in [each.question for each in found.review]


def test_an_own_grade_is_final_after_the_days_that_are_stated() -> None:
    """Nobody has to come."""
    sitting = handed_in(KEY, PASSED)
    sitting.grades["design"] = [_grade("self", 4)]
    assert told(sitting).provisional
    assert not told(sitting, LATER).provisional
    assert told(sitting).percent == told(sitting, LATER).percent == round(100 * 24 / OF, 2)


def test_sections_and_objectives_share_the_points_out() -> None:
    """By what each question belongs to."""
    sitting = handed_in({**KEY, "one": 0}, FAILED)
    sitting.grades["design"] = [_grade("peer", 3)]
    found = told(sitting)
    assert [(each.points, each.of) for each in found.sections] == [(6, 8), (7, 7), (3, 11)]
    objectives = {each.name: (each.points, each.of) for each in found.objectives}
    assert objectives == {"say what waits": (2, 4), "design": (3, 6)}
    review = [(each.question, each.share, each.block) for each in found.review]
    assert review == [("one", 0, "waiting"), ("code", 0, ""), ("design", 0.5, "")]


def test_a_level_may_ask_for_more_than_the_exam() -> None:
    """The higher of the two scores counts."""
    assert (needed(70, 75), needed(80, 75), needed(70)) == (75, 80, 70)
    assert passes(75, 70, 75)
    assert not passes(74.99, 70, 75)
    sitting = handed_in(KEY, FAILED)
    sitting.grades["design"] = [_grade("mentor", 5)]
    found = told(sitting, levels={1: 70, 2: 76, 3: 80})
    assert found.percent == round(100 * 20 / OF, 2) == 76.92
    assert [(each.level, each.needed, each.passed) for each in found.levels] == [
        (1, 70, True),
        (2, 76, True),
        (3, 80, False),
    ]


@pytest.mark.parametrize(("points", "passed"), [(0.2, True), (0.19, False)])
def test_exactly_enough_passes(points: float, passed: bool) -> None:
    """70 % of 26 is 18.2; what is shown is what is compared."""
    sitting = handed_in({**KEY, "pairs": None}, FAILED)
    sitting.grades["design"] = [_grade("mentor", 6)]
    sitting.grades["pairs"] = [_grade("machine", points)]
    found = told(sitting)
    assert found.passed == passed
    assert (found.percent >= 70) == passed


@given(st.dictionaries(st.sampled_from(KINDS), JSON))
def test_no_answers_upset_a_result(answers: dict[str, Any]) -> None:
    """Whatever stands in the record, the result can be told, as JSON too."""
    found = told(handed_in(answers))
    assert 0 <= found.percent <= found.percent_most <= 100
    msgspec.json.encode([found, in_words(ITEMS, handed_in(answers))])


def test_no_grade_gives_more_than_there_is() -> None:
    """A record in which one stands does not make a result of more than a hundred."""
    sitting = handed_in(KEY, PASSED)
    sitting.grades["design"] = [_grade("mentor", 1e9)]
    assert told(sitting).percent == 100


def test_what_is_open_has_no_result() -> None:
    """Nor says what is right."""
    with pytest.raises(NotSubmitted, match="practicum exam submit s"):
        told(msgspec.structs.replace(handed_in({}), submitted_at=None))


HIDDEN = (
    "explained-",
    "because-",
    "assert double",
    "x + x",
    "return 42",
    "ack-pressure",
    "ackpressure",
    "inside /",
    "a-model-answer",
    '"right"',
    '"computed"',
)


@given(st.integers(0, 2**32))
def test_a_sheet_and_a_form_hold_no_key(seed: int) -> None:
    """Neither in words nor in the names of fields; places of the written order are no part of
    it."""
    shown = msgspec.json.encode([[sheet(each) for each in draw(PAPER, seed)], form(PAPER)]).decode()
    assert [each for each in HIDDEN if each in shown] == []


def test_a_form_tells_how_long_how_many_and_how_it_is_graded() -> None:
    """And asks nothing."""
    found = form(PAPER)
    assert (found.minutes, found.questions, found.pass_score) == (60, 8, 70)
    assert found.kinds["ordering"] == 1
    assert set(found.how) == set(found.kinds)
    said = msgspec.json.encode(found).decode()
    assert not any(item.text in said for item in ITEMS)


def test_a_wrong_choice_is_told_with_what_one_believes_who_takes_it() -> None:
    """And the right one with why it is."""
    words = in_words(ITEMS, handed_in({**KEY, "one": 0}))
    found = {each.question: each for each in words}
    assert found["one"].answer_spelled == ("a queue: because-a",)
    assert found["one"].right_spelled == ("a request: because-b",)
    assert found["pairs"].right_spelled[0] == "rate = per second"
    assert found["order"].right_spelled == ("look", "lock", "write", "answer")
    with pytest.raises(NotSubmitted):
        in_words(ITEMS, msgspec.structs.replace(handed_in({}), submitted_at=None))
