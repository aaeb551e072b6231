"""``practicum path``: the way of a role or through a course, in order, with what was added and
why, and the weeks it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.loading import CatalogueError
from practicum.cli.catalogue import read_catalogue, span
from practicum.cli.pointing import standing
from practicum.cli.screen import out, print_json
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.gap import Gap
from practicum.curriculum.planning import (
    MINUTES_PER_HOUR,
    PathPlan,
    PlannedStep,
    Review,
    dated,
    plan_course,
    plan_path,
    usual_hours,
)
from practicum.curriculum.role import RolePath
from practicum.curriculum.standing import is_done
from practicum.labs.finding import did_you_mean


def path(
    role: Annotated[
        str, typer.Argument(help="A role as in `practicum catalogue`, or its beginning; a course.")
    ],
    hours_per_week: Annotated[
        float | None,
        typer.Option("--hours-per-week", min=0.5, max=80, help="Lay the steps out in weeks."),
    ] = None,
    pace: Annotated[
        str, typer.Option("--pace", help="The same, at a budget: light, standard or intensive.")
    ] = "",
    start: Annotated[
        dt.datetime | None,
        typer.Option("--start", formats=["%Y-%m-%d"], help="The first day; today, if none."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show a role's path: the order, the hours, what each step is for, what was added and why.

    Prerequisites that the path lacks are added before the step that needs them. What is short
    of the path's level is told with electives that would fill it. With hours a week or a pace,
    the steps are laid out in weeks, with the days of the monthly reviews.
    """
    found = read_catalogue()
    if hours_per_week is not None and pace:
        raise typer.BadParameter("say either --hours-per-week or --pace")
    if pace:
        hours_per_week = _hours_at(found, pace)
    plan = plan_for(found, role, hours_per_week)
    first = start.date() if start else dt.datetime.now().astimezone().date()
    try:
        plan = dated(plan, first)
    except OverflowError:
        raise typer.BadParameter(f"from {first} it would outlast the calendar") from None
    where = standing(found)
    passed = [each.id for each in plan.steps if is_done(found, each.id, where)]
    if json:
        here = {"current": where.current, "passed": passed}
        print_json({**msgspec.to_builtins(plan), **here})
    else:
        _print(plan, where.current, passed)


def _hours_at(catalogue: Catalogue, pace: str) -> float:
    budgets = {each.name: each for each in catalogue.paths.budgets}
    if pace not in budgets:
        raise typer.BadParameter(f"there is no pace {pace}: {did_you_mean(pace, budgets)}")
    return usual_hours(budgets[pace])


def plan_for(catalogue: Catalogue, words: str, hours_per_week: float | None = None) -> PathPlan:
    """The plan of the role or course that somebody means; CatalogueError if there is none."""
    course = catalogue.courses.get(words)
    # A role's beginning may be a course's name: what leads to a level is meant then.
    if course is None or any(each.role.startswith(words) for each in catalogue.paths.paths):
        role = role_named(catalogue, words)
        return plan_path(catalogue, role, hours_per_week=hours_per_week)
    if not course.modules:
        tracks = ", ".join(track.title for track in course.tracks)
        raise CatalogueError(
            f"{words} has no modules yet, but tracks ({tracks}): `practicum catalogue` shows them"
        )
    return plan_course(catalogue, words, hours_per_week=hours_per_week)


def role_named(catalogue: Catalogue, words: str) -> RolePath:
    """The path of the role that somebody means; CatalogueError if there is none, or several."""
    asked = words.replace("-", " ").casefold().strip()
    paths = catalogue.paths.paths
    exact = [each for each in paths if each.role.casefold() == asked]
    begins = [each for each in paths if asked and each.role.casefold().startswith(asked)]
    found = exact or begins
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(each.role for each in found)
        raise CatalogueError(f"{words!r} stands for {listed}: name one of them")
    near = did_you_mean(asked, [*(each.role for each in paths), *catalogue.courses])
    raise CatalogueError(f"there is no path for {words!r}: {near}")


