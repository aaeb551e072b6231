"""The gauntlet of a module: four tiers of questions, from quick recall to complex design.

A tier's questions are asked in the order in which they are written, the easy ones first. When
all are answered the tier has ended, passed with `PASS_SHARE` of its points; then the next one
opens. A tier that was not passed is asked again, with other variants; one that was passed may
be. Points of an attempt count once: an answer that was given stays until the attempt ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from practicum.curriculum.question import TIERS, AnyQuestion, Difficulty
from practicum.learner.events import GauntletEnded, QuestionAnswered
from practicum.learner.record import Entry

PASS_SHARE = 0.7
"""Of the points of a tier, at each of the four."""

_ORDER: tuple[Difficulty, ...] = ("easy", "medium", "hard", "very hard")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one answer."""

    points: float
    of: float


class Attempts(msgspec.Struct, kw_only=True):
    """At one tier: how many ``ended``, the ``best`` share of points, when it was ``passed``
    first, and the answers of the attempt under way, by question."""

    ended: int = 0
    best: float = 0.0
    passed: dt.datetime | None = None
    answers: dict[str, Given] = msgspec.field(default_factory=dict)


class Gauntlets(msgspec.Struct, kw_only=True):
    """The attempts of a learner by module and tier ("1" to "4")."""

    modules: dict[str, dict[str, Attempts]] = msgspec.field(default_factory=dict)

    def at(self, module: str, tier: int) -> Attempts:
        """The attempts at a tier of a module; to be read, not changed."""
        return self.modules.get(module, {}).get(str(tier)) or Attempts()


class GauntletView:
    """The fold of a learner's history into her gauntlets."""

    name = "gauntlets"
    version = 1
    state = Gauntlets

    def begin(self) -> Gauntlets:
        """Nothing was attempted."""
        return Gauntlets()

    def step(self, state: Gauntlets, entry: Entry) -> None:
        """Take one more entry into account."""
        match entry.event:
            case QuestionAnswered(module=module, tier=tier) as given if tier:
                answers = _attempts(state, module, tier).answers
                answers.setdefault(given.question, Given(points=given.points, of=given.of))
            case GauntletEnded(module=module, tier=tier, points=points, of=of):
                attempts = _attempts(state, module, tier)
                share = points / of if of else 0.0
                attempts.ended += 1
                attempts.best = max(attempts.best, share)
                attempts.answers = {}
                if attempts.passed is None and share >= PASS_SHARE:
                    attempts.passed = entry.at


def _attempts(state: Gauntlets, module: str, tier: int) -> Attempts:
    return state.modules.setdefault(module, {}).setdefault(str(tier), Attempts())


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """Where a learner stands at a tier: ``left`` are the questions still to be answered in the
    attempt under way, of ``questions`` in all; ``attempt`` counts from 1."""

    tier: int
    questions: tuple[str, ...]
    left: tuple[str, ...]
    attempt: int
    best: float
    passed: dt.datetime | None
    is_open: bool


class Gauntlet(msgspec.Struct, frozen=True, kw_only=True):
    """A module's gauntlet as a learner meets it. ``mastery`` is the mean of the tiers' best
    shares; it is passed when every tier is."""

    module: str
    tiers: tuple[Tier, ...]

    @property
    def mastery(self) -> float:
        """From 0 to 1: how much of the gauntlet was shown to be known, at its best."""
        return sum(each.best for each in self.tiers) / len(self.tiers) if self.tiers else 0.0

    @property
    def is_passed(self) -> bool:
        """Whether every tier was passed."""
        return bool(self.tiers) and all(each.passed for each in self.tiers)

    @property
    def next_tier(self) -> int | None:
        """The first tier that is open and not passed; None if there is none."""
        return next((each.tier for each in self.tiers if each.is_open and not each.passed), None)


def asked(questions: Sequence[AnyQuestion], tier: int) -> tuple[AnyQuestion, ...]:
    """The questions of a tier in the order in which they are asked."""
    of_tier = [each for each in questions if each.tier == tier]
    return tuple(sorted(of_tier, key=lambda each: _ORDER.index(each.difficulty)))


def gauntlet_of(state: Gauntlets, module: str, questions: Sequence[AnyQuestion]) -> Gauntlet:
    """A module's gauntlet; a tier without questions is not there and keeps nothing closed."""
    tiers: list[Tier] = []
    is_open = True
    for number in range(1, TIERS + 1):
        of_tier = tuple(each.id for each in asked(questions, number))
        if not of_tier:
            continue
        attempts = state.at(module, number)
        tier = Tier(
            tier=number,
            questions=of_tier,
            left=tuple(each for each in of_tier if each not in attempts.answers),
            attempt=attempts.ended + 1,
            best=attempts.best,
            passed=attempts.passed,
            is_open=is_open or attempts.passed is not None,
        )
        tiers.append(tier)
        is_open = is_open and attempts.passed is not None
    return Gauntlet(module=module, tiers=tuple(tiers))


def ending(
    state: Gauntlets, module: str, questions: Sequence[AnyQuestion], given: QuestionAnswered
) -> GauntletEnded | None:
    """The end of the attempt, if this answer is its last."""
    of_tier = [each.id for each in asked(questions, given.tier)]
    answers = dict(state.at(module, given.tier).answers)
    answers.setdefault(given.question, Given(points=given.points, of=given.of))
    if any(each not in answers for each in of_tier):
        return None
    counted = [answers[each] for each in of_tier]
    return GauntletEnded(
        module=module,
        tier=given.tier,
        points=sum(each.points for each in counted),
        of=sum(each.of for each in counted),
    )
