"""How many points an answer gets: the same each time, and said in words beforehand.

A share of the points is a fraction of whole numbers until it is told, so nothing hangs on the
order of a sum.
Guessing gains nothing on average where it can be helped: wrong choices cost what right ones give
(Frary, "Formula scoring of multiple-choice tests", 1988), an order is judged by its pairs
(Kendall's tau, 1938), and neither falls below 0.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Code,
    Criterion,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.exam.answers import checked
from practicum.learner.exam.refusal import BadAnswer, BadGrade
from practicum.learner.exam.units import quantity
from practicum.learner.exam.variant import Item, key

NOT_ANSWERED = "not answered"
_SLACK = 1e-9
_MARKS = range(0x0300, 0x0370)
_SAME = str.maketrans({"‐": "-", "‑": "-", "–": "-", "—": "-", "’": "'", "‘": "'"})


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Points of ``of``, and why where the points do not say it."""

    points: float
    of: int
    note: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of running an answer in code against its check. ``passed`` is None where the
    machine, and not the answer, is why nothing is known; ``said`` tells what went wrong."""

    passed: bool | None
    said: str = ""


def worth(question: AnyQuestion) -> int:
    """The points that a question gives at the most; those of its rubric, if it has one."""
    if isinstance(question, Design):
        return sum(each.points for each in question.rubric)
    return question.points


def how(question: AnyQuestion) -> str:
    """How points are given, in words that may be read before the answer."""
    of = worth(question)
    points = f"{of} point{'s' if of > 1 else ''}"
    match question:
        case OneOf():
            return f"{points} for the right choice, else nothing."
        case AnyOf():
            return (
                f"{points} times the share of the right choices that you take, less the share of "
                "the wrong ones that you take; not below 0."
            )
        case Number():
            return f"{points} for a number {_within(question)}, else nothing."
        case Ordering():
            return (
                f"{points} times the share of pairs that you put in the right order, less the "
                "share of those in the wrong one; not below 0."
            )
        case Matching():
            return f"{points}, an equal part for each right pair; wrong ones cost nothing."
        case Short():
            return f"{points} for a right word; capitals, spaces and accents do not matter."
        case Code():
            return (
                f"{points} if your code passes tests that you do not see, else nothing. What the "
                "machine cannot judge costs nothing, and is judged later."
            )
    return f"{points} by the rubric, whose levels say what must be seen for them."


def _within(question: Number) -> str:
    said = []
    if question.tolerance:
        said.append(f"{question.tolerance:g} {question.unit}".strip())
    if question.tolerance_percent:
        said.append(f"{question.tolerance_percent:g} % of the right one")
    if not said:
        return "that is exactly right"
    return f"at most {' or '.join(said)} off{', whichever is more' if len(said) > 1 else ''}"


def grade(item: Item, answer: Any, outcome: Outcome | None = None) -> Mark | None:
    """The points of a recorded answer; None for what a machine cannot grade, or not yet: a
    design, and code without a sure outcome.

    An answer of a wrong shape is no answer: it gets nothing, and the note says why.
    """
    question = item.question
    of = worth(question)
    try:
        answer = checked(question, answer)
    except BadAnswer as error:
        return Mark(points=0, of=of, note=f"{NOT_ANSWERED}: {error}")
    if answer is None:
        return Mark(points=0, of=of, note=NOT_ANSWERED)
    if isinstance(question, Design):
        return None
    if isinstance(question, Code):
        if outcome is None or outcome.passed is None:
            return None
        return Mark(points=of if outcome.passed else 0, of=of, note=outcome.said)
    over, under = _share(question, item, answer)
    return Mark(points=max(0, over * of) / under, of=of)


@functools.singledispatch
def _share(question: AnyQuestion, item: Item, answer: Any) -> tuple[int, int]:
    """The share of the points that an answer deserves, before it is kept above 0, as a fraction:
    what is over the line and what is under it."""
    raise TypeError(f"nothing grades {question!r:.80}")


@_share.register
def _of_choice(question: OneOf, item: Item, answer: int) -> tuple[int, int]:
    return int(question.choices[answer].right), 1


@_share.register
def _of_choices(question: AnyOf, item: Item, answer: list[int]) -> tuple[int, int]:
    taken = set(answer)
    right = {place for place, each in enumerate(question.choices) if each.right}
    wrong = set(range(len(question.choices))) - right
    # The linter refuses a question in which all are right, or none; here it has an answer too.
    rights, wrongs = len(right) or 1, len(wrong) or 1
    good = len(taken & right) if right else int(not taken)
    return good * wrongs - len(taken & wrong) * rights, rights * wrongs


@_share.register
def _of_number(question: Number, item: Item, answer: int | float | str) -> tuple[int, int]:
    wanted = key(item)
    assert wanted is not None
    off = abs(quantity(answer, question.unit) - wanted)
    allowed = tolerance_of(question, wanted)
    return int(off <= allowed + _SLACK * max(allowed, abs(wanted))), 1


def tolerance_of(question: Number, wanted: float) -> float:
    """How far off that right number an answer may be, in the question's unit."""
    return max(question.tolerance, abs(wanted) * question.tolerance_percent / 100)


@_share.register
def _of_ordering(question: Ordering, item: Item, answer: list[int]) -> tuple[int, int]:
    pairs = list(itertools.combinations(answer, 2))
    return sum(1 if first < then else -1 for first, then in pairs), len(pairs)


@_share.register
def _of_matching(question: Matching, item: Item, answer: list[list[int]]) -> tuple[int, int]:
    return sum(left == right for left, right in answer), len(question.pairs)


@_share.register
def _of_short(question: Short, item: Item, answer: str) -> tuple[int, int]:
    return int(folded(answer) in {folded(each) for each in question.accept}), 1


def folded(text: str) -> str:
    """A text without what does not matter in a short answer: case, accents, forms of the same
    letter, spaces at the ends and doubled, a full stop."""
    plain = unicodedata.normalize("NFKD", text.translate(_SAME)).casefold()
    bare = "".join(each for each in unicodedata.normalize("NFKD", plain) if ord(each) not in _MARKS)
    return " ".join(bare.split()).rstrip(". ")


def points_of(rubric: Sequence[Criterion], levels: Mapping[str, Any]) -> float:
    """The points of levels given by the names of criteria; the levels of a criterion are evenly
    apart, from nothing to its points.

    Raises BadGrade for a criterion that is missing or unknown, and a level that there is not.
    """
    known = {each.name: each for each in rubric}
    for name in levels:
        if name not in known:
            raise BadGrade(f"the rubric has no criterion {name!r}: it has {', '.join(known)}")
    total = Fraction(0)
    for name, criterion in known.items():
        most, level = len(criterion.levels) - 1, levels.get(name)
        if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= most:
            said = "there is none" if level is None else f"this is {level!r:.40}"
            raise BadGrade(f"{name}: a level from 0 to {most} is expected; {said}")
        total += Fraction(criterion.points * level, most)
    return float(total)
