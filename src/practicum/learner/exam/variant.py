"""From a paper and a seed to what one learner is asked: the same for ever.

Each draw hangs on the seed, the question's id and what is drawn, and on no other question. Its
n-th number, n from 0, is the first 53 bits of the SHA-256 of ``practicum/exam/1/SEED/ID/WHAT/n``
as a fraction from 0 to 1, without 1:

- ``drawn``: one number each; of a section that draws n questions, the n with the least numbers
  are asked, in the order of the paper (sampling by keys: Efraimidis and Spirakis, 2006, with
  equal weights), so a question that is added to a section displaces one at the most;
- ``order``: Fisher and Yates' shuffle of choices, items or right sides, from the last place on;
- ``given NAME``: which value of a list under ``given`` stands in the text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.arithmetic import NotArithmetic, work_out
from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    ExamPaper,
    Matching,
    Number,
    OneOf,
    Ordering,
)
from practicum.learner.exam.refusal import BadPaper, NotAsked

VERSION = 1
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A question as one sitting asks it. ``section`` is the place of its section in the paper,
    from 0."""

    question: AnyQuestion
    section: int
    seed: int

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.id

    @property
    def values(self) -> dict[str, Any]:
        """Those that are drawn for the names in ``given``. Raises BadPaper for an empty list."""
        return {
            name: _one_of(value, self.seed, self.id, name) if isinstance(value, list) else value
            for name, value in self.question.given.items()
        }

    @property
    def text(self) -> str:
        """What is asked, with its values."""
        return filled(self.question.text, self.values)

    @property
    def explain(self) -> str:
        """What is told afterwards, with the values of the text."""
        return filled(self.question.explain, self.values)


def draw(paper: ExamPaper, seed: int) -> tuple[Item, ...]:
    """What the paper asks who has that seed, in order.

    Raises BadPaper for an id that stands twice, and for a key that cannot be worked out.
    """
    questions = _by_id(paper)
    drawn: list[str] = []
    for section in paper.sections:
        ids = [each.id for each in section.questions]
        if 0 < section.draw < len(ids):
            by_number = sorted(ids, key=lambda each: (_number(seed, each, "drawn"), each))
            chosen = set(by_number[: section.draw])
            ids = [each for each in ids if each in chosen]
        drawn += ids
    items = tuple(_item(questions, each, seed) for each in drawn)
    for item in items:
        _insist(item)
    return items


def _insist(item: Item) -> None:
    """Work out all that could fail, before anybody is asked."""
    _ = item.values
    key(item)


def asked(paper: ExamPaper, seed: int, questions: Sequence[str]) -> tuple[Item, ...]:
    """The same for questions that were drawn before. Raises NotAsked for one that the paper has
    not, BadPaper."""
    known = _by_id(paper)
    for each in questions:
        if each not in known:
            raise NotAsked(f"the paper of {paper.of} has no question {each}")
    return tuple(_item(known, each, seed) for each in questions)


def single(question: AnyQuestion, seed: int) -> Item:
    """A question by itself, outside of an exam."""
    return _item({question.id: (0, question)}, question.id, seed)


def order(item: Item) -> tuple[int, ...]:
    """The written places of choices, items or right sides, in the order in which they are
    shown; empty for a question without any."""
    match item.question:
        case OneOf(choices=choices) | AnyOf(choices=choices):
            count = len(choices)
        case Ordering(items=items):
            count = len(items)
        case Matching(pairs=pairs, extra=extra):
            count = len(pairs) + len(extra)
        case _:
            return ()
    places = list(range(count))
    for n, last in enumerate(range(count - 1, 0, -1)):
        other = int(_number(item.seed, item.id, "order", n) * (last + 1))
        places[last], places[other] = places[other], places[last]
    return tuple(places)


def key(item: Item) -> float | None:
    """The right number of a question that asks for one; None for the other kinds.

    Raises BadPaper if there is none, or it cannot be worked out.
    """
    question = item.question
    if not isinstance(question, Number):
        return None
    if not question.computed:
        if question.answer is None:
            raise BadPaper(item.id, "it has no answer")
        return question.answer
    try:
        return float(work_out(question.computed, item.values))
    except (NotArithmetic, TypeError, OverflowError) as error:
        raise BadPaper(item.id, f"its key cannot be worked out: {error}") from error


def filled(text: str, values: Mapping[str, Any]) -> str:
    """A text with the values of its ``{names}``; other braces stay."""
    if not values:
        return text
    return _NAME.sub(
        lambda found: shown(values[found[1]]) if found[1] in values else found[0], text
    )


def shown(value: Any) -> str:
    """A value as a text shows it: a number without digits that only a machine needs."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _by_id(paper: ExamPaper) -> dict[str, tuple[int, AnyQuestion]]:
    found: dict[str, tuple[int, AnyQuestion]] = {}
    for place, section in enumerate(paper.sections):
        for question in section.questions:
            if question.id in found:
                raise BadPaper(question.id, "the paper has two questions of this id")
            found[question.id] = (place, question)
    return found


def _item(questions: Mapping[str, tuple[int, AnyQuestion]], name: str, seed: int) -> Item:
    section, question = questions[name]
    return Item(question=question, section=section, seed=seed)


def _one_of(values: list[Any], seed: int, question: str, name: str) -> Any:
    if not values:
        raise BadPaper(question, f"no value is given for {name}")
    return values[int(_number(seed, question, f"given {name}") * len(values))]


def _number(seed: int, question: str, what: str, n: int = 0) -> float:
    """The n-th number of one draw, from 0 to 1, without 1."""
    told = hashlib.sha256(f"practicum/exam/{VERSION}/{seed}/{question}/{what}/{n}".encode())
    return (int.from_bytes(told.digest()[:7]) >> 3) / (1 << 53)
