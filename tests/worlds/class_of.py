"""A class that sits an exam: abilities and answers drawn from a seed, by the model of two
parameters."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from practicum.curriculum.question import Choice, OneOf
from practicum.learner.analysis.sat import Analysed, Sat

CHOICES = 4


def choice_question(name: str, *, right: int = 0) -> OneOf:
    """A question with four choices, of which one is right."""
    choices = tuple(
        Choice(text=f"answer {letter}", right=place == right, why=f"because of {letter}")
        for place, letter in enumerate("abcd")
    )
    return OneOf(id=name, text=f"What is {name}?", explain="It is so.", choices=choices)


def paper(
    count: int, *, sections: int = 1, keyed: Mapping[str, int] | None = None
) -> list[Analysed]:
    """So many questions of one point, dealt out to sections in turn; ``keyed`` says which choice
    counts as right where that is not the first."""
    names = [f"q{number:03}" for number in range(count)]
    return [
        Analysed(
            question=choice_question(name, right=(keyed or {}).get(name, 0)),
            worth=1,
            section=f"part {number % sections}",
        )
        for number, name in enumerate(names)
    ]


def sat_by(questions: Sequence[Analysed], count: int, *, seed: int) -> list[Sat]:
    """So many sittings. Who knows takes the first choice, who does not any of the others."""
    dice = random.Random(seed)
    hard = {each.id: dice.gauss(0, 1) for each in questions}
    keys = {x.id: [each.right for each in x.question.choices].index(True) for x in questions}
    sittings = []
    for _ in range(count):
        ability = dice.gauss(0, 1)
        answers = {}
        for each in questions:
            knows = dice.random() < 1 / (1 + math.exp(-1.4 * (ability - hard[each.id])))
            answers[each.id] = 0 if knows else dice.randint(1, CHOICES - 1)
        shares = {k: float(keys[k] == v) for k, v in answers.items()}
        sittings.append(Sat(shares=shares, answers=answers))
    return sittings
