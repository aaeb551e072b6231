"""The whole library: courses, exams, paths, levels, and what holds between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from practicum.curriculum.course import Course, Module
from practicum.curriculum.exam import Exam, Examination, Exams
from practicum.curriculum.level import Level, Levels
from practicum.curriculum.role import Paths
from practicum.curriculum.skill import Skills
from practicum.curriculum.standards import Standards
from practicum.curriculum.stewardship import Stewardship
from practicum.curriculum.term import EXAM, Count, Name, StepId, Term, Words, Written, exam_id

Ref = Annotated[str, msgspec.Meta(pattern="^(group:|exam:|[a-z0-9-]+/)[a-z0-9]+(-[a-z0-9]+)*$")]


class Group(Written, frozen=True, kw_only=True):
    """Steps that stand together in a dependency: all modules or all exams of areas, or those
    that are listed."""

    name: Words
    modules_of: tuple[Words, ...] = ()
    exams_of: tuple[Words, ...] = ()
    steps: tuple[StepId, ...] = ()


class Dependency(Written, frozen=True, kw_only=True):
    """``before`` comes before ``after``. With ``order_only`` it is not added to a path that has
    it not."""

    before: Ref
    after: Ref
    why: Words
    order_only: bool = False


class Library(Written, frozen=True, kw_only=True):
    """``library.yaml``: what belongs to no single course."""

    courses: Annotated[
        tuple[Name, ...], msgspec.Meta(description="The order to show them in; others follow.")
    ]
    rulings: dict[str, Any]
    question_bank_min: Count
    question_kinds: tuple[Words, ...]
    labs_min: Count
    code_examples_min: Count
    design_scenarios_min: Count
    case_studies_min: Count
    companies: tuple[Words, ...]
    foundation: tuple[Words, ...]
    promises: tuple[Term, ...]
    groups: dict[Name, Group]
    dependencies: tuple[Dependency, ...]


State = Literal["written", "pending"]


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. ``courses`` by id; ``written`` holds the ids of modules that can be read and
    of exams that have a paper;
    ``labs`` the ids of labs by module, those of modules that are still pending too."""

    courses: Mapping[str, Course]
    library: Library
    exams: Exams
    paths: Paths
    levels: Levels
    standards: Standards
    stewardship: Stewardship
    skills: Skills
    written: frozenset[str] = frozenset()
    labs: Mapping[str, tuple[str, ...]] = {}

    def modules(self) -> Iterator[tuple[str, Module]]:
        """Each module with its id."""
        for course_id, course in self.courses.items():
            for module in course.modules:
                yield f"{course_id}/{module.id}", module

    def all_exams(self) -> Iterator[tuple[str, Exam | Examination]]:
        """Exams and examinations with their ids."""
        for exam in self.exams.of_both_kinds:
            yield exam_id(exam.id), exam

    def steps(self) -> dict[str, Module | Exam | Examination]:
        """Everything that can be a step of a path, in the order of the catalogue."""
        return dict(self.modules()) | dict(self.all_exams())

    def mastery(self) -> dict[str, Module]:
        """The modules that count for levels."""
        return {
            f"{course_id}/{module.id}": module
            for course_id, course in self.courses.items()
            if course.mastery
            for module in course.modules
        }

    def minutes(self, step_id: str) -> tuple[int, int]:
        """The least and the most minutes of a step; those of the timed parts for a module of
        such that says nothing itself; (0, 0) when not known."""
        stated = minutes_of(self.steps()[step_id])
        course = self.courses.get(step_id.partition("/")[0])
        if any(stated) or course is None:
            return stated
        parts = sum(part.minutes for part in course.parts)
        return parts, parts

    def level(self, number: int) -> Level | None:
        """The level of that number."""
        return next((each for each in self.levels.levels if each.n == number), None)

    def state(self, step_id: str) -> State:
        """Whether a module can be read, or an exam be sat."""
        return "written" if step_id in self.written else "pending"

    def pending(self, step_id: str) -> str:
        """Why a module, track or exam is not written; empty if it is."""
        if step_id in self.written:
            return ""
        if step_id.startswith(EXAM):
            return dict(self.all_exams())[step_id].pending or self.exams.pending
        course_id, _, name = step_id.partition("/")
        course = self.courses[course_id]
        found = [each for each in course.parts_to_write if each.id == name]
        return found[0].pending or course.pending


def minutes_of(step: Module | Exam | Examination) -> tuple[int, int]:
    """The least and the most minutes of a step; (0, 0) when not known."""
    if isinstance(step.minutes, int):
        return step.minutes, step.minutes
    return step.minutes[0], step.minutes[1]
