"""A small paper with a question of every kind, and answers of all shapes, for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from hypothesis import strategies as st

from practicum.curriculum.question import (
    AnyQuestion,
    Code,
    Design,
    ExamPaper,
    Matching,
    Number,
    OneOf,
    Ordering,
)
from practicum.learner.events import AnyEvent
from practicum.learner.exam.variant import Item, draw
from practicum.learner.record import Entry

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
MINUTES = 60

PAPER: ExamPaper = msgspec.convert(
    {
        "of": "small",
        "title": "A small exam",
        "minutes": MINUTES,
        "pass_score": 70,
        "reflection": ["What did you guess?"],
        "rubric": [{"name": "reasons", "points": 3, "levels": ["none", "some", "all"]}],
        "sections": [
            {
                "title": "Words and numbers",
                "questions": [
                    {
                        "id": "one",
                        "kind": "choice",
                        "text": "What waits?",
                        "explain": "explained-one",
                        "block": "waiting",
                        "tests": ["say what waits"],
                        "points": 2,
                        "choices": [
                            {"text": "a queue", "why": "because-a"},
                            {"text": "a request", "right": True, "why": "because-b"},
                            {"text": "a clock", "why": "because-c"},
                        ],
                    },
                    {
                        "id": "some",
                        "kind": "multiple",
                        "text": "Which are bounded?",
                        "explain": "explained-some",
                        "points": 3,
                        "choices": [
                            {"text": "a ring", "right": True, "why": "because-d"},
                            {"text": "a list", "why": "because-e"},
                            {"text": "a pool", "right": True, "why": "because-f"},
                            {"text": "a disk elsewhere", "why": "because-g"},
                            {"text": "a semaphore", "right": True, "why": "because-h"},
                        ],
                    },
                    {
                        "id": "many",
                        "kind": "number",
                        "text": "{inside} are inside, {rate} come a second. How long is one?",
                        "explain": "explained-many: {inside} by {rate}",
                        "tests": ["say what waits"],
                        "given": {"inside": [10, 20, 40], "rate": [2, 4, 5, 8]},
                        "computed": "inside / rate",
                        "tolerance_percent": 1,
                        "unit": "s",
                        "points": 2,
                    },
                    {
                        "id": "word",
                        "kind": "short",
                        "text": "What is it called?",
                        "explain": "explained-word",
                        "accept": ["back-pressure", "Backpressure"],
                    },
                ],
            },
            {
                "title": "Orders and pairs",
                "questions": [
                    {
                        "id": "order",
                        "kind": "ordering",
                        "text": "Put in order.",
                        "explain": "explained-order",
                        "points": 4,
                        "items": ["look", "lock", "write", "answer"],
                    },
                    {
                        "id": "pairs",
                        "kind": "matching",
                        "text": "Which belongs to which?",
                        "explain": "explained-pairs",
                        "points": 3,
                        "pairs": [
                            {"left": "rate", "right": "per second"},
                            {"left": "length", "right": "requests"},
                            {"left": "wait", "right": "seconds"},
                        ],
                        "extra": ["colours"],
                    },
                ],
            },
            {
                "title": "Code and prose",
                "questions": [
                    {
                        "id": "code",
                        "kind": "code",
                        "text": "Write `double`.",
                        "explain": "explained-code",
                        "points": 5,
                        "start": "def double(x): ...",
                        "solution": "def double(x): return x + x",
                        "check": "assert double(21) == 42",
                        "wrong": ["def double(x): return 42"],
                    },
                    {
                        "id": "design",
                        "kind": "design",
                        "text": "Design a line.",
                        "explain": "explained-design",
                        "tests": ["design"],
                        "rubric": [
                            {
                                "name": "bound",
                                "points": 4,
                                "levels": ["none", "one", "with reason"],
                            },
                            {"name": "cost", "points": 2, "levels": ["none", "named"]},
                        ],
                        "model": "a-model-answer",
                    },
                ],
            },
        ],
    },
    ExamPaper,
)

QUESTIONS = {each.id: each for section in PAPER.sections for each in section.questions}
KINDS = tuple(QUESTIONS)
RIGHT: dict[str, Any] = {
    "one": 1,
    "some": [0, 2, 4],
    "word": "backpressure",
    "order": [0, 1, 2, 3],
    "pairs": [[0, 0], [1, 1], [2, 2]],
    "code": "def double(x): return 2 * x",
    "design": "Bounded by the longest wait.",
}
"""Answers that are right in every variant; of a number it hangs on what was drawn."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.characters(categories=["Cs"]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)
"""Whatever a program could send, and lone surrogates."""


def item(name: str, seed: int = 7) -> Item:
    """A question of the paper, in the variant of a seed."""
    return next(each for each in draw(PAPER, seed) if each.id == name)


def answers_to(question: AnyQuestion) -> st.SearchStrategy[Any]:
    """Answers of the right shape, right or wrong."""
    match question:
        case OneOf(choices=choices):
            return st.integers(0, len(choices) - 1)
        case Ordering(items=items):
            return st.permutations(range(len(items)))
        case Matching(pairs=pairs, extra=extra):
            count = len(pairs)
            return st.permutations(range(count + len(extra))).flatmap(
                lambda rights: st.integers(0, count).map(
                    lambda some: [[left, rights[left]] for left in range(some)]
                )
            )
        case Number():
            number = st.floats(-1e9, 1e9) | st.integers(-1000, 1000)
            units = st.sampled_from(["s", " ms", " minutes", "", " h"])
            return number | st.tuples(number, units).map(lambda told: f"{told[0]:.6g}{told[1]}")
        case Code() | Design():
            return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
                str.strip
            )
    if hasattr(question, "choices"):
        return st.lists(st.sampled_from(range(len(question.choices))), unique=True)
    return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
        str.strip
    )


class History:
    """Entries of one person, written by hand."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, event: AnyEvent, *, at: dt.datetime = NOON, by: str = "ada") -> Entry:
        """One more entry."""
        number = len(self.entries) + 1
        entry = Entry(
            id=str(number), person="ada", at=at, by=by, event=event, seq=number, number=number
        )
        self.entries.append(entry)
        return entry
