"""The plan of a role, or of a course: order, hours, purposes, what was added and why, and the
weeks it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from practicum.curriculum.catalogue import Catalogue, State
from practicum.curriculum.course import Course
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.gap import Gap, gap_to
from practicum.curriculum.role import Budget, RolePath

MINUTES_PER_HOUR = 60
DAYS_PER_WEEK = 7


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
    """A week: which steps, and how many minutes on each; ``review`` the earlier ones in it.
    ``begins`` is its first day, where the plan has one."""

    number: int
    work: tuple[tuple[str, int], ...]
    review: tuple[str, ...] = ()
    begins: dt.date | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """Steps to go through again at the end of a week, which may be one after the plan's last;
    ``on`` is its last day, where the plan has a first one."""

    week: int
    steps: tuple[str, ...]
    on: dt.date | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How many weeks a path takes with a budget, the fewest and the most: by the stated hours
    or the sum of the steps, whichever is less or more."""

    budget: Budget
    weeks: tuple[int, int]


class PathPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``hours`` is what the path states, ``minutes`` the sum of the steps, added ones included;
    ``unmeasured`` are the steps whose minutes nobody knows yet. ``level`` is 0 for a course,
    which leads to none by itself."""

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
    reviews: tuple[Review, ...] = ()


def plan_path(
    catalogue: Catalogue, path: RolePath, *, hours_per_week: float | None = None
) -> PathPlan:
    """The plan of a path. The catalogue has been checked: no cycle, no missing target.

    A prerequisite that the path lacks is added right before the first step that needs it.
    """
    steps = _steps(catalogue, path)
    minutes = _sum(steps)
    level = catalogue.level(path.level)
    plan = PathPlan(
        role=path.role,
        level=path.level,
        level_title=level.title if level else "",
        hours=(path.hours[0], path.hours[1]),
        minutes=minutes,
        prerequisites=path.prerequisites,
        steps=steps,
        unmeasured=tuple(each.id for each in steps if not each.minutes[1]),
        gap=gap_to(catalogue, [each.id for each in steps], level) if level else Gap(),
        paces=tuple(_pace(path.hours, minutes, each) for each in catalogue.paths.budgets),
    )
    return _in_weeks(plan, hours_per_week, catalogue.paths.review_every_weeks)


def plan_course(
    catalogue: Catalogue, course_id: str, *, hours_per_week: float | None = None
) -> PathPlan:
    """The plan of one course: its modules, and what they need from elsewhere. The weeks that the
    course states stand where its hours are a budget's; full time is its intensive option."""
    course = catalogue.courses[course_id]
    listed = {f"{course_id}/{each.id}": each for each in course.modules}
    phases = {name: phase.title for phase in course.phases for name in phase.modules}
    graph = graph_of(catalogue)
    added = graph.missing(listed)
    steps = []
    for step_id in graph.order([*added, *listed]):
        step = _planned(catalogue, step_id)
        if step_id in listed:
            module = listed[step_id]
            purpose = module.goal or module.insight or module.problem or module.focus
            track = phases.get(module.id, "")
            step = msgspec.structs.replace(step, purpose=purpose, track=track)
        else:
            why = added[step_id]
            step = msgspec.structs.replace(step, added_for=why.after, why_added=why.why)
        steps.append(step)
    minutes = _sum(steps)
    hours = _course_hours(course, minutes)
    plan = PathPlan(
        role=course.title,
        level=0,
        level_title="",
        hours=hours,
        minutes=minutes,
        prerequisites=(),
        steps=tuple(steps),
        unmeasured=tuple(each.id for each in steps if not each.minutes[1]),
        gap=Gap(),
        paces=tuple(_course_pace(course, hours, minutes, each) for each in catalogue.paths.budgets),
    )
    return _in_weeks(plan, hours_per_week, catalogue.paths.review_every_weeks)


