"""``practicum path``: the way of a role, in order, with what was added and why."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.loading import CatalogueError
from practicum.cli.catalogue import read_catalogue, span
from practicum.cli.screen import out, print_json
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.gap import Gap
from practicum.curriculum.planning import MINUTES_PER_HOUR, PathPlan, PlannedStep, Week, plan_path
from practicum.curriculum.role import RolePath
from practicum.labs.finding import did_you_mean


def path(
    role: Annotated[str, typer.Argument(help="As in `practicum catalogue`, or its beginning.")],
    hours_per_week: Annotated[
        float | None,
        typer.Option("--hours-per-week", min=0.5, max=80, help="Lay the steps out in weeks."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show a role's path: the order, the hours, what each step is for, what was added and why.

    Prerequisites that the path lacks are added before the step that needs them. What is short
    of the path's level is told with electives that would fill it.
    """
    found = read_catalogue()
    plan = plan_path(found, role_named(found, role), hours_per_week=hours_per_week)
    if json:
        print_json(msgspec.to_builtins(plan))
    else:
        _print(plan)


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
    near = did_you_mean(asked, [each.role for each in paths])
    raise CatalogueError(f"there is no path for {words!r}: {near}")


def _print(plan: PathPlan) -> None:
    out.print(Text.assemble((plan.role, "bold"), f"  to level {plan.level}, {plan.level_title}"))
    minutes = (hours(plan.minutes[0]), hours(plan.minutes[1]))
    total = minutes[0] if minutes[0] == minutes[1] else "-".join(minutes)
    said = f"{span(plan.hours)} hours as the path states it; its steps as listed here: {total}"
    if plan.unmeasured:
        said += f", without {', '.join(plan.unmeasured)}, whose length is not known yet"
    out.print(said, markup=False)
    out.print(f"bring along: {', '.join(plan.prerequisites)}", markup=False)
    out.print(_steps(plan))
    _print_gap(plan.gap)
    if plan.weeks:
        _print_weeks(plan.weeks)
    else:
        _print_paces(plan)


def _print_paces(plan: PathPlan) -> None:
    out.print(Text("\nHow long it takes", "bold"))
    for pace in plan.paces:
        budget = pace.budget
        said = f"{budget.name}, {span(budget.hours)} hours a week ({budget.means})"
        weeks = "1 week" if pace.weeks == (1, 1) else f"{span(pace.weeks)} weeks"
        out.print(f"    {said}: {weeks}", markup=False)


def _steps(plan: PathPlan) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "step", "hours", "purpose", "track", "state"):
        table.add_column(column, justify="right" if column in ("", "hours") else "left")
    for number, step in enumerate(plan.steps, 1):
        lasts = hours(step.minutes[1]) if step.minutes[1] else "?"
        row = (str(number), step.id, lasts, _purpose(step), step.track, step.state)
        table.add_row(*row, style="italic" if step.added_for else "")
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


def _print_weeks(weeks: tuple[Week, ...]) -> None:
    out.print(Text("\nWeek by week", "bold"))
    for week in weeks:
        work = ", ".join(f"{step} {hours(left)}" for step, left in week.work)
        out.print(f"    {week.number:>3}  {work}", markup=False)
        if week.review:
            out.print(f"         review: {', '.join(week.review)}", markup=False)
