"""A question as a GIFT file says it."""

from __future__ import annotations

from typing import Literal

import msgspec

Format = Literal["", "html", "moodle", "plain", "markdown"]
"""How a text is marked up; "" where the file does not say it."""

Kind = Literal["description", "essay", "numerical", "choice", "matching", "truth", "short"]
FORMATS: tuple[Format, ...] = ("html", "moodle", "plain", "markdown")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A text, where it begins, and how it is marked up."""

    text: str
    line: int
    format: Format = ""


class GiftAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. ``is_key`` if an equals sign stands before it, not a tilde; ``weight`` is in
    percent of the points, None if none is written."""

    said: Said
    is_key: bool
    weight: float | None = None
    feedback: Said | None = None

    @property
    def percent(self) -> float:
        """What it is worth: a key that says nothing all, a tilde nothing."""
        if self.weight is not None:
            return self.weight
        return 100.0 if self.is_key else 0.0


class GiftPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides; an empty left one is there to mislead."""

    left: Said
    right: Said


class GiftNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number that may be off by ``tolerance``; ``value`` is None for any number at all."""

    value: float | None
    tolerance: float
    line: int
    weight: float | None = None
    feedback: Said | None = None

    @property
    def percent(self) -> float:
        """What it is worth: all, if it says nothing."""
        return 100.0 if self.weight is None else self.weight


class GiftQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question, its ``line``, and what its kind has: ``answers`` of choices and short texts,
    ``pairs``, ``numbers``, or whether the sentence is true (``is_true``). ``wrong`` and ``right``
    are feedback of sentences and numbers, ``general`` is told to everybody. ``tags`` and
    ``name_in_file`` (an id) come from comments before it."""

    line: int
    kind: Kind
    text: Said
    title: str = ""
    category: str = ""
    name_in_file: str = ""
    tags: tuple[tuple[str, int], ...] = ()
    answers: tuple[GiftAnswer, ...] = ()
    pairs: tuple[GiftPair, ...] = ()
    numbers: tuple[GiftNumber, ...] = ()
    is_true: bool = False
    wrong: Said | None = None
    right: Said | None = None
    general: Said | None = None
