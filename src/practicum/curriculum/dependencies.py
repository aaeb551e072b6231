"""The graph over all modules and exams of a catalogue, from what its files declare."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from practicum.curriculum.catalogue import Catalogue, Group
from practicum.curriculum.course import Course
from practicum.curriculum.graph import Edge, Graph
from practicum.curriculum.term import short_name

GROUP = "group:"


def graph_of(catalogue: Catalogue) -> Graph:
    """Every module and exam, and what comes before what."""
    edges = [
        edge
        for course_id, course in catalogue.courses.items()
        for edge in (*_required(course_id, course), *_in_sequence(course_id, course))
    ]
    return Graph(catalogue.steps(), [*edges, *_declared(catalogue)])


def _required(course_id: str, course: Course) -> Iterator[Edge]:
    for index, module in enumerate(course.modules):
        for place, name in enumerate(module.requires):
            yield Edge(
                before=name if "/" in name else f"{course_id}/{name}",
                after=f"{course_id}/{module.id}",
                why=f"{module.id} builds on {short_name(name)}",
                source=(course_id, "modules", index, "requires", place),
            )


def _in_sequence(course_id: str, course: Course) -> Iterator[Edge]:
    if not course.sequential:
        return
    for index, (first, then) in enumerate(itertools.pairwise(course.modules)):
        yield Edge(
            before=f"{course_id}/{first.id}",
            after=f"{course_id}/{then.id}",
            why=f"each module of {course_id} builds on those before it",
            source=(course_id, "modules", index + 1),
        )


def _declared(catalogue: Catalogue) -> Iterator[Edge]:
    for index, each in enumerate(catalogue.library.dependencies):
        for before in members(catalogue, each.before):
            for after in members(catalogue, each.after):
                yield Edge(
                    before=before,
                    after=after,
                    why=each.why,
                    order_only=each.order_only,
                    source=("", "dependencies", index),
                )


def members(catalogue: Catalogue, ref: str) -> tuple[str, ...]:
    """The steps that a reference stands for; a group that is not there has none."""
    if not ref.startswith(GROUP):
        return (ref,)
    group = catalogue.library.groups.get(ref.removeprefix(GROUP), Group(name=ref))
    modules = [key for key, each in catalogue.modules() if each.area in group.modules_of]
    exams = [f"exam:{each.id}" for each in catalogue.exams.exams if each.area in group.exams_of]
    return (*group.steps, *modules, *exams)
