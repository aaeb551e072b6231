"""Grades by people: which counts, when it is final, who may, and how far two agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from practicum.curriculum.question import Design
from practicum.learner.events import Grader
from practicum.learner.exam.people import (
    NOTE_MAX,
    WAIT_DAYS,
    agreements,
    counted,
    graded_by,
    quadratic_kappa,
    rubrics,
)
from practicum.learner.exam.refusal import BadAnswer, BadGrade, NotSubmitted
from practicum.learner.exam.sitting import WHOLE, Grade, Sitting
from worlds.exam_paper import NOON, PAPER, QUESTIONS, item

DESIGN = QUESTIONS["design"]
assert isinstance(DESIGN, Design)
RUBRIC = DESIGN.rubric
LATER = NOON + dt.timedelta(days=WAIT_DAYS)


def given_by(
    grader: Grader, points: float, by: str = "", levels: dict[str, int] | None = None
) -> Grade:
    """A grade."""
    return Grade(grader=grader, by=by or grader, points=points, of=6, levels=levels or {}, at=NOON)


def submitted(**answers: Any) -> Sitting:
    """A sitting that was handed in at noon."""
    return Sitting(
        id="s",
        exam="small",
        paper_sha256="x",
        seed=7,
        questions=("design", "one"),
        started_at=NOON,
        deadline=LATER,
        seen=NOON,
        submitted_at=NOON,
        answers=answers or {"design": "a line"},
    )


COUNTS: list[tuple[list[Grade], dt.datetime, float | None, str | None, bool]] = [
    ([], NOON, None, None, False),
    ([], LATER, None, None, False),
    ([given_by("self", 6)], NOON, 6, "self", False),
    ([given_by("self", 6)], LATER - dt.timedelta(seconds=1), 6, "self", False),
    ([given_by("self", 6)], LATER, 6, "self", True),
    ([given_by("self", 6), given_by("peer", 2)], NOON, 2, "peer", True),
    (
        [given_by("peer", 2, "a"), given_by("peer", 6, "b"), given_by("peer", 3, "c")],
        NOON,
        3,
        "peer",
        True,
    ),
    ([given_by("peer", 2, "a"), given_by("peer", 3, "b")], NOON, 2.5, "peer", True),
    (
        [given_by("self", 6), given_by("peer", 2), given_by("mentor", 4)],
        NOON,
        4,
        "mentor",
        True,
    ),
    ([given_by("mentor", 4, "a"), given_by("mentor", 5, "b")], NOON, 4.5, "mentor", True),
    ([given_by("machine", 0), given_by("self", 6)], NOON, 0, "machine", True),
]


@pytest.mark.parametrize(("grades", "now", "points", "grader", "is_final"), COUNTS)
def test_a_mentor_counts_before_peers_and_peers_before_oneself(
    grades: list[Grade], now: dt.datetime, points: float, grader: str, is_final: bool
) -> None:
    """Nobody waits longer than the days that are stated: then one's own grade is final."""
    found = counted(grades, submitted_at=NOON, now=now)
    assert (found.points, found.grader, not found.waits) == (points, grader, is_final)
    if found.points is None:
        assert "grade it yourself" in found.waits
    elif not is_final:
        assert "by 2026-12-05" in found.waits


def give(**changed: Any) -> Any:
    """A grade by a peer, with some of it changed."""
    fields: dict[str, Any] = {
        "person": "ada",
        "grader": "peer",
        "by": "grace",
        "levels": {"bound": 2, "cost": 0},
        "note": "",
    }
    where = changed.pop("sitting", submitted())
    question = changed.pop("question", "design")
    return graded_by(where, RUBRIC, question, **{**fields, **changed})


