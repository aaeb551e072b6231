"""Which question comes next, and when it is enough.

Modules take turns, and before them their courses, so that no place is found by one topic alone
(Kingsbury and Zara, "Procedures for selecting items for computerized adaptive tests", 1989); of
the module whose turn it is, the question with the most information about the ability so far is
asked. Where several have the same, as they do until they are fitted, the seed decides.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec

from practicum.learner.diagnostic.bank import Candidate
from practicum.learner.diagnostic.model import Ability, Parameters, estimate, information

ERROR_ENOUGH = 0.45
"""A place is told once the ability's standard error is no more than this, in logits."""

QUESTIONS_MIN, QUESTIONS_MAX = 8, 24


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a diagnostic. ``right`` if it got all points; the parameters are those that
    the question had when it was asked."""

    module: str
    question: str
    right: bool
    points: float
    of: float
    parameters: Parameters

    @property
    def key(self) -> str:
        """The question's id among all modules'."""
        return f"{self.module}/{self.question}"


class Stopped(msgspec.Struct, frozen=True):
    """It is enough, and why."""

    why: str


def ability_of(given: Sequence[Given]) -> Ability:
    """The ability by the answers so far."""
    return estimate([(each.parameters, each.right) for each in given])


def next_question(
    bank: Sequence[Candidate],
    given: Sequence[Given],
    seed: int,
    *,
    most: int = QUESTIONS_MAX,
) -> Candidate | Stopped:
    """The next question, or why there is none. The same bank, answers and seed give the same."""
    ability = ability_of(given)
    asked = {each.key for each in given}
    left = [each for each in bank if each.key not in asked]
    if len(given) >= QUESTIONS_MIN and ability.error <= ERROR_ENOUGH:
        return Stopped(f"the error is down to {ability.error:.2f}")
    if len(given) >= most:
        return Stopped(f"{len(given)} questions were asked, and the error is {ability.error:.2f}")
    if not left:
        return Stopped(f"there are no more than {len(given)} questions")
    courses = Counter(each.module.partition("/")[0] for each in given)
    modules = Counter(each.module for each in given)

    def turn(each: Candidate) -> tuple[int, int, float, str]:
        tells = information(ability.mean, each.parameters)
        return courses[each.course], modules[each.module], -round(tells, 9), _dice(seed, each.key)

    return min(left, key=turn)


def _dice(seed: int, key: str) -> str:
    """What hangs on the seed and the question alone, and is as good as chance."""
    return hashlib.sha256(f"practicum/diagnostic/1/{seed}/{key}".encode()).hexdigest()
