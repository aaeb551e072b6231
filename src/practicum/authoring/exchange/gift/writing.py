"""Our questions as GIFT, and what GIFT cannot say of them.

A question's id is its title and its id number; what else our files say and Moodle has no field for
(tier, difficulty, minutes, points, block) goes into tags, from which it is read again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import msgspec

from practicum.authoring.exchange.gift.answers import ARROW, WEIGHT
from practicum.authoring.exchange.gift.escaping import escaped
from practicum.authoring.exchange.gift.marked_up import markdown_of
from practicum.authoring.exchange.gift.question import FORMATS, Said
from practicum.authoring.exchange.gift.reading import asked_in
from practicum.authoring.exchange.source import Asked, Source
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Choice,
    Code,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.labs.finding import Finding
from practicum.learner.exam.grading import tolerance_of
from practicum.learner.exam.variant import Item, key

LOST_HEAD = "not in the file:"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A file's text, and what of the questions it does not hold: ``left_out`` are whole
    questions, ``lost`` parts of others."""

    text: str
    left_out: tuple[Finding, ...]
    lost: tuple[Finding, ...]


class _CannotBeSaid(Exception):
    """GIFT has no such question; the message says what it lacks."""


def gift_of(source: Source) -> Written:
    """All questions as one text."""
    pieces = [f"$CATEGORY: {source.id.replace('//', '/')}\n"]
    left_out, lost = [], []
    for each in source.asked:
        try:
            pieces.append(_question(each.item))
        except _CannotBeSaid as error:
            left_out.append(source.note(each.path, str(error), "export it as QTI"))
            continue
        for said in _lost(each):
            lost.append(source.note(each.path, said, "QTI holds more of it"))
    return Written(text="\n".join(pieces), left_out=tuple(left_out), lost=tuple(lost))


def _question(item: Item) -> str:
    tags = "".join(f" [tag:{each}]" for each in _tags(item.question))
    answers = _answers(item.question, item)
    text = item.text
    if isinstance(item.question, Number) and item.question.unit:
        text = text.strip() + asked_in(item.question.unit)
    general = f"\n\t####{_said(item.explain)}"
    return (
        f"// [id:{item.id}]{tags}\n::{escaped(item.id)}::[markdown]{escaped(text.strip())}"
        f"{{{answers}{general}\n}}\n"
    )


def _tags(question: AnyQuestion) -> Iterator[str]:
    if question.tier is not None:
        yield f"tier-{question.tier}"
    yield f"difficulty-{question.difficulty}"
    yield f"minutes-{question.minutes}"
    if question.points != 1:
        yield f"points-{question.points}"
    for name in ("block", "form", "scenario"):
        if value := getattr(question, name):
            yield f"{name}-{_in_tag(value)}"
    if isinstance(question, Number) and question.unit:
        yield f"unit-{_in_tag(question.unit)}"


def _in_tag(value: str) -> str:
    if set(value) & set("[]\n") or value != value.strip():
        raise _CannotBeSaid(f"{value!r} cannot stand in a tag")
    return escaped(value)


def _said(text: str, *, weighed: bool = False) -> str:
    """A text as it stands among answers; what could be taken for a format, HTML or a weight has
    one before it."""
    bare = text.strip()
    if any(bare.startswith(f"[{each}]") for each in FORMATS) or _reads_as_html(bare):
        return f"[markdown]{escaped(bare)}"
    if weighed and WEIGHT.match(bare):
        return f"%0%{escaped(bare)}"
    return escaped(bare)


def _reads_as_html(text: str) -> bool:
    return markdown_of(Said(text=text, line=0)) != (text, [])


# ── By kind


@functools.singledispatch
def _answers(question: AnyQuestion, item: Item) -> str:
    raise TypeError(f"nothing writes {question!r:.80}")


@_answers.register
def _of_one(question: OneOf, item: Item) -> str:
    if sum(each.right for each in question.choices) != 1:
        raise _CannotBeSaid("not exactly one of its choices is right")
    lines = []
    for each in question.choices:
        said = _said(each.text, weighed=not each.right)
        lines.append(f"\n\t{'=' if each.right else '~'}{said}#{_said(each.why)}")
    return "".join(lines)


@_answers.register
def _of_any(question: AnyOf, item: Item) -> str:
    right = sum(each.right for each in question.choices)
    if not right:
        raise _CannotBeSaid("none of its choices is right")
    wrong = len(question.choices) - right
    return "".join(_weighed(each, right, wrong) for each in question.choices)


def _weighed(choice: Choice, right: int, wrong: int) -> str:
    weight = 100 / right if choice.right else -100 / wrong
    digits = f"{weight:.5f}".rstrip("0").rstrip(".")
    return f"\n\t~%{digits}%{_said(choice.text)}#{_said(choice.why)}"


@_answers.register
def _of_number(question: Number, item: Item) -> str:
    number = key(item)
    assert number is not None
    return f"#\n\t={number:.17g}:{tolerance_of(question, number):.17g}"


@_answers.register
def _of_ordering(question: Ordering, item: Item) -> str:
    raise _CannotBeSaid("GIFT has no question that asks for an order")


@_answers.register
def _of_matching(question: Matching, item: Item) -> str:
    lines = []
    for pair in question.pairs:
        if ARROW in pair.left:
            raise _CannotBeSaid(f"the left side {pair.left!r} holds {ARROW}, which divides pairs")
        lines.append(f"\n\t={_said(pair.left)} {ARROW} {_plain(pair.right)}")
    lines += [f"\n\t= {ARROW} {_plain(each)}" for each in question.extra]
    return "".join(lines)


def _plain(text: str) -> str:
    return escaped(text.strip())


@_answers.register
def _of_short(question: Short, item: Item) -> str:
    if any(ARROW in each for each in question.accept):
        raise _CannotBeSaid(f"an answer that holds {ARROW} would be read as a pair")
    return "".join(f"\n\t=%100%{_short(each)}" for each in question.accept)


def _short(text: str) -> str:
    """An answer of which each star is one, and not any text."""
    bare = text.strip().replace("*", "\\*")
    if any(bare.startswith(f"[{each}]") for each in FORMATS):
        return f"[plain]{escaped(bare)}"
    return escaped(bare)


@_answers.register
def _of_code(question: Code, item: Item) -> str:
    raise _CannotBeSaid("GIFT has no question that runs code")


@_answers.register
def _of_design(question: Design, item: Item) -> str:
    return ""


# ── What is not said


def _lost(each: Asked) -> Sequence[str]:
    question, found = each.item.question, []
    if question.tests:
        found.append(f"{LOST_HEAD} the objectives that it tests")
    if any(isinstance(value, list) for value in question.given.values()):
        found.append(f"{LOST_HEAD} its other variants; it stands as one seed draws it")
    if isinstance(question, Design):
        found.append(f"{LOST_HEAD} its rubric and its model answer")
    if isinstance(question, Number) and question.tolerance_percent:
        found.append(f"{LOST_HEAD} that its tolerance goes with the answer; it is a number now")
    return found
