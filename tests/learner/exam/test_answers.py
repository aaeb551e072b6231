"""The shape of an answer: what is taken, and what is refused in words that name the question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.question import OneOf
from practicum.learner.exam.answers import SHORT_MAX, TEXT_MAX, checked, expected, letter, read
from practicum.learner.exam.grading import Mark, grade, worth
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.exam.sheet import right, said
from practicum.learner.exam.variant import order, single
from worlds.exam_paper import JSON, KINDS, QUESTIONS, RIGHT, answers_to, item

SEEDS = st.integers(0, 2**32)


@given(st.data(), SEEDS, st.sampled_from(KINDS))
def test_an_answer_is_told_in_letters_and_found_again(
    data: st.DataObject, seed: int, name: str
) -> None:
    """What the record holds becomes what the learner sees, and back."""
    asked = item(name, seed)
    answer = checked(asked.question, data.draw(answers_to(asked.question)))
    again = read(asked, said(asked, answer)) if answer != [] or name == "some" else []
    assert again == answer or float(again) == float(answer)  # type: ignore[arg-type]


@given(JSON, SEEDS, st.sampled_from(KINDS))
def test_whatever_is_sent_is_taken_or_refused_in_words(sent: Any, seed: int, name: str) -> None:
    """As letters and as the record holds it: nothing else than BadAnswer, which names the
    question and what is expected; what is taken stays what it is, and can be graded."""
    asked = item(name, seed)
    for take in (lambda: read(asked, sent), lambda: checked(asked.question, sent)):
        taken, refused = _tried(take)
        if refused is not None:
            assert refused.question == name
            assert str(refused).startswith(f"{name}: expected ")
            str(refused).encode()
            continue
        assert checked(asked.question, taken) == taken
        msgspec.json.encode(taken)
        mark = grade(asked, taken)
        assert mark is None or 0 <= mark.points <= mark.of


def _tried(take: Callable[[], Any]) -> tuple[Any, BadAnswer | None]:
    try:
        return take(), None
    except BadAnswer as error:
        return None, error


@given(JSON, st.sampled_from(KINDS))
def test_a_wrong_shape_in_the_record_is_no_answer(sent: Any, name: str) -> None:
    """It gets nothing, says why, and raises nothing."""
    asked = item(name)
    mark = grade(asked, sent)
    _, refused = _tried(lambda: checked(asked.question, sent))
    if refused is not None:
        of = worth(asked.question)
        assert mark == Mark(points=0, of=of, note=f"not answered: {refused}")


LETTERS = [
    ("one", "b", 1),
    ("one", "B", 1),
    ("one", ["B"], 1),
    ("some", "A, C", [0, 2]),
    ("some", "ca", [0, 2]),
    ("some", ["C", "A"], [0, 2]),
    ("some", "none", []),
    ("some", [], []),
    ("order", "B, A, D, C", [1, 0, 3, 2]),
    ("order", "badc", [1, 0, 3, 2]),
    ("order", "B A D C", [1, 0, 3, 2]),
    ("pairs", "1=B, 2=A", [[0, 1], [1, 0]]),
    ("pairs", "1 = b; 3:D", [[0, 1], [2, 3]]),
    ("pairs", {"1": "B"}, [[0, 1]]),
    ("pairs", [["1", "B"], [2, "A"]], [[0, 1], [1, 0]]),
    ("many", " 30 ms ", "30 ms"),
    ("many", 5, 5),
    ("word", "Back pressure", "Back pressure"),
]


@pytest.mark.parametrize(("name", "sent", "places"), LETTERS)
def test_letters_may_be_said_in_several_ways(name: str, sent: Any, places: Any) -> None:
    """In lists or texts, in either case."""
    asked = item(name)
    shown = order(asked)

    def written(place: int) -> int:
        return shown[place]

    wanted = places
    if name == "one":
        wanted = written(places)
    elif name in ("some", "order"):
        wanted = [written(each) for each in places]
        wanted = sorted(wanted) if name == "some" else wanted
    elif name == "pairs":
        wanted = [[left, written(each)] for left, each in places]
    assert read(asked, sent) == wanted


WRONG = [
    ("one", "D", "one letter, A to C"),
    ("one", "", "one letter, A to C"),
    ("one", "AB", "one letter, A to C"),
    ("one", 1, "one letter, A to C"),
    ("some", "", "or `none`"),
    ("some", "A, F", "A to E"),
    ("some", "A, A", "A to E"),
    ("order", "A, B, C", "all 4 letters"),
    ("order", "A, A, B, C", "all 4 letters"),
    ("pairs", "1=A, 1=B", "pairs of a number, 1 to 3, and a letter, A to D"),
    ("pairs", "1=A, 2=A", "pairs of a number"),
    ("pairs", "4=A", "pairs of a number"),
    ("pairs", "1=E", "pairs of a number"),
    ("pairs", {"9999999999999999999": "A"}, "pairs of a number"),
    ("many", "1,5", "a number in s, or with its unit; write a decimal point"),
    ("many", True, "a number in s"),
    ("many", "5 MB", "a number in s.*'MB' is not a unit"),
    ("word", 7, "a word or a few; this is 7"),
    ("word", "   ", "this is empty: withdraw the answer instead"),
    ("word", "x" * (SHORT_MAX + 1), f"{SHORT_MAX} are the most"),
    ("design", "x" * (TEXT_MAX + 1), f"{TEXT_MAX} are the most"),
    ("code", "a\0b", r"U\+0000, which no text holds"),
    ("design", "\ud800", r"U\+D800, which no text holds"),
]


@pytest.mark.parametrize(("name", "sent", "why"), WRONG)
def test_what_does_not_fit_is_refused_by_name(name: str, sent: Any, why: str) -> None:
    """With what was expected, in the words that the question was asked with."""
    with pytest.raises(BadAnswer, match=f"^{name}: expected .*{why}"):
        read(item(name), sent)


PLACES = [
    ("one", True, "the place of a choice, 0 to 2; this is True"),
    ("one", 1.0, "the place of a choice"),
    ("one", -1, "the place of a choice"),
    ("some", [True], "a list of places of choices, 0 to 4, once"),
    ("some", 3, "a list of places"),
    ("order", [0, 1, 2], "all places 0 to 3, each once, in order"),
    ("order", [0, 1, 2, True], "all places 0 to 3"),
    ("pairs", [[0, 0], [0, 1]], "a left place, 0 to 2, and a right one, 0 to 3, each once"),
    ("pairs", [[0, 4]], "pairs of a left place"),
    ("pairs", [[0]], "pairs of a left place"),
    ("pairs", {"0": 1}, "pairs of a left place"),
]


@pytest.mark.parametrize(("name", "sent", "why"), PLACES)
def test_what_the_record_holds_is_refused_by_name_too(name: str, sent: Any, why: str) -> None:
    """Where a program speaks of places."""
    with pytest.raises(BadAnswer, match=f"^{name}: expected .*{why}"):
        checked(QUESTIONS[name], sent)


@pytest.mark.parametrize("name", KINDS)
def test_how_to_answer_is_an_answer_of_no_use(name: str) -> None:
    """The example in it is right in no more variants than any answer would be."""
    seeds = range(200)
    hits = sum(right(item(name, seed)) in expected(QUESTIONS[name]).split("`") for seed in seeds)
    assert hits < 40


def test_nothing_is_an_answer_that_is_withdrawn() -> None:
    """Whatever the kind."""
    assert all(checked(each, None) is None for each in QUESTIONS.values())


def test_more_choices_than_letters_have_two() -> None:
    """And are told apart."""
    base = QUESTIONS["one"]
    assert isinstance(base, OneOf)
    many = msgspec.structs.replace(
        base,
        choices=tuple(
            msgspec.structs.replace(base.choices[0], text=f"choice {n}") for n in range(30)
        ),
    )
    asked = single(many, 3)
    labels = [letter(place) for place in range(30)]
    assert labels[25:28] == ["Z", "AA", "AB"]
    assert len(set(labels)) == 30
    assert [read(asked, label) for label in labels] == list(order(asked))


def test_all_right_answers_have_the_right_shape() -> None:
    """Those that the other tests start from."""
    for name, answer in RIGHT.items():
        checked(QUESTIONS[name], answer)
