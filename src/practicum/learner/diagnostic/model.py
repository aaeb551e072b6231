"""The model of two parameters, and what answers tell of an ability by it.

A question has a ``location``, the ability at which half of all answers are right, and a
``discrimination``, how steeply the share rises there; the share is logistic in their product
(Birnbaum, in Lord and Novick, "Statistical theories of mental test scores", 1968, chapter 17),
without the factor 1.7. Abilities are in logits, with mean 0 and deviation 1 among those whom the
questions were written for.

The ability is the mean of its distribution after the answers (EAP: Bock and Mislevy, "Adaptive EAP
estimation of ability in a microcomputer environment", 1982), over points that are always the same.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import msgspec

from practicum.learner.analysis.statistic import Z_95

REACH, STEPS = 5.0, 101
POINTS = tuple(-REACH + 2 * REACH * step / (STEPS - 1) for step in range(STEPS))
"""Where the distribution of an ability is worked out: a tenth of a logit apart."""


class Parameters(msgspec.Struct, frozen=True):
    """Of a question: ``discrimination`` per logit, above 0; ``location`` in logits."""

    discrimination: float
    location: float


class Ability(msgspec.Struct, frozen=True):
    """A mean and its standard error, in logits."""

    mean: float
    error: float

    @property
    def low(self) -> float:
        """Above this it is in 97.5 of 100 cases."""
        return self.mean - Z_95 * self.error

    @property
    def high(self) -> float:
        """Below this it is in 97.5 of 100 cases."""
        return self.mean + Z_95 * self.error


def probability(ability: float, parameters: Parameters) -> float:
    """That an answer is right."""
    x = parameters.discrimination * (ability - parameters.location)
    # Whichever way round does not overflow.
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def information(ability: float, parameters: Parameters) -> float:
    """Fisher's information of an answer about the ability, per square logit."""
    right = probability(ability, parameters)
    return parameters.discrimination**2 * right * (1 - right)


def estimate(
    answers: Sequence[tuple[Parameters, bool]], *, mean: float = 0.0, spread: float = 1.0
) -> Ability:
    """The ability of who gave these answers, right or wrong. Before them it was normal, with
    that mean and standard deviation (in logits): without answers, that is what is returned."""
    heights = [-((point - mean) ** 2) / (2 * spread**2) for point in POINTS]
    for parameters, is_right in answers:
        tells = _logarithms(parameters)[is_right]
        heights = [height + each for height, each in zip(heights, tells, strict=True)]
    top = max(heights)
    weights = [math.exp(each - top) for each in heights]
    whole = math.fsum(weights)
    middle = math.fsum(w * x for w, x in zip(weights, POINTS, strict=True)) / whole
    off = math.fsum(w * (x - middle) ** 2 for w, x in zip(weights, POINTS, strict=True)) / whole
    return Ability(middle, math.sqrt(off))


@functools.lru_cache(maxsize=4096)
def _logarithms(parameters: Parameters) -> tuple[list[float], list[float]]:
    return logarithms(parameters, POINTS)


def logarithms(parameters: Parameters, points: Sequence[float]) -> tuple[list[float], list[float]]:
    """The logarithm of the probability of a wrong answer, and of a right one, at each point."""
    logits = [parameters.discrimination * (point - parameters.location) for point in points]
    return [-softplus(x) for x in logits], [-softplus(-x) for x in logits]


def softplus(x: float) -> float:
    """log(1 + exp(x)), which does not overflow: less what a right answer tells, as a logarithm."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))
