"""How the library grows, is kept fresh, and takes newcomers in."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from practicum.curriculum.term import Key, Name, Term, Words, Written

Check = Literal["objectives", "outline", "people", "written", "lint", "verified", "placed", "fresh"]
"""What a stage may ask for: objectives, an outline (topics or focus blocks), people who vouch
for the step and are not its authors, a module that can be read, no error of the linter, a proof
of these very files, a place in the dependencies or paths, and upkeep that is not overdue."""


class Need(Written, frozen=True, kw_only=True):
    """What must hold before a contribution enters a stage. ``count`` is how many people."""

    check: Check
    means: Words
    count: Annotated[int, msgspec.Meta(ge=1)] = 1


class Contribution(Written, frozen=True, kw_only=True):
    """The stages of a contribution, what each asks for before it is entered, the rules, and how
    a contribution is thanked."""

    stages: tuple[Term, ...]
    needs: dict[Name, tuple[Need, ...]] = msgspec.field(default_factory=dict)
    rules: tuple[Term, ...]
    recognition: tuple[Term, ...]


class Round(Written, frozen=True, kw_only=True):
    """One round of upkeep that somebody made."""

    day: dt.date
    by: Words
    says: str = ""


class Upkeep(Written, frozen=True, kw_only=True):
    """What is renewed how often; ``rounds`` are those that were made."""

    every: Words
    months: Annotated[int, msgspec.Meta(ge=1, le=60)]
    points: tuple[Words, ...]
    rounds: tuple[Round, ...] = ()


class Attestation(Written, frozen=True, kw_only=True):
    """What only a person can see: who attests it, how many ``mentors`` at the least, by which
    criteria, and what is to be written down with the name."""

    name: Words
    means: Words
    by: Words
    mentors: Annotated[int, msgspec.Meta(ge=1)] = 1
    criteria: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1)]


class Stewardship(Written, frozen=True, kw_only=True):
    """``stewardship.yaml``. ``founded`` is the day from which upkeep is counted where no round
    was made yet."""

    founded: dt.date
    contribution: Contribution
    upkeep: dict[Key, Upkeep]
    mentoring: tuple[Attestation, ...] = ()
    onboarding: tuple[Term, ...]
    journey: tuple[Term, ...]
