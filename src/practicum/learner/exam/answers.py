"""The shape of an answer, by kind of question: as it is said, and as it is recorded.

People see letters in the order of their variant; the record holds places in the order in which
the question is written, counted from 0, so that an answer means the same without the seed:

- choice: a place. multiple: the places taken, ascending.
- number: a number, or a text with a unit.
- ordering: all places, in the order given.
- matching: pairs of places, left and right (extras come after the pairs' own); each side once.
- short, code, design: a text.

None is no answer. Whatever has another shape is refused with what was expected.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Code,
    Design,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.exam.refusal import BadAnswer, Words
from practicum.learner.exam.units import NotAQuantity, quantity
from practicum.learner.exam.variant import Item, order

Answer: TypeAlias = int | float | str | list[int] | list[list[int]] | None

SHORT_MAX, TEXT_MAX = 200, 50_000
"""Characters of a short answer, and of code or prose."""

NOTHING = ("none", "-")
"""What is said for taking no choice at all."""

_LETTERS = 26
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_BETWEEN = re.compile(r"[\s,;]+")


def letter(place: int) -> str:
    """How a place in what is shown is called: A to Z, then AA, AB and so on."""
    above, within = divmod(place, _LETTERS)
    return (letter(above - 1) if above else "") + chr(ord("A") + within)


# ── As it is recorded


def checked(question: AnyQuestion, answer: Any) -> Answer:
    """An answer as it is recorded. Raises BadAnswer for any other shape."""
    return None if answer is None else _checked(question, answer)


@functools.singledispatch
def _checked(question: AnyQuestion, answer: Any) -> Answer:
    raise TypeError(f"no answer is known to {question!r:.80}")


@_checked.register
def _of_choice(question: OneOf, answer: Any) -> Answer:
    count = len(question.choices)
    if not _is_place(answer, count):
        raise BadAnswer(question.id, f"the place of a choice, 0 to {count - 1}", answer)
    found: int = answer
    return found


@_checked.register
def _of_choices(question: AnyOf, answer: Any) -> Answer:
    count = len(question.choices)
    if not _are_places(answer, count):
        raise BadAnswer(question.id, f"a list of places of choices, 0 to {count - 1}, once", answer)
    return sorted(answer)


@_checked.register
def _of_number(question: Number, answer: Any) -> Answer:
    wanted = _number_wanted(question)
    if isinstance(answer, str):
        answer = plain_text(question.id, wanted, answer, SHORT_MAX).strip()
    elif isinstance(answer, bool) or not isinstance(answer, int | float):
        raise BadAnswer(question.id, wanted, answer)
    try:
        quantity(answer, question.unit)
    except NotAQuantity as error:
        raise BadAnswer(question.id, wanted, Words(error)) from error
    found: int | float | str = answer
    return found


@_checked.register
def _of_ordering(question: Ordering, answer: Any) -> Answer:
    count = len(question.items)
    if not _are_places(answer, count) or len(answer) != count:
        raise BadAnswer(question.id, f"all places 0 to {count - 1}, each once, in order", answer)
    return list(answer)


@_checked.register
def _of_matching(question: Matching, answer: Any) -> Answer:
    lefts = len(question.pairs)
    rights = lefts + len(question.extra)
    is_list = isinstance(answer, list | tuple) and all(
        isinstance(each, list | tuple) and len(each) == 2 for each in answer
    )
    if (
        not is_list
        or not _are_places([each[0] for each in answer], lefts)
        or not _are_places([each[1] for each in answer], rights)
    ):
        wanted = f"pairs of a left place, 0 to {lefts - 1}, and a right one, 0 to {rights - 1}"
        raise BadAnswer(question.id, f"{wanted}, each once", answer)
    return sorted([left, right] for left, right in answer)


@_checked.register
def _of_short(question: Short, answer: Any) -> Answer:
    return plain_text(question.id, "a word or a few", answer, SHORT_MAX)


@_checked.register
def _of_code(question: Code, answer: Any) -> Answer:
    return plain_text(question.id, "Python code", answer, TEXT_MAX)


@_checked.register
def _of_design(question: Design, answer: Any) -> Answer:
    return plain_text(question.id, "a text", answer, TEXT_MAX)


def _is_place(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _are_places(values: Any, count: int) -> bool:
    return (
        isinstance(values, list | tuple)
        and all(_is_place(each, count) for each in values)
        and len(set(values)) == len(values)
    )


def plain_text(name: str, wanted: str, said: Any, length: int) -> str:
    """A text that can be recorded. Raises BadAnswer for ``name`` if it is none, is empty or too
    long, or holds what no text holds."""
    if not isinstance(said, str):
        raise BadAnswer(name, wanted, said)
    if len(said) > length:
        raise BadAnswer(
            name, wanted, Words(f"this has {len(said)} characters, {length} are the most")
        )
    if odd := _NO_TEXT.search(said):
        why = f"this holds U+{ord(odd[0]):04X}, which no text holds: take it out"
        raise BadAnswer(name, wanted, Words(why))
    if not said.strip():
        raise BadAnswer(name, wanted, Words("this is empty: withdraw the answer instead"))
    return said


# ── As it is said


def expected(question: AnyQuestion) -> str:
    """How an answer is to be said, in words that give nothing away."""
    match question:
        case OneOf(choices=choices):
            return f"one letter, A to {letter(len(choices) - 1)}"
        case AnyOf(choices=choices):
            last = letter(len(choices) - 1)
            return f"the letters of all that are right, A to {last}, such as `A, {last}`, or `none`"
        case Number():
            return _number_wanted(question)
        case Ordering(items=items):
            count = len(items)
            example = ", ".join(letter(each) for each in reversed(range(count)))
            return f"all {count} letters in the right order, such as `{example}`"
        case Matching(pairs=pairs, extra=extra):
            last = letter(len(pairs) + len(extra) - 1)
            return f"pairs of a number, 1 to {len(pairs)}, and a letter, A to {last}: `1=B, 2=A`"
        case Short():
            return "a word or a few"
        case Code():
            return "Python code"
    return "a text"


def _number_wanted(question: Number) -> str:
    return f"a number in {question.unit}, or with its unit" if question.unit else "a number"


def read(item: Item, said: Any) -> Answer:
    """What somebody said who sees the letters of her variant, as it is recorded.

    Lists of letters do as well as texts, and for pairs a mapping of numbers to letters. Raises
    BadAnswer.
    """
    question = item.question
    match question:
        case OneOf():
            found = _places(item, said)
            if found is None or len(found) != 1:
                raise BadAnswer(question.id, expected(question), said)
            return checked(question, found[0])
        case AnyOf():
            nothing = isinstance(said, str) and said.strip().lower() in NOTHING
            found = [] if nothing else _places(item, said)
            if found is None or (not found and not nothing and not isinstance(said, list)):
                raise BadAnswer(question.id, expected(question), said)
            return _retold(item, found, said)
        case Ordering():
            return _retold(item, _places(item, said), said)
        case Matching():
            return _retold(item, _pairs(item, said), said)
    return checked(question, said)


def _retold(item: Item, found: Any, said: Any) -> Answer:
    """Checked, with what was said in the complaint, and not what became of it."""
    try:
        if found is not None:
            return checked(item.question, found)
    except BadAnswer:
        pass
    raise BadAnswer(item.id, expected(item.question), said)


def _places(item: Item, said: Any) -> list[int] | None:
    """The written places of the letters that were said; None if it is something else."""
    places = {letter(shown): place for shown, place in enumerate(order(item))}
    letters = _letters(said, compact=len(places) <= _LETTERS)
    if letters is None or any(each not in places for each in letters):
        return None
    return [places[each] for each in letters]


def _letters(said: Any, *, compact: bool) -> Sequence[str] | None:
    if isinstance(said, list | tuple) and all(isinstance(each, str) for each in said):
        return [each.strip().upper() for each in said]
    if not isinstance(said, str):
        return None
    words = [each for each in _BETWEEN.split(said.strip().upper()) if each]
    return list(words[0]) if compact and len(words) == 1 else words


def _pairs(item: Item, said: Any) -> list[list[int]] | None:
    """Pairs as places; a left side is called by its number as written, from 1."""
    if isinstance(said, str):
        words = [each for each in _BETWEEN.split(re.sub(r"\s*[=:-]\s*", "=", said.strip())) if each]
        told: list[Any] = [each.split("=") for each in words]
    elif isinstance(said, dict):
        told = [list(each) for each in said.items()]
    elif isinstance(said, list | tuple):
        told = list(said)
    else:
        return None
    rights = {letter(shown): place for shown, place in enumerate(order(item))}
    found = []
    for pair in told:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            return None
        left, right = str(pair[0]).strip(), str(pair[1]).strip().upper()
        if not (left.isascii() and left.isdigit() and len(left) < 5) or right not in rights:
            return None
        found.append([int(left) - 1, rights[right]])
    return found
