"""What shows that somebody can do something: the courses' metrics, indicators and skills."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.curriculum.course import Course
from practicum.curriculum.term import Count, ExamId, ModuleId, Words, Written

MetricId = Annotated[
    str, msgspec.Meta(pattern="^[a-z0-9-]+/.+$", description="Its course, a slash, its name.")
]
LabId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+/[a-z0-9-]+/[a-z0-9-]+$")]


class Evidence(Written, frozen=True, kw_only=True):
    """Evidence that suffices: all that is named here together. ``labs`` have passed, at least
    ``labs_min`` of them (0: all); ``modules`` are complete, ``exams`` passed; so many
    ``experiments`` about it have a conclusion; the questions of ``checkpoints`` are answered;
    ``attested`` by a mentor."""

    labs: tuple[LabId, ...] = ()
    labs_min: Count = 0
    modules: tuple[ModuleId, ...] = ()
    exams: tuple[ExamId, ...] = ()
    experiments: Count = 0
    checkpoints: tuple[Words, ...] = ()
    attested: bool = False


class Metric(Written, frozen=True, kw_only=True):
    """A metric or indicator of a course, and what shows it: any of ``shown_by``."""

    metric: MetricId
    shown_by: Annotated[tuple[Evidence, ...], msgspec.Meta(min_length=1)]


class Target(Written, frozen=True, kw_only=True):
    """A skill of a course (``skill_targets``) and the metrics of which it consists."""

    skill: MetricId
    metrics: Annotated[tuple[MetricId, ...], msgspec.Meta(min_length=1)]


class Skills(Written, frozen=True, kw_only=True):
    """``skills.yaml``."""

    metrics: tuple[Metric, ...]
    targets: tuple[Target, ...] = ()


def metrics_of(course_id: str, course: Course) -> dict[str, tuple[str, str]]:
    """The metrics of a course by id, each with its group and its name: success metrics by
    their groups, and every point of the success indicators."""
    found = {
        f"{course_id}/{term.name}": (group.replace("_", " "), term.name)
        for group, terms in course.success_metrics.items()
        for term in terms
    }
    for indicator in course.success_indicators:
        for point in indicator.points:
            found[f"{course_id}/{point}"] = (indicator.name, point)
    return found