def test_a_grade_says_its_levels_and_points() -> None:
    """So that it can be told again."""
    event = give(note="names no cost")
    assert (event.points, event.of, event.levels) == (4, 6, {"bound": 2, "cost": 0})
    assert event.note == "names no cost"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"by": "ada"}, "nobody is her own peer or mentor"),
    ({"grader": "mentor", "by": "ada"}, "nobody is her own"),
    ({"grader": "self"}, "only ada grades as self"),
    ({"grader": "machine"}, "a person grades"),
    ({"by": "practicum"}, "a person grades"),
    ({"levels": {"bound": 3, "cost": 0}}, "bound: a level from 0 to 2 is expected; this is 3"),
    ({"levels": {"bound": 1}}, "cost: a level from 0 to 1 is expected; there is none"),
    ({"levels": {"bound": 1, "cost": 1, "style": 1}}, "no criterion 'style': it has bound, cost"),
    ({"question": "one"}, "one was not answered"),
]


@pytest.mark.parametrize(("changed", "why"), REFUSED)
def test_a_grade_that_does_not_hold_is_refused(changed: dict[str, Any], why: str) -> None:
    """With the reason, and nothing recorded."""
    with pytest.raises(BadGrade, match=why):
        give(**changed)


@pytest.mark.parametrize(
    "changed", [{"note": "x" * (NOTE_MAX + 1)}, {"note": "\ud800"}, {"by": "x" * 101}, {"by": "\0"}]
)
def test_notes_and_names_are_texts(changed: dict[str, Any]) -> None:
    """Of a sensible length."""
    with pytest.raises(BadAnswer, match="expected a"):
        give(**changed)


def test_what_is_not_handed_in_is_not_graded() -> None:
    """Nor looked at."""
    with pytest.raises(NotSubmitted):
        give(sitting=msgspec.structs.replace(submitted(), submitted_at=None))


LEVELS = st.integers(0, 4)


@given(st.lists(st.tuples(LEVELS, LEVELS), min_size=2, max_size=40))
def test_kappa_is_what_scikit_learn_finds(pairs: list[tuple[int, int]]) -> None:
    """On one scale, with quadratic weights."""
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = quadratic_kappa(first, second)
    if len({*first, *second}) == 1:
        assert found is None
        return
    wanted = cohen_kappa_score(first, second, weights="quadratic", labels=[0, 1, 2, 3, 4])
    assert found == pytest.approx(wanted, abs=1e-9)


@given(st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=40))
def test_kappa_has_no_first_grader_and_no_scale(pairs: list[tuple[int, int]]) -> None:
    """Exchanged, or in shares of the scale, it is the same."""
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = quadratic_kappa(first, second)
    assert found == pytest.approx(quadratic_kappa(second, first))
    shares = quadratic_kappa([x / 4 for x in first], [x / 4 for x in second])
    assert found == pytest.approx(shares)
    assert found is None or -1 - 1e-9 <= found <= 1 + 1e-9


def test_kappa_of_nothing_is_none_and_of_unequal_lists_an_error() -> None:
    """There is nothing to compare."""
    assert quadratic_kappa([], []) is None
    with pytest.raises(ValueError, match="2 levels cannot be compared with 1"):
        quadratic_kappa([1, 2], [1])


def test_each_two_graders_are_compared_where_both_judged() -> None:
    """Over all rubrics of the sitting; of a few criteria nothing can be told."""
    sitting = submitted()
    known = rubrics([item("design"), item("one")], PAPER)
    assert list(known) == ["design", WHOLE]
    sitting.grades["design"] = [
        given_by("self", 6, "ada", {"bound": 2, "cost": 1}),
        given_by("mentor", 2, "grace", {"bound": 1, "cost": 0}),
    ]
    sitting.grades[WHOLE] = [given_by("mentor", 1, "grace", {"reasons": 1})]
    (found,) = agreements(sitting, known)
    assert (found.first, found.second) == ("mentor grace", "self")
    assert (found.criteria, found.kappa) == (2, None)
    many = {f"q{n}": RUBRIC for n in range(4)}
    for name in many:
        sitting.grades[name] = sitting.grades["design"]
    (told,) = agreements(sitting, many)
    first, second = [0.5, 0] * 4, [1, 1] * 4
    assert (told.criteria, told.kappa) == (8, quadratic_kappa(first, second))
