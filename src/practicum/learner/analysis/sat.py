"""What is analysed: the questions of an exam, and what each sitting got for them.

A question that a sitting was not asked is missing there, and so is one that nobody has graded
yet; neither is held against anybody. A question that was passed over got nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.question import AnyQuestion


class Analysed(msgspec.Struct, frozen=True, kw_only=True):
    """A question: ``worth`` are its points, ``section`` the title of the part it stands in."""

    question: AnyQuestion
    worth: int
    section: str

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.id


class Sat(msgspec.Struct, frozen=True, kw_only=True):
    """One sitting. ``shares`` are the shares of the points that its questions got, from 0 to 1,
    in the order asked, None where nobody has graded them yet; ``answers`` are those that were
    handed in; ``by_clock`` if the time was over first."""

    shares: Mapping[str, float | None]
    answers: Mapping[str, Any]
    by_clock: bool = False

    def not_reached(self) -> frozenset[str]:
        """The questions after the last one that was answered, if the time was over."""
        if not self.by_clock:
            return frozenset()
        asked = list(self.shares)
        answered = [place for place, each in enumerate(asked) if self.answers.get(each) is not None]
        return frozenset(asked[answered[-1] + 1 :] if answered else asked)


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """A sitting with what it got in all: ``points`` of ``of``, of what is graded."""

    sat: Sat
    points: float
    of: int

    def percent(self) -> float | None:
        """All points, from 0 to 100; None if nothing is graded."""
        return 100 * self.points / self.of if self.of else None

    def rest(self, each: Analysed) -> float | None:
        """The percent of all points but those of that question; None if there are no others."""
        share = self.sat.shares.get(each.id)
        if share is None or self.of <= each.worth:
            return None
        return 100 * (self.points - share * each.worth) / (self.of - each.worth)


def scored(questions: Sequence[Analysed], sittings: Sequence[Sat]) -> list[Scored]:
    """The sittings with their points."""
    worth = {each.id: each.worth for each in questions}
    found = []
    for sat in sittings:
        graded = [(worth[k], share) for k, share in sat.shares.items() if share is not None]
        points = math.fsum(share * of for of, share in graded)
        found.append(Scored(sat=sat, points=points, of=sum(of for of, _ in graded)))
    return found