def _course_hours(course: Course, minutes: tuple[int, int]) -> tuple[int, int]:
    if course.weeks and course.hours_per_week:
        least, most = course.hours_per_week
        return course.weeks * least, course.weeks * most
    return minutes[0] // MINUTES_PER_HOUR, _ceiling(minutes[1], MINUTES_PER_HOUR)


def _course_pace(
    course: Course, hours: tuple[int, int], minutes: tuple[int, int], budget: Budget
) -> Pace:
    if course.weeks and course.hours_per_week == budget.hours:
        return Pace(budget=budget, weeks=(course.weeks, course.weeks))
    if course.intensive_weeks and budget.full_time:
        least, most = course.intensive_weeks
        return Pace(budget=budget, weeks=(least, most))
    return _pace(hours, minutes, budget)


def _in_weeks(plan: PathPlan, hours_per_week: float | None, review_every: int) -> PathPlan:
    """The plan with its weeks and reviews, if somebody has said how many hours a week."""
    if not hours_per_week:
        return plan
    weeks = weekly(plan.steps, hours_per_week, review_every)
    return msgspec.structs.replace(
        plan,
        hours_per_week=hours_per_week,
        weeks=weeks,
        reviews=reviews_of(weeks, review_every),
    )


def _sum(steps: Sequence[PlannedStep]) -> tuple[int, int]:
    return sum(each.minutes[0] for each in steps), sum(each.minutes[1] for each in steps)


def _planned(catalogue: Catalogue, step_id: str) -> PlannedStep:
    return PlannedStep(
        id=step_id,
        title=catalogue.steps()[step_id].title,
        minutes=catalogue.minutes(step_id),
        state=catalogue.state(step_id),
        pending=catalogue.pending(step_id),
    )


def _steps(catalogue: Catalogue, path: RolePath) -> tuple[PlannedStep, ...]:
    graph = graph_of(catalogue)
    listed = {step.id: (track, step) for track in path.tracks for step in track.steps}
    added = graph.missing(listed)
    planned = []
    for step_id in graph.order([*listed, *added]):
        step = _planned(catalogue, step_id)
        if step_id in listed:
            track, own = listed[step_id]
            step = msgspec.structs.replace(step, track=track.title, purpose=own.purpose)
        else:
            reason = added[step_id]
            step = msgspec.structs.replace(step, added_for=reason.after, why_added=reason.why)
        planned.append(step)
    return tuple(planned)


def _pace(hours: Sequence[int], minutes: tuple[int, int], budget: Budget) -> Pace:
    least = min(hours[0], minutes[0] // MINUTES_PER_HOUR)
    most = max(hours[1], _ceiling(minutes[1], MINUTES_PER_HOUR))
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


def reviews_of(weeks: Sequence[Week], review_every_weeks: int) -> tuple[Review, ...]:
    """The reviews of a plan: those within its weeks, and one after them for what was ended
    since the last, when its turn comes."""
    found = [Review(week=week.number, steps=week.review) for week in weeks if week.review]
    reviewed = {step for review in found for step in review.steps}
    left = dict.fromkeys(step for week in weeks for step, _ in week.work if step not in reviewed)
    if left:
        turn = _ceiling(len(weeks), review_every_weeks) * review_every_weeks
        found.append(Review(week=turn, steps=tuple(left)))
    return tuple(found)


def dated(plan: PathPlan, first: dt.date) -> PathPlan:
    """The plan with days, its first week beginning on ``first``. OverflowError when it would
    outlast the calendar."""

    def begins(week: int) -> dt.date:
        return first + dt.timedelta(days=DAYS_PER_WEEK * (week - 1))

    replace = msgspec.structs.replace
    return replace(
        plan,
        weeks=tuple(replace(week, begins=begins(week.number)) for week in plan.weeks),
        reviews=tuple(
            replace(each, on=begins(each.week) + dt.timedelta(days=DAYS_PER_WEEK - 1))
            for each in plan.reviews
        ),
    )


def usual_hours(budget: Budget) -> float:
    """The hours a week to plan a budget with: its middle, to the half hour."""
    least, most = budget.hours
    return round(least + most) / 2
