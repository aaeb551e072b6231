"""A graded answer's rating, by the table that the module documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.question import AnyQuestion, Choice, Number, OneOf, Short
from practicum.learner.memory.rating import rating_of

SHORT = Short(id="s", text="?", explain="!", accept=("x",), minutes=2)
PICKED = OneOf(
    id="c",
    text="?",
    explain="!",
    minutes=2,
    choices=(Choice(text="a", right=True, why="!"), Choice(text="b", why="!")),
)


@pytest.mark.parametrize(
    ("question", "points", "seconds", "rating"),
    [
        (SHORT, 0, 10, 1),
        (SHORT, 5.9, 10, 1),
        (SHORT, 6, 10, 2),
        (SHORT, 9.9, 0, 2),
        (SHORT, 10, 0, 3),
        (SHORT, 10, 60, 4),
        (SHORT, 10, 61, 3),
        (SHORT, 10, 180, 3),
        (SHORT, 10, 181, 2),
        (PICKED, 10, 5, 3),
        (PICKED, 10, 181, 2),
    ],
)
def test_the_table_holds(question: AnyQuestion, points: float, seconds: float, rating: int) -> None:
    """Share of ten points, and time against two minutes."""
    assert rating_of(question, points=points, of=10, seconds=seconds) == rating


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 1000))
def test_more_points_never_rate_worse(some: float, more: float, seconds: float) -> None:
    """At the same time taken."""
    few, many = sorted((some, more))
    question = Number(id="n", text="?", explain="!", answer=1)
    rated = [rating_of(question, points=each, of=10, seconds=seconds) for each in (few, many)]
    assert rated == sorted(rated)
    assert set(rated) <= {1, 2, 3, 4}


def test_a_question_without_points_was_not_known() -> None:
    """Nothing divides by nothing."""
    assert rating_of(SHORT, points=0, of=0) == 1
