"""Learners of known ability who sit a diagnostic, and the bank that they are asked from."""

from __future__ import annotations

import random
from collections.abc import Sequence

from practicum.learner.diagnostic.bank import Candidate
from practicum.learner.diagnostic.choosing import Given, next_question
from practicum.learner.diagnostic.model import Parameters, probability
from worlds.class_of import choice_question


def bank(modules: int = 6, each: int = 12, *, seed: int = 1) -> list[Candidate]:
    """So many modules of two courses, each with so many questions all over the scale."""
    dice = random.Random(seed)
    return [
        Candidate(
            module=f"course-{module % 2}/module-{module}",
            question=choice_question(f"m{module}-q{number}"),
            parameters=Parameters(dice.uniform(0.8, 1.5), dice.uniform(-2.5, 2.5)),
        )
        for module in range(modules)
        for number in range(each)
    ]


def answered_by(
    ability: float, candidates: Sequence[Candidate], *, seed: int, most: int = 24
) -> list[Given]:
    """What a learner of that ability answers until it is enough."""
    dice = random.Random(seed)
    given: list[Given] = []
    while isinstance(asked := next_question(candidates, given, seed, most=most), Candidate):
        right = dice.random() < probability(ability, asked.parameters)
        given.append(
            Given(
                module=asked.module,
                question=asked.question.id,
                right=right,
                points=float(right),
                of=1,
                parameters=asked.parameters,
            )
        )
    return given