def _print(plan: PathPlan, current: str, passed: Collection[str]) -> None:
    leads = f"  to level {plan.level}, {plan.level_title}" if plan.level else ""
    out.print(Text.assemble((plan.role, "bold"), leads))
    minutes = (hours(plan.minutes[0]), hours(plan.minutes[1]))
    total = minutes[0] if minutes[0] == minutes[1] else "-".join(minutes)
    what = "path" if plan.level else "course"
    said = f"{span(plan.hours)} hours as the {what} states it; its steps as listed here: {total}"
    if plan.unmeasured:
        said += f", without {', '.join(plan.unmeasured)}, whose length is not known yet"
    out.print(said, markup=False)
    if plan.minutes[1] < plan.hours[0] * MINUTES_PER_HOUR:
        out.print("the rest of the hours is practice and repetition of your own", markup=False)
    if plan.prerequisites:
        out.print(f"bring along: {', '.join(plan.prerequisites)}", markup=False)
    out.print(_steps(plan, current, passed))
    if plan.level:
        _print_gap(plan.gap)
    if plan.weeks:
        _print_weeks(plan)
    else:
        _print_paces(plan)


def _print_paces(plan: PathPlan) -> None:
    out.print(Text("\nHow long it takes", "bold"))
    for pace in plan.paces:
        budget = pace.budget
        said = f"{budget.name}, {span(budget.hours)} hours a week ({budget.means})"
        weeks = "1 week" if pace.weeks == (1, 1) else f"{span(pace.weeks)} weeks"
        out.print(f"    {said}: {weeks}", markup=False)
    out.print("    --pace NAME or --hours-per-week HOURS lays it out week by week", markup=False)


def _steps(plan: PathPlan, current: str, passed: Collection[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "step", "hours", "purpose", "track", "state"):
        table.add_column(column, justify="right" if column in ("", "hours") else "left")
    for number, step in enumerate(plan.steps, 1):
        lasts = hours(step.minutes[1]) if step.minutes[1] else "?"
        here = "▶ " if step.id == current else ""
        state = "passed" if step.id in passed else step.state
        row = (f"{here}{number}", step.id, lasts, _purpose(step), step.track, state)
        table.add_row(*row, style="bold" if here else "italic" if step.added_for else "")
    return table


def _purpose(step: PlannedStep) -> str:
    if not step.added_for:
        return step.purpose
    return f"added for {step.added_for}: {step.why_added}"


def hours(minutes: int) -> str:
    """Minutes in hours, for people."""
    return f"{minutes / MINUTES_PER_HOUR:.1f}".removesuffix(".0") + " h"


def _print_gap(gap: Gap) -> None:
    out.print(Text("\nTo the level", "bold"))
    for short in gap.shortfalls:
        out.print(f"    short: {short.what}: {short.has} of {short.needed}", markup=False)
    for elective in gap.electives:
        brings = f", with {', '.join(elective.brings)}" if elective.brings else ""
        lasts = hours(elective.minutes[1]) if elective.minutes[1] else "length not known yet"
        said = f"{elective.id} ({lasts}) fills {elective.fills}{brings}"
        out.print(f"    elective: {said}", markup=False)
    if not gap.shortfalls:
        out.print("    its modules and exams are enough", markup=False)
    for each in gap.beside:
        out.print(f"    besides: {each}", markup=False)


def _print_weeks(plan: PathPlan) -> None:
    out.print(Text(f"\nWeek by week, {plan.hours_per_week:g} hours each", "bold"))
    reviews = {each.week: each for each in plan.reviews}
    last = len(plan.weeks)
    for week in plan.weeks:
        # A step without a length is one whose length is not known.
        work = ", ".join(f"{step} {hours(left) if left else '?'}" for step, left in week.work)
        out.print(f"    {week.number:>3}  {week.begins}  {work}", markup=False)
        if week.number in reviews:
            _print_review(reviews[week.number])
    for number in sorted(each for each in reviews if each > last):
        _print_review(reviews[number], f"{number:>3}")


def _print_review(review: Review, number: str = "   ") -> None:
    out.print(f"    {number}  {review.on}  review: {', '.join(review.steps)}", markup=False)
