"""The levels, and their rules as data."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from practicum.curriculum.term import Count, ExamId, ModuleId, Percent, StepId, Words, Written


class OfArea(Written, frozen=True, kw_only=True, tag="area", tag_field="rule"):
    """At least ``count`` modules of an area."""

    area: Words
    count: Annotated[int, msgspec.Meta(ge=1)]


class TheModule(Written, frozen=True, kw_only=True, tag="module", tag_field="rule"):
    """One certain module."""

    module: ModuleId


class AnyExam(Written, frozen=True, kw_only=True, tag="exam", tag_field="rule"):
    """One of these exams."""

    any_of: Annotated[tuple[ExamId, ...], msgspec.Meta(min_length=1)]


class Attested(Written, frozen=True, kw_only=True, tag="attested", tag_field="rule"):
    """What no machine can see: a named mentor attests it."""

    what: Words


Rule = OfArea | TheModule | AnyExam | Attested


class ExamsNeeded(Written, frozen=True, kw_only=True):
    """So many exams, each with at least that score."""

    count: Count
    score: Percent


class Combination(Written, frozen=True, kw_only=True):
    """Modules and exams that go well together on the way to a level."""

    steps: Annotated[tuple[StepId, ...], msgspec.Meta(min_length=1)]


class Level(Written, frozen=True, kw_only=True):
    """What it takes to hold a level; every number is the least."""

    n: Annotated[int, msgspec.Meta(ge=1)]
    title: Words
    in_full: Words
    hours: Annotated[tuple[Count | None, ...], msgspec.Meta(min_length=2, max_length=2)]
    modules: Count = 0
    exams: ExamsNeeded | None = None
    labs: Count | Literal["all"] = 0
    reports: Count = 0
    case_studies: Count = 0
    designs: Count = 0
    contributed_patterns: Count = 0
    mentored_to_level_2: Count = 0
    holds_level_4_months: Count = 0
    must: tuple[Rule, ...] = ()
    demonstrate: tuple[Words, ...] = ()
    contributes: tuple[Words, ...] = ()
    recommended_for: tuple[Words, ...] = ()
    combinations: tuple[Combination, ...] = ()
    recognition: str = ""
    note: str = ""


class Levels(Written, frozen=True, kw_only=True):
    """``levels.yaml``."""

    levels: tuple[Level, ...]


def in_words(rule: Rule) -> str:
    """A rule as a person says it."""
    match rule:
        case OfArea():
            return f"{rule.count} {rule.area} module{'s' if rule.count > 1 else ''}"
        case TheModule():
            return rule.module.rpartition("/")[2]
        case AnyExam():
            return f"{' or '.join(each.removeprefix('exam:') for each in rule.any_of)} exam"
        case Attested():
            return rule.what
