"""How long the analysis of an exam takes: 400 sittings of 30 questions, and how that grows with ten
times the sittings, and with ten times the questions.

From graded answers to all figures, flags and intervals. Answers are drawn by the model of two
parameters, with four choices to each question.
"""

from __future__ import annotations

import math
import random
import time

from benchmarks.measuring import Figure, calibrate
from practicum.curriculum.question import Choice, OneOf
from practicum.learner.analysis.analysis import analyse
from practicum.learner.analysis.sat import Analysed, Sat

SIZES = ((400, 30), (4_000, 30), (400, 300))
PROMISED, PROMISED_S = (400, 30), 1.0
CHOICES = 4


def measure(rounds: int) -> list[Figure]:
    """Each size once a round, the calibration loop beside it."""
    loops: list[float] = []
    found: dict[tuple[int, int], list[float]] = {size: [] for size in SIZES}
    classes = {size: sat(*size) for size in SIZES}
    for _ in range(rounds):
        for size, (questions, sittings) in classes.items():
            loops.append(calibrate())
            began = time.perf_counter()
            analysis = analyse(questions, sittings, 70)
            found[size].append(time.perf_counter() - began)
            assert analysis.test.reliability is not None
            print(f"  {size[0]} sittings, {size[1]} questions: {found[size][-1]:.2f} s", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *(
            Figure(
                name=f"{sittings:,} sittings, {questions:,} questions",
                unit="s",
                rounds=tuple(found[sittings, questions]),
                promise=PROMISED_S if (sittings, questions) == PROMISED else None,
            )
            for sittings, questions in SIZES
        ),
    ]


def sat(sittings: int, count: int) -> tuple[list[Analysed], list[Sat]]:
    """Questions, and what so many got for them."""
    dice = random.Random(1)
    choices = tuple(Choice(text=f"c{n}", right=n == 0, why="w") for n in range(CHOICES))
    questions = [
        Analysed(
            question=OneOf(id=f"q{n}", text="t", explain="e", choices=choices),
            worth=1,
            section=f"part {n % 3}",
        )
        for n in range(count)
    ]
    hard = {each.id: dice.gauss(0, 1) for each in questions}
    found = []
    for _ in range(sittings):
        ability = dice.gauss(0, 1)
        knows = {k: dice.random() < 1 / (1 + math.exp(b - ability)) for k, b in hard.items()}
        found.append(
            Sat(
                shares={k: float(v) for k, v in knows.items()},
                answers={k: 0 if v else dice.randrange(1, CHOICES) for k, v in knows.items()},
            )
        )
    return questions, found
