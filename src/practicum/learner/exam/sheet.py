"""What a sitting shows of its questions: everything but what is right; and, afterwards, the
answer and the key in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.question import (
    AnyOf,
    Code,
    Design,
    ExamPaper,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.exam.answers import checked, expected, letter
from practicum.learner.exam.grading import how, worth
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.exam.variant import Item, key, order, shown


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """Something to choose, and how it is called."""

    label: str
    text: str


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion of a rubric, with what must be seen for each level."""

    name: str
    points: int
    levels: tuple[str, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question as it is shown. ``offered`` are choices, items or right sides, ``lefts`` the
    left sides of pairs; ``start`` is code to begin with; ``expected`` says how an answer is
    said, ``how`` how points are given."""

    id: str
    kind: str
    section: int
    text: str
    points: int
    minutes: int
    difficulty: str
    expected: str
    how: str
    offered: tuple[Offered, ...] = ()
    lefts: tuple[Offered, ...] = ()
    unit: str = ""
    start: str = ""
    rubric: tuple[Judging, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A section's title and scene."""

    title: str
    means: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a paper before it is sat: no question of it. ``kinds`` says how many
    questions of each kind the paper holds, and ``how`` how those are graded."""

    exam: str
    title: str
    minutes: int
    pass_score: int
    questions: int
    sections: tuple[tuple[str, int], ...]
    kinds: Mapping[str, int]
    how: Mapping[str, str]
    time_guide: str
    rubric: tuple[Judging, ...]


def kind_of(item: Item) -> str:
    """The kind of a question as the files call it."""
    return str(item.question.__struct_config__.tag)


def sheet(item: Item) -> Sheet:
    """A question as it is shown, in the order of its variant."""
    question = item.question
    return Sheet(
        id=item.id,
        kind=kind_of(item),
        section=item.section,
        text=item.text,
        points=worth(question),
        minutes=question.minutes,
        difficulty=question.difficulty,
        expected=expected(question),
        how=how(question),
        offered=_labelled([_texts(item)[place] for place in order(item)]),
        lefts=tuple(
            Offered(label=str(number), text=pair.left)
            for number, pair in enumerate(question.pairs, start=1)
        )
        if isinstance(question, Matching)
        else (),
        unit=question.unit if isinstance(question, Number) else "",
        start=question.start if isinstance(question, Code) else "",
        rubric=_judging(question.rubric) if isinstance(question, Design) else (),
    )


def parts(paper: ExamPaper) -> tuple[Part, ...]:
    """The sections of a paper."""
    return tuple(Part(title=each.title, means=each.means) for each in paper.sections)


def form(paper: ExamPaper) -> Form:
    """What may be told before it is sat."""
    every = [each for section in paper.sections for each in section.questions]
    kinds: dict[str, int] = {}
    said: dict[str, str] = {}
    for each in every:
        kind = str(each.__struct_config__.tag)
        kinds[kind] = kinds.get(kind, 0) + 1
        said.setdefault(kind, _GENERAL[kind])
    sections = tuple(
        (each.title, _asked_of(each.draw, len(each.questions))) for each in paper.sections
    )
    return Form(
        exam=paper.of,
        title=paper.title,
        minutes=paper.minutes,
        pass_score=paper.pass_score,
        questions=sum(count for _, count in sections),
        sections=sections,
        kinds=kinds,
        how=said,
        time_guide=paper.time_guide,
        rubric=_judging(paper.rubric),
    )


def _asked_of(draw: int, there: int) -> int:
    """How many questions a section asks."""
    return min(draw, there) if draw else there


_GENERAL = {
    "choice": "the right choice gives the points, another nothing",
    "multiple": "the share of right choices taken, less the share of wrong ones; not below 0",
    "number": "within the tolerance that the question states, in its unit or another of the kind",
    "ordering": "the share of pairs in the right order, less that in the wrong one; not below 0",
    "matching": "an equal part for each right pair; wrong ones cost nothing",
    "short": "a right word; capitals, spaces and accents do not matter",
    "code": "your code passes tests that you do not see, or not; what the machine cannot judge "
    "costs nothing",
    "design": "by a rubric: your own grade at first, then that of peers, then a mentor's",
}


def _judging(rubric: Sequence[Any]) -> tuple[Judging, ...]:
    return tuple(Judging(name=each.name, points=each.points, levels=each.levels) for each in rubric)


def _labelled(texts: Sequence[str]) -> tuple[Offered, ...]:
    return tuple(Offered(label=letter(place), text=text) for place, text in enumerate(texts))


def _texts(item: Item) -> list[str]:
    """What is offered, in the order in which it is written."""
    match item.question:
        case OneOf(choices=choices) | AnyOf(choices=choices):
            return [each.text for each in choices]
        case Ordering(items=items):
            return list(items)
        case Matching(pairs=pairs, extra=extra):
            return [*(each.right for each in pairs), *extra]
    return []


# ── In words


def said(item: Item, answer: Any) -> str:
    """A recorded answer as its learner said it, in the letters of her variant."""
    try:
        answer = checked(item.question, answer)
    except BadAnswer:
        return ascii(answer)
    if answer is None:
        return ""
    letters = {place: letter(at) for at, place in enumerate(order(item))}
    match item.question:
        case OneOf():
            return letters[answer]
        case AnyOf():
            return ", ".join(sorted(letters[each] for each in answer)) or "none"
        case Ordering():
            return ", ".join(letters[each] for each in answer)
        case Matching():
            return ", ".join(f"{left + 1}={letters[right]}" for left, right in answer)
    return str(answer)


def right(item: Item) -> str:
    """What is right, as it would have been said; empty for code and designs."""
    if isinstance(item.question, Number):
        number = key(item)
        assert number is not None
        return f"{shown(number)} {item.question.unit}".strip()
    return said(item, key_of(item))


def spelled(item: Item, answer: Any) -> tuple[str, ...]:
    """A recorded answer in the words of the question, a line for each part: for a choice with
    what speaks for or against it. Empty where the answer says it all by itself."""
    try:
        answer = checked(item.question, answer)
    except BadAnswer:
        return ()
    if answer is None:
        return ()
    texts = _texts(item)
    match item.question:
        case OneOf(choices=choices) | AnyOf(choices=choices):
            places = [answer] if isinstance(item.question, OneOf) else answer
            return tuple(f"{texts[place]}: {choices[place].why}" for place in places)
        case Ordering():
            return tuple(texts[place] for place in answer)
        case Matching(pairs=pairs):
            return tuple(f"{pairs[left].left} = {texts[right]}" for left, right in answer)
    return ()


def key_of(item: Item) -> Any:
    """What is right, as it is recorded; None for code and designs."""
    question = item.question
    match question:
        case OneOf(choices=choices):
            return next((place for place, each in enumerate(choices) if each.right), None)
        case AnyOf(choices=choices):
            return [place for place, each in enumerate(choices) if each.right]
        case Number():
            return key(item)
        case Ordering(items=items):
            return list(range(len(items)))
        case Matching(pairs=pairs):
            return [[place, place] for place in range(len(pairs))]
        case Short(accept=accept):
            return accept[0]
    return None


def model(item: Item) -> str:
    """A good answer in full, for code and designs; empty for the others."""
    match item.question:
        case Code(solution=solution):
            return solution
        case Design(model=text):
            return text
    return ""
