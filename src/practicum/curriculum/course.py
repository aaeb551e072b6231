"""A course: its modules, phases and tracks, and everything that it promises."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.curriculum.term import (
    Count,
    Key,
    Minutes,
    ModuleRef,
    Name,
    Origin,
    Span,
    Term,
    Words,
    Written,
)

Pending = Annotated[
    str,
    msgspec.Meta(description="Why it is not written yet; a module without it says the course's."),
]


class FocusBlock(Written, frozen=True, kw_only=True):
    """A stretch of undivided attention within a module."""

    title: Words
    minutes: Minutes
    means: str = ""


class Module(Written, frozen=True, kw_only=True):
    """A module as the catalogue knows it, written or not. ``minutes`` is the least; 0 is not
    known. ``requires`` names modules, those of the same course without it; ``prerequisites``
    and ``helpful`` are what one should know from elsewhere."""

    id: Name
    title: Words
    pillar: int | None = None
    area: str = ""
    minutes: Count = 0
    elite: bool = False
    weeks: Span | None = None
    personas: tuple[Name, ...] = ()
    problem: str = ""
    goal: str = ""
    insight: str = ""
    focus: str = ""
    focus_blocks: tuple[FocusBlock, ...] = ()
    topics: tuple[Words, ...] = ()
    case_studies: tuple[Words, ...] = ()
    integration_challenge: str = ""
    prerequisites: tuple[Words, ...] = ()
    helpful: tuple[Words, ...] = ()
    requires: tuple[ModuleRef, ...] = ()
    objectives: tuple[Words, ...] = ()
    outcomes: tuple[Words, ...] = ()
    features: tuple[Words, ...] = ()
    anti_patterns: tuple[Words, ...] = ()
    builds_toward: tuple[Words, ...] = ()
    quality: tuple[Term, ...] = ()
    note: str = ""
    pending: Pending = ""
    origin: Origin | None = None


class Phase(Written, frozen=True, kw_only=True):
    """Modules that belong together, and what one can do after them."""

    title: Words
    means: Words
    modules: tuple[Name, ...]
    outcome: Words
    reached: Words
    outcomes: tuple[Words, ...]


class Part(Written, frozen=True, kw_only=True):
    """One of the timed parts that every module of a course is made of."""

    id: Key
    minutes: Minutes
    points: tuple[Words, ...]


class Persona(Written, frozen=True, kw_only=True):
    """A customer whose problem a module begins with."""

    cares: Words
    problems: tuple[Words, ...]


class Track(Written, frozen=True, kw_only=True):
    """A set of technologies, what to learn of them, and the work that proves it."""

    id: Name
    title: Words
    technologies: tuple[Words, ...]
    goals: tuple[Words, ...]
    application: Words
    pending: Pending = ""


class SkillTarget(Written, frozen=True, kw_only=True):
    """Where a learner of the course stands, where it leads, and what lies between."""

    skill: Words
    current: Words
    target: Words
    gap: Words


class Paradigm(Written, frozen=True, kw_only=True):
    """A way of building, and what one learns on it."""

    says: Words
    points: tuple[Term, ...]


class Paradigms(Written, frozen=True, kw_only=True):
    """Two ways of building the same, and what is measured on both."""

    a: Paradigm
    b: Paradigm
    compare: tuple[Term, ...]


class Law(Written, frozen=True, kw_only=True):
    """A law of distributed systems; its number is its place in the list."""

    name: Words
    means: Words
    advanced: bool = False


class Course(Written, frozen=True, kw_only=True):
    """``course.yaml``. The course's id is its folder's name. In a ``sequential`` course each
    module requires all before it; the modules of a ``mastery`` course count for levels."""

    title: Words
    objective: Words
    pending: Annotated[str, msgspec.Meta(description="Why its modules are not written yet.")] = ""
    sequential: bool = False
    mastery: bool = False
    principles: tuple[Term, ...] = ()
    services: tuple[Name, ...] = ()
    weeks: Count = 0
    hours_per_week: Span | None = None
    intensive_weeks: Span | None = None
    review: str = ""
    parts: tuple[Part, ...] = ()
    personas: dict[Name, Persona] = msgspec.field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    modules: tuple[Module, ...] = ()
    navigation: tuple[Term, ...] = ()
    success_indicators: tuple[Term, ...] = ()
    method: tuple[Term, ...] = ()
    tracks: tuple[Track, ...] = ()
    skill_targets: tuple[SkillTarget, ...] = ()
    paradigms: Paradigms | None = None
    success_metrics: dict[Key, tuple[Term, ...]] = msgspec.field(default_factory=dict)
    scientific_method: str = ""
    knowledge_transfer: str = ""
    meta_goals: tuple[Term, ...] = ()
    factors: dict[Key, tuple[Term, ...]] = msgspec.field(default_factory=dict)
    anti_patterns: tuple[Term, ...] = ()
    checkpoints: tuple[Term, ...] = ()
    production_readiness: tuple[Term, ...] = ()
    claims_to_prove: tuple[Term, ...] = ()
    laws: tuple[Law, ...] = ()
    next_priority: tuple[Term, ...] = ()

    @property
    def parts_to_write(self) -> tuple[Module | Track, ...]:
        """Everything that is written or pending."""
        return (*self.modules, *self.tracks)
