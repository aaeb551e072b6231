"""The way of a role through modules and exams, each step with its purpose."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.curriculum.term import Name, Span, StepId, Words, Written


class Step(Written, frozen=True, kw_only=True):
    """A module or an exam, and what it is for in this role."""

    id: StepId
    purpose: Words


class PathTrack(Written, frozen=True, kw_only=True):
    """A set of steps of one concern."""

    id: Name
    title: Words
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1)]


class RolePath(Written, frozen=True, kw_only=True):
    """What a role learns in ``hours``, up to which level, and what it should bring along."""

    role: Words
    hours: Span
    level: Annotated[int, msgspec.Meta(ge=1)]
    prerequisites: tuple[Words, ...]
    tracks: Annotated[tuple[PathTrack, ...], msgspec.Meta(min_length=1)]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order written."""
        return tuple(step for track in self.tracks for step in track.steps)


class Budget(Written, frozen=True, kw_only=True):
    """So many hours a week; ``full_time`` is the intensive option."""

    name: Words
    hours: Span
    means: Words
    full_time: bool = False


class Paths(Written, frozen=True, kw_only=True):
    """``paths.yaml``: the roles, the weekly budgets, and how often to review."""

    paths: tuple[RolePath, ...]
    budgets: tuple[Budget, ...] = ()
    review_every_weeks: Annotated[int, msgspec.Meta(ge=1)] = 4
