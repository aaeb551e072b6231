"""How the library grows, is kept fresh, and takes newcomers in."""

from __future__ import annotations

from practicum.curriculum.term import Key, Term, Words, Written


class Contribution(Written, frozen=True, kw_only=True):
    """The stages of a contribution, its rules, and how it is thanked."""

    stages: tuple[Term, ...]
    rules: tuple[Term, ...]
    recognition: tuple[Term, ...]


class Upkeep(Written, frozen=True, kw_only=True):
    """What is renewed how often."""

    every: Words
    points: tuple[Words, ...]


class Stewardship(Written, frozen=True, kw_only=True):
    """``stewardship.yaml``."""

    contribution: Contribution
    upkeep: dict[Key, Upkeep]
    onboarding: tuple[Term, ...]
    journey: tuple[Term, ...]
