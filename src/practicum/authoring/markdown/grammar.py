"""Which containers there are, where they may stand, and what may be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from practicum.authoring.markdown.attributes import Attributes
from practicum.curriculum.lesson import ASIDES, BLOCK_PARTS, SECTIONS, TIMED_PARTS
from practicum.labs.finding import did_you_mean

TIMED_SECTIONS = ("integration-challenge", "gauntlet", "review")
"""Sections whose minutes are part of the module's."""

BLOCK, PART, LAB, OUTSIDE = "block", "part", "lab", ""
Complaint = tuple[str, str]
"""What is wrong, and what to do."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of container: the one it stands in ("" is outside of all, None is anywhere), its
    attributes, and how many bare ``words`` it takes."""

    within: str | None
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    words: int = 0


def _kinds() -> Iterator[tuple[str, Kind]]:
    for name in (BLOCK, PART):
        yield name, Kind(within=OUTSIDE, required=("id", "minutes", "title"))
    for name in BLOCK_PARTS:
        yield name, Kind(within=BLOCK, optional=("title",))
    for name in SECTIONS:
        minutes = ("minutes",) if name in TIMED_SECTIONS else ()
        yield name, Kind(within=OUTSIDE, optional=("title", *minutes))
    for name in ASIDES:
        yield name, Kind(within=None, optional=("title",))
    yield LAB, Kind(within=None, words=1)


KINDS: Mapping[str, Kind] = dict(_kinds())


def misplaced(name: str, around: str) -> Complaint | None:
    """What is wrong with a container of that kind within ``around``."""
    if name not in KINDS:
        return f"there is no container {name}", did_you_mean(name, KINDS)
    within = KINDS[name].within
    if within is None or within == around:
        return None
    if around == OUTSIDE:
        return f"{name} stands outside of a {within}", f"put it into a `{within}`"
    remedy = f"put it into a `{within}`" if within else f"close {around} before it"
    return f"{name} stands within {around}", remedy


def misfits(name: str, found: Attributes) -> Iterator[Complaint]:
    """What is wrong with the attributes of a container whose kind there is."""
    kind = KINDS[name]
    allowed = (*kind.required, *kind.optional)
    if found.rest:
        yield f"this cannot be read: {found.rest:.40}", 'write key=value or key="some words"'
    for key in found.twice:
        yield f"{key} stands twice", "keep one of the two"
    for key in found.named:
        if key not in allowed:
            known = did_you_mean(key, allowed)
            yield f"{name} has no attribute {key}", known if allowed else "take it out"
    for key in kind.required:
        if not found.named.get(key) and not found.rest:
            yield f"{name} has no {key}", f"add `{key}=`"
    if len(found.words) != kind.words and not found.rest:
        yield _wrong_words(name, kind, found)
    if name == PART and found.named.get("id") and found.named["id"] not in TIMED_PARTS:
        there = found.named["id"]
        yield f"there is no timed part {there}", did_you_mean(there, TIMED_PARTS)


def _wrong_words(name: str, kind: Kind, found: Attributes) -> Complaint:
    if not kind.words:
        return f"nobody reads {' '.join(found.words):.40}", 'write key=value or key="some words"'
    return "it does not say which lab" if not found.words else "it names more than one lab", (
        f"write `::: {name} NAME`, the name of a folder in labs/"
    )
