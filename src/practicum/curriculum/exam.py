"""Exams of the library, and the long examinations of hard and very hard questions."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.curriculum.course import Pending
from practicum.curriculum.term import (
    Count,
    ExamId,
    Minutes,
    ModuleId,
    Name,
    Origin,
    Percent,
    Span,
    Term,
    Words,
    Written,
)


class Exam(Written, frozen=True, kw_only=True):
    """An exam: ``questions`` is the least when ``at_least``; ``minutes`` is a span when it
    depends on the difficulty chosen; ``also`` names the long examination of the same matter."""

    id: Name
    title: Words
    area: Name
    minutes: Minutes | Span
    pass_score: Percent
    questions: Count = 0
    at_least: bool = False
    forms: tuple[Words, ...] = ()
    plus: tuple[Words, ...] = ()
    sections: Count = 0
    scenarios: tuple[Words, ...] = ()
    scenarios_n: Count = 0
    troubleshooting_n: Count = 0
    level: str = ""
    topics: tuple[Words, ...]
    focus: str = ""
    prerequisites: tuple[Words, ...] = ()
    note: str = ""
    also: ExamId | None = None
    pending: Pending = ""
    origin: Origin | None = None


class Examination(Written, frozen=True, kw_only=True):
    """A long examination of a module: named questions of two difficulties."""

    id: Name
    title: Words
    of: ModuleId
    minutes: Minutes
    hard: Annotated[tuple[Term, ...], msgspec.Meta(min_length=1)]
    hard_minutes: Minutes
    very_hard: Annotated[tuple[Term, ...], msgspec.Meta(min_length=1)]
    very_hard_minutes: Span
    focus_areas: tuple[Words, ...]
    advanced_scenarios: tuple[Words, ...]
    features: tuple[Words, ...]
    assesses: tuple[Words, ...]
    quality: tuple[Term, ...]
    pending: Pending = ""
    origin: Origin | None = None


class Exams(Written, frozen=True, kw_only=True):
    """``exams.yaml``: what belongs to all exams, the exams, and the examinations."""

    pending: Annotated[str, msgspec.Meta(description="Why exams are not written yet.")] = ""
    exams: tuple[Exam, ...]
    examinations: tuple[Examination, ...] = ()
    rubric: tuple[Words, ...] = ()
    ethics_and_safety: str = ""

    @property
    def of_both_kinds(self) -> tuple[Exam | Examination, ...]:
        """The exams, then the examinations."""
        return (*self.exams, *self.examinations)


def named_form(examination: Examination) -> str:
    """The examination in a few words."""
    hard, very_hard = len(examination.hard), len(examination.very_hard)
    return (
        f"{examination.minutes}-minute examination of {hard} hard and {very_hard} very hard "
        "questions"
    )
