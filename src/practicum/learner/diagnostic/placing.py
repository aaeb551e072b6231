"""From answers to a place: which modules are known, at which level to begin, and why.

Nothing here is a proof: a place grants no level and passes no module. It errs on the low side: a
level is named if the ability less its standard error still reaches it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from practicum.learner.diagnostic.bank import BY_TIER
from practicum.learner.diagnostic.choosing import Given, ability_of
from practicum.learner.diagnostic.model import Ability, Parameters, estimate, probability

TYPICAL = {tier: Parameters(1.1, location) for tier, location in BY_TIER.items()}
"""A question as one of that tier usually is: recall, understanding, application, design."""

LEVELS = ((3, BY_TIER[4]), (2, BY_TIER[3]), (1, -math.inf))
"""Levels with the ability from which one begins at them: who answers half of all questions of
design (level 3), or of application (level 2). Above 3 levels stand on what one has run and whom
one has taught, and no question tells that."""

MODULE_SPREAD = 0.7
"""How far a person's ability in one module is believed to be from that in all: the standard
deviation, in logits."""

KNOWN, KNOWN_MIN = 0.6, 3
"""A module counts as known if she is likely to answer so large a share of what it asks to
apply, after at least so many of its questions."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A module as the answers show it: ``right`` of ``asked``, and the share of its questions of
    application that she is likely to answer."""

    module: str
    asked: int
    right: int
    likely: float
    known: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """``ability`` over all answers, the ``level`` on the way to which to begin, and the modules
    that were asked about, in the order in which they came up."""

    ability: Ability
    questions: int
    level: int
    areas: tuple[Area, ...]

    @property
    def known(self) -> frozenset[str]:
        """The modules that can be left out at first."""
        return frozenset(each.module for each in self.areas if each.known)


def place(given: Sequence[Given]) -> Place:
    """The place of who gave these answers."""
    ability = ability_of(given)
    of_module: dict[str, list[Given]] = {}
    for each in given:
        of_module.setdefault(each.module, []).append(each)
    careful = ability.mean - ability.error
    return Place(
        ability=ability,
        questions=len(given),
        level=next(level for level, least in LEVELS if careful >= least),
        areas=tuple(
            _area(module, theirs, [each for each in given if each.module != module])
            for module, theirs in of_module.items()
        ),
    )


def _area(module: str, given: Sequence[Given], others: Sequence[Given]) -> Area:
    """What is believed of a module comes from the answers to all others, and then from its own:
    each answer counts once."""
    before = ability_of(others)
    spread = math.hypot(before.error, MODULE_SPREAD)
    answers = [(each.parameters, each.right) for each in given]
    own = estimate(answers, mean=before.mean, spread=spread)
    likely = probability(own.mean, TYPICAL[3])
    return Area(
        module=module,
        asked=len(given),
        right=sum(each.right for each in given),
        likely=likely,
        known=len(given) >= KNOWN_MIN and likely >= KNOWN,
    )


def in_words(found: Place, levels: Mapping[int, str]) -> tuple[str, ...]:
    """What the place says, and why. ``levels`` are the titles of the levels."""
    title = levels.get(found.level, "")
    title = f" ({title})" if title else ""
    low, high = found.ability.low, found.ability.high
    chances = [
        f"{100 * probability(found.ability.mean, TYPICAL[tier]):.0f} % {name}"
        for tier, name in ((1, "of recall"), (3, "of application"), (4, "of design"))
    ]
    said = [
        f"begin on the way to level {found.level}{title}; {_why_level(found.level)}",
        f"ability {found.ability.mean:+.1f}, and in 95 of 100 cases from {low:+.1f} to {high:+.1f} "
        "(0 is the middle of those whom the questions were written for)",
        f"of the questions of that kind you are likely to answer {', '.join(chances)}",
    ]
    for each in found.areas:
        verdict = "it can wait" if each.known else "work through it"
        if each.asked < KNOWN_MIN:
            verdict = f"too few questions to leave it out ({KNOWN_MIN} are the least)"
        likely = f"{100 * each.likely:.0f} % of its questions of application"
        said.append(f"{each.module}: {each.right} of {each.asked} right, {likely}: {verdict}")
    return tuple(said)


def _why_level(level: int) -> str:
    if level == 1:
        return "half of all questions of application would be beyond you, or may be"
    if level == 2:
        return "you answer most questions of application, but not yet those of design"
    return "you answer most questions of design; what lies above is shown by work, not by answers"
