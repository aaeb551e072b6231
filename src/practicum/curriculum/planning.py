"""The plan of a role: order, hours, purposes, what was added and why, and the weeks it takes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue, State, minutes_of
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.gap import Gap, gap_to
from practicum.curriculum.role import Budget, RolePath

MINUTES_PER_HOUR = 60


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step in its place. ``added_for`` names the step that needs it when the path itself does
    not list it; ``minutes`` is (0, 0) when not known; ``pending`` says why it is not written."""

    id: str
    title: str
    minutes: tuple[int, int]
    state: State
    track: str = ""
    purpose: str = ""
    added_for: str = ""
    why_added: str = ""
    pending: str = ""


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """A week: which steps, and how many minutes on each; ``review`` the earlier ones in it."""

    number: int
    work: tuple[tuple[str, int], ...]
    review: tuple[str, ...] = ()


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How many weeks a path takes with a budget, the fewest and the most: by the stated hours
    or the sum of the steps, whichever is less or more."""

    budget: Budget
    weeks: tuple[int, int]


class PathPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``hours`` is what the path states, ``minutes`` the sum of the steps, added ones included;
    ``unmeasured`` are the steps whose minutes nobody knows yet."""

    role: str
    level: int
    level_title: str
    hours: tuple[int, int]
    minutes: tuple[int, int]
    prerequisites: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    unmeasured: tuple[str, ...]
    gap: Gap
    paces: tuple[Pace, ...]
    hours_per_week: float | None = None
    weeks: tuple[Week, ...] = ()


def plan_path(
    catalogue: Catalogue, path: RolePath, *, hours_per_week: float | None = None
) -> PathPlan:
    """The plan of a path. The catalogue has been checked: no cycle, no missing target.

    A prerequisite that the path lacks is added right before the first step that needs it.
    """
    steps = _steps(catalogue, path)
    minutes = (sum(each.minutes[0] for each in steps), sum(each.minutes[1] for each in steps))
    level = catalogue.level(path.level)
    return PathPlan(
        role=path.role,
        level=path.level,
        level_title=level.title if level else "",
        hours=(path.hours[0], path.hours[1]),
        minutes=minutes,
        prerequisites=path.prerequisites,
        steps=steps,
        unmeasured=tuple(each.id for each in steps if not each.minutes[1]),
        gap=gap_to(catalogue, [each.id for each in steps], level) if level else Gap(),
        paces=tuple(_pace(path, minutes, budget) for budget in catalogue.paths.budgets),
        hours_per_week=hours_per_week,
        weeks=weekly(steps, hours_per_week, catalogue.paths.review_every_weeks)
        if hours_per_week
        else (),
    )


def _steps(catalogue: Catalogue, path: RolePath) -> tuple[PlannedStep, ...]:
    graph, known = graph_of(catalogue), catalogue.steps()
    listed = {step.id: (track, step) for track in path.tracks for step in track.steps}
    added = graph.missing(listed)
    planned = []
    for step_id in graph.order([*listed, *added]):
        what = known[step_id]
        step = PlannedStep(
            id=step_id,
            title=what.title,
            minutes=minutes_of(what),
            state=catalogue.state(step_id),
            pending=catalogue.pending(step_id),
        )
        if step_id in listed:
            track, own = listed[step_id]
            step = msgspec.structs.replace(step, track=track.title, purpose=own.purpose)
        else:
            reason = added[step_id]
            step = msgspec.structs.replace(step, added_for=reason.after, why_added=reason.why)
        planned.append(step)
    return tuple(planned)


def _pace(path: RolePath, minutes: tuple[int, int], budget: Budget) -> Pace:
    least = min(path.hours[0], minutes[0] // MINUTES_PER_HOUR)
    most = max(path.hours[1], _ceiling(minutes[1], MINUTES_PER_HOUR))
    slow, quick = budget.hours
    return Pace(budget=budget, weeks=(_ceiling(least, quick), _ceiling(most, slow)))


def _ceiling(amount: int, part: int) -> int:
    return -(-amount // max(1, part))


def weekly(
    steps: Sequence[PlannedStep], hours_per_week: float, review_every_weeks: int
) -> tuple[Week, ...]:
    """The steps over weeks of so many hours, each as long as it may take; a step that does not
    fit goes on in the next week. Every so many weeks, what was ended since is reviewed. Steps
    whose minutes are not known stand in the week in which their turn comes."""
    budget = max(1, round(hours_per_week * MINUTES_PER_HOUR))
    work: list[list[tuple[str, int]]] = [[]]
    free = budget
    for step in steps:
        left = step.minutes[1]
        while left > free:
            if free:
                work[-1].append((step.id, free))
            left, free = left - free, budget
            work.append([])
        work[-1].append((step.id, left))
        free -= left
    last = {step: number for number, week in enumerate(work, 1) for step, _ in week}
    weeks = []
    for number, week in enumerate(work, 1):
        review: tuple[str, ...] = ()
        if number % review_every_weeks == 0:
            since = range(number - review_every_weeks + 1, number + 1)
            review = tuple(step for step, ended in last.items() if ended in since)
        weeks.append(Week(number=number, work=tuple(week), review=review))
    return tuple(weeks)
