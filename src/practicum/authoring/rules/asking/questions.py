"""Questions: whether their keys are right, and whether they tell right from wrong."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from practicum.authoring.rules.rule import rule
from practicum.authoring.rules.subject import Subject
from practicum.authoring.shelves import QUESTIONS_FILE
from practicum.curriculum.arithmetic import NotArithmetic, Value, names_in, work_out
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
)
from practicum.curriculum.question import Short as ShortAnswer
from practicum.labs.finding import Finding, did_you_mean
from practicum.learner.exam.grading import worth

DRAWS_MAX = 500
LONGER_RATIO, LONGER_MIN = 1.3, 20
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@rule(
    "gauntlet",
    why="Recall comes before understanding, understanding before use, use before design.",
    remedy="write `:::: gauntlet minutes=...`, and questions with that `tier:`",
    profiles=("blocks",),
    needs=("lesson", "questions"),
)
def gauntlet(subject: Subject) -> Iterator[Finding]:
    """There is a gauntlet with questions in each of its tiers, and it says how long it takes."""
    passage = subject.section("gauntlet")
    if passage is None:
        yield subject.at(1, "there is no gauntlet")
    elif not passage.minutes:
        yield subject.at(passage.line, "the gauntlet does not say how long it takes")
    there = {each.tier for each in subject.asked}
    names = [each.name for each in subject.around.standards.gauntlet]
    for tier in range(1, subject.around.standards.module.retrieval_gauntlet_tiers + 1):
        if tier not in there:
            name = f" ({names[tier - 1]})" if tier <= len(names) else ""
            said = f"no question is of tier {tier}{name}"
            yield subject.within(QUESTIONS_FILE, ("questions",), said)


@rule(
    "question-block",
    why="A wrong answer sends the learner back to the block; it must be there.",
    remedy="name a block of this module, or leave `block:` out",
    needs=("lesson",),
)
def question_block(subject: Subject) -> Iterator[Finding]:
    """The block that a question names is one of the module."""
    known = [each.id for each in (*subject.text.blocks, *subject.text.timed)]
    for file, path, each in subject.every_question():
        if each.block is not None and each.block not in known:
            said = f"there is no block {each.block}"
            yield subject.within(file, (*path, "block"), said, did_you_mean(each.block, known))


@rule(
    "answer-key",
    why="A question with two right answers, or none, punishes who knows.",
    remedy="mark with `right: true` what is right, and nothing else",
    needs=(),
)
def answer_key(subject: Subject) -> Iterator[Finding]:
    """The key of a question can be told from its text: exactly one choice is right where one is
    asked for, at least one right and one wrong where several may be, pairs and orders are not
    ambiguous."""
    for file, path, each in subject.every_question():
        for below, said, remedy in _key_faults(each):
            yield subject.within(file, (*path, *below), said, remedy)


def _key_faults(question: AnyQuestion) -> Iterator[tuple[tuple[str, ...], str, str]]:
    match question:
        case OneOf():
            right = sum(each.right for each in question.choices)
            if right != 1:
                said = f"{right or 'no'} choice{'s are' if right > 1 else ' is'} right, not one"
                yield ("choices",), said, ""
        case AnyOf():
            right = sum(each.right for each in question.choices)
            if right in (0, len(question.choices)):
                yield ("choices",), f"{'all are' if right else 'none is'} right", ""
        case Matching():
            rights = [_bare(each.right) for each in question.pairs]
            if len(set(rights)) < len(rights):
                said = "two right sides are the same"
                yield ("pairs",), said, "make each of them fit one left side only"
            for each in question.extra:
                if _bare(each) in rights:
                    said = f"{each!r} belongs to a pair"
                    yield ("extra",), said, "take it out of `extra:`"
        case Number(answer=None, computed=""):
            yield (), "it has no answer", "write `answer:`, `computed:` or both"


@rule(
    "duplicate-choices",
    why="Two choices that say the same are both right or both wrong: who sees it guesses less.",
    remedy="replace one of the two with another misconception",
    needs=(),
)
def duplicate_choices(subject: Subject) -> Iterator[Finding]:
    """No two choices, items or left sides of a question are the same."""
    for file, path, each in subject.every_question():
        name, texts = _offered(each)
        seen: dict[str, int] = {}
        for index, text in enumerate(texts):
            first = seen.setdefault(_bare(text), index)
            if first != index:
                said = f"{text!r} stands twice"
                yield subject.within(file, (*path, name, index), said)


def _offered(question: AnyQuestion) -> tuple[str, Sequence[str]]:
    match question:
        case OneOf() | AnyOf():
            return "choices", [each.text for each in question.choices]
        case Ordering():
            return "items", question.items
        case Matching():
            return "pairs", [each.left for each in question.pairs]
        case ShortAnswer():
            return "accept", question.accept
    return "", ()


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


@rule(
    "longest-answer",
    why="Who knows nothing takes the longest: it is where the author was careful.",
    remedy="say the right one shorter, or the others as carefully",
    severity="advice",
    needs=(),
)
def longest_answer(subject: Subject) -> Iterator[Finding]:
    """The right choice is not recognisably the longest."""
    for file, path, each in subject.every_question():
        if not isinstance(each, OneOf) or sum(choice.right for choice in each.choices) != 1:
            continue
        right = next(len(choice.text) for choice in each.choices if choice.right)
        wrong = max(len(choice.text) for choice in each.choices if not choice.right)
        if right > wrong * LONGER_RATIO and right - wrong >= LONGER_MIN:
            said = f"the right choice has {right} characters, the next {wrong}"
            yield subject.within(file, (*path, "choices"), said)


@rule(
    "computed",
    why="A number that was worked out by hand is wrong more often than one thinks.",
    remedy="put the expression, the values or the answer right",
    needs=(),
)
def computed(subject: Subject) -> Iterator[Finding]:
    """What `computed` says can be worked out for all values of `given`, and comes to `answer`."""
    for file, path, each in subject.every_question():
        if isinstance(each, Number) and each.computed:
            for field, said in _computed_faults(each):
                yield subject.within(file, (*path, field), said)


def _computed_faults(question: Number) -> Iterator[tuple[str, str]]:
    odd = [name for name, value in question.given.items() if not _is_numeric(value)]
    if odd:
        yield "given", f"{', '.join(odd)} is no number, and no list of numbers"
        return
    drawn = [name for name, value in question.given.items() if isinstance(value, list)]
    if drawn and question.answer is not None:
        yield "answer", f"{', '.join(drawn)} is drawn from a list, so the answer is not one number"
        return
    for values in draws(question.given):
        try:
            found = work_out(question.computed, values)
        except NotArithmetic as error:
            told = ", ".join(f"{name} = {values[name]}" for name in drawn)
            yield "computed", f"{error}{f' (with {told})' if told else ''}"
            return
        if question.answer is not None and not _agree(found, question):
            yield "answer", f"computed comes to {found:.10g}, not {question.answer:.10g}"


def _is_numeric(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return bool(each) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in each)


def _agree(found: Value, question: Number) -> bool:
    assert question.answer is not None
    return math.isclose(found, question.answer, rel_tol=1e-9, abs_tol=question.tolerance + 1e-12)


def draws(given: Mapping[str, Any]) -> Iterator[dict[str, Value]]:
    """Each way of drawing one value of every list, up to `DRAWS_MAX`."""
    lists = [value if isinstance(value, list) else [value] for value in given.values()]
    for values in itertools.islice(itertools.product(*lists), DRAWS_MAX):
        yield dict(zip(given, values, strict=True))


@rule(
    "given",
    why="A learner sees `{nodes}` instead of a number, or a number that nothing is done with.",
    remedy="let `{names}` in the text and the names under `given:` be the same",
    needs=(),
)
def given(subject: Subject) -> Iterator[Finding]:
    """Each name in braces is given, and what is given stands in the text or in `computed`."""
    for file, path, each in subject.every_question():
        if not each.given:
            continue
        named = set(_NAME.findall(each.text))
        for name in sorted(named - set(each.given)):
            said = f"{{{name}}} is not given"
            yield subject.within(file, (*path, "text"), said, did_you_mean(name, each.given))
        used = named | (names_in(each.computed) if isinstance(each, Number) else set())
        for name in each.given:
            if name not in used:
                said = f"neither the text nor `computed` uses {name}"
                yield subject.within(file, (*path, "given", name), said)


@rule(
    "number-tolerance",
    why="Nobody types 3.3333333333333335; who rounds as people do is told that she is wrong.",
    remedy="write `tolerance:` in the unit, or `tolerance_percent:`",
    severity="advice",
    needs=(),
)
def number_tolerance(subject: Subject) -> Iterator[Finding]:
    """A number that has no end within six digits may be off by a tolerance."""
    for file, path, each in subject.every_question():
        if not isinstance(each, Number) or each.tolerance or each.tolerance_percent:
            continue
        for found in _keys(each):
            if not math.isclose(found, float(f"{found:.6g}"), rel_tol=1e-12):
                said = f"{found:.12g} is right, and nothing near it"
                field = "computed" if each.computed else "answer"
                yield subject.within(file, (*path, field), said)
                break


def _keys(question: Number) -> Iterator[Value]:
    """Each number that can be right; none that cannot be worked out."""
    if not question.computed:
        yield from () if question.answer is None else (question.answer,)
        return
    for values in draws(question.given):
        try:
            yield work_out(question.computed, values)
        except (NotArithmetic, TypeError):
            return


@rule(
    "rubric-points",
    why="What a learner reads as the worth of a question is what its rubric gives.",
    remedy="leave `points:` out, or let it be the sum of the rubric's",
    needs=(),
)
def rubric_points(subject: Subject) -> Iterator[Finding]:
    """A design is worth the points of its rubric."""
    for file, path, each in subject.every_question():
        if isinstance(each, Design) and each.points not in (1, worth(each)):
            said = f"it says {each.points}, its rubric gives {worth(each)}"
            yield subject.within(file, (*path, "points"), said)
