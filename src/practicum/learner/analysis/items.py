"""Figures of one question, over all who were asked it (Crocker and Algina, "Introduction to
classical and modern test theory", 1986, chapter 14).

The rest score is what the other questions gave, in percent: it is compared with what the question
gave, so that no question is compared with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from practicum.curriculum.question import AnyOf, AnyQuestion, Number, OneOf, Short
from practicum.learner.analysis.sat import Analysed, Scored
from practicum.learner.analysis.statistic import (
    Correlation,
    correlation,
    mean,
    upper_less_lower,
)
from practicum.learner.exam.answers import checked, letter
from practicum.learner.exam.grading import folded
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.exam.units import quantity
from practicum.learner.exam.variant import shown

SHARE_MIN = 5
"""Of fewer sittings not even a share of points says anything."""

CORRELATION_MIN = 20
"""With fewer, a correlation of 0.4 cannot be told from none."""

TAILS_MIN = 37
"""With fewer there are less than ten in each of the two groups."""

WRONG_SHOWN = 5
"""So many of the commonest wrong answers are told where nothing is offered to choose."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is offered, or that several gave: how many took it, their mean rest score
    in percent, and how taking it goes with the rest score (None where too few were asked).
    ``label`` is the letter in the order written, empty where nothing is offered."""

    label: str
    text: str
    right: bool
    taken: int
    share: float
    rest_mean: float | None
    with_rest: Correlation | None


class ItemFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``difficulty`` is the share of points that were given: 1 is a question that everybody
    knows. ``item_rest`` is the corrected correlation with the rest score, ``d27`` the share of
    the best 27 % less that of the weakest. None where there are too few sittings (`too_few`
    says it) or nothing varies. ``omitted`` were passed over, ``not_reached`` came when the time
    was over; both got nothing. ``waiting`` are not graded yet, and left out."""

    question: str
    kind: str
    section: str
    worth: int
    asked: int
    waiting: int
    omitted: int
    not_reached: int
    difficulty: float | None
    item_rest: Correlation | None
    d27: float | None
    options: tuple[Option, ...]
    too_few: str


def item_figures(each: Analysed, sittings: Sequence[Scored]) -> ItemFigures:
    """The figures of one question."""
    asked = [sat for sat in sittings if each.id in sat.sat.shares]
    graded = [sat for sat in asked if sat.sat.shares[each.id] is not None]
    shares = [sat.sat.shares[each.id] or 0.0 for sat in graded]
    rests = [sat.rest(each) for sat in graded]
    blank = [sat for sat in asked if sat.sat.answers.get(each.id) is None]
    late = sum(each.id in sat.sat.not_reached() for sat in blank)
    count = len(graded)
    known = [(share, rest) for share, rest in zip(shares, rests, strict=True) if rest is not None]
    enough = len(known) >= CORRELATION_MIN
    return ItemFigures(
        question=each.id,
        kind=str(each.question.__struct_config__.tag),
        section=each.section,
        worth=each.worth,
        asked=len(asked),
        waiting=len(asked) - count,
        omitted=len(blank) - late,
        not_reached=late,
        difficulty=mean(shares) if count >= SHARE_MIN else None,
        item_rest=correlation([x for x, _ in known], [y for _, y in known]) if enough else None,
        d27=upper_less_lower([sat.percent() or 0.0 for sat in graded], shares)
        if count >= TAILS_MIN
        else None,
        options=tuple(_options(each.question, graded, rests)),
        too_few=_too_few(count),
    )


def _too_few(count: int) -> str:
    needs = {
        "the share of points": SHARE_MIN,
        "correlations": CORRELATION_MIN,
        "D27": TAILS_MIN,
    }
    missing = [f"{name} ({least})" for name, least in needs.items() if count < least]
    if not missing:
        return ""
    sittings = f"{count} graded sitting{'' if count == 1 else 's'}"
    return f"{sittings} are too few for {', '.join(missing)}"


def _options(
    question: AnyQuestion, sittings: Sequence[Scored], rests: Sequence[float | None]
) -> list[Option]:
    answers = [_checked(question, sat.sat.answers.get(question.id)) for sat in sittings]
    match question:
        case OneOf(choices=choices):
            takes: Callable[[int], list[bool]] = lambda place: [x == place for x in answers]  # noqa: E731
        case AnyOf(choices=choices):
            takes = lambda place: [x is not None and place in x for x in answers]  # noqa: E731
        case Short() | Number():
            return _wrong_ones(question, sittings, answers, rests)
        case _:
            return []
    return [
        _option(letter(place), each.text, each.right, takes(place), rests)
        for place, each in enumerate(choices)
    ]


def _checked(question: AnyQuestion, answer: Any) -> Any:
    try:
        return checked(question, answer)
    except BadAnswer:
        return None


def _wrong_ones(
    question: Short | Number,
    sittings: Sequence[Scored],
    answers: Sequence[Any],
    rests: Sequence[float | None],
) -> list[Option]:
    """The commonest wrong answers. Where a number hangs on what was drawn, the same answer is
    right for one and wrong for another, and nothing is told."""
    if any(isinstance(value, list) for value in question.given.values()):
        return []
    given: list[str | None] = []
    for sat, answer in zip(sittings, answers, strict=True):
        wrong = answer is not None and sat.sat.shares.get(question.id) == 0
        given.append(_same(question, answer) if wrong else None)
    counts = {text: given.count(text) for text in dict.fromkeys(given) if text is not None}
    common = sorted(counts, key=lambda text: (-counts[text], text))[:WRONG_SHOWN]
    return [_option("", text, False, [x == text for x in given], rests) for text in common]


def _same(question: Short | Number, answer: Any) -> str:
    """A text that is the same for answers that say the same."""
    if isinstance(question, Short):
        return folded(answer)
    return f"{shown(quantity(answer, question.unit))} {question.unit}".strip()


def _option(
    label: str, text: str, right: bool, taken: list[bool], rests: Sequence[float | None]
) -> Option:
    known = [(took, rest) for took, rest in zip(taken, rests, strict=True) if rest is not None]
    theirs = [rest for took, rest in known if took]
    enough = len(known) >= CORRELATION_MIN
    return Option(
        label=label,
        text=text,
        right=right,
        taken=sum(taken),
        share=sum(taken) / len(taken) if taken else 0.0,
        rest_mean=mean(theirs) if theirs else None,
        with_rest=correlation([float(x) for x, _ in known], [y for _, y in known])
        if enough
        else None,
    )
