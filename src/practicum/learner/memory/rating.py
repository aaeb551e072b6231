"""How well something was remembered, by what was answered.

| share of the points | time, of that which the question is meant to take | rating |
|---|---|---|
| below 60 % | any | 1, again |
| below 100 % | any | 2, hard |
| all | more than one and a half times | 2, hard |
| all | up to half of it, and the answer was not picked from those offered | 4, easy |
| all | else, or not known | 3, good |

What was picked may have been guessed, and is never easy. The rating is recorded with the
review: a better table would change nothing that is scheduled.
"""

from __future__ import annotations

from practicum.curriculum.question import AnyOf as Several
from practicum.curriculum.question import AnyQuestion, Matching, OneOf, Ordering
from practicum.learner.memory.recall import AGAIN, EASY, GOOD, HARD

KNOWN_SHARE = 0.6
SLOW, FAST = 1.5, 0.5
PICKED = (OneOf, Several, Ordering, Matching)


def rating_of(question: AnyQuestion, *, points: float, of: float, seconds: float = 0) -> int:
    """The rating, from 1 to 4, of an answer that got ``points`` of ``of`` after ``seconds`` (0 if
    that is not known)."""
    share = points / of if of > 0 else 0.0
    if share < KNOWN_SHARE:
        return AGAIN
    meant = question.minutes * 60
    if share < 1 or seconds > SLOW * meant:
        return HARD
    if 0 < seconds <= FAST * meant and not isinstance(question, PICKED):
        return EASY
    return GOOD
