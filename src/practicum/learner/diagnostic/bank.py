"""The questions of a diagnostic, and what is believed of them before anybody answered.

It asks what modules ask, never what exams do: whoever was placed by a question of an exam would
know it when she sits it. Code and designs are left out, because nobody should wait for a place.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from practicum.curriculum.question import (
    AnyOf,
    AnyQuestion,
    Code,
    Design,
    Difficulty,
    Matching,
    Number,
    OneOf,
    Ordering,
    Short,
)
from practicum.learner.diagnostic.model import Parameters

BY_DIFFICULTY: Mapping[Difficulty, float] = {
    "easy": -1.2,
    "medium": 0.0,
    "hard": 1.2,
    "very hard": 2.2,
}
BY_TIER: Mapping[int, float] = {1: -1.2, 2: -0.4, 3: 0.6, 4: 1.6}
"""Where a question is believed to lie, in logits, by what its author says; with a tier, in the
middle of the two."""

STEEP: Mapping[type, float] = {
    OneOf: 0.9,
    AnyOf: 1.1,
    Matching: 1.1,
    Ordering: 1.1,
    Number: 1.3,
    Short: 1.3,
}
"""How well a kind is believed to discriminate: who can guess makes the curve flat."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A question that can be asked: ``module`` is the id of its module, with the course."""

    module: str
    question: AnyQuestion
    parameters: Parameters

    @property
    def key(self) -> str:
        """Its id among all modules'."""
        return f"{self.module}/{self.question.id}"

    @property
    def course(self) -> str:
        """The course of its module."""
        return self.module.partition("/")[0]


def can_be_asked(question: AnyQuestion) -> bool:
    """Whether a machine grades it at once."""
    return not isinstance(question, Code | Design)


def believed(question: AnyQuestion) -> Parameters:
    """The parameters of a question before there are answers."""
    location = BY_DIFFICULTY[question.difficulty]
    if question.tier is not None:
        location = (location + BY_TIER[question.tier]) / 2
    return Parameters(STEEP[type(question)], location)
