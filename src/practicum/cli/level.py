"""``practicum level``: how far you are from each level, and what is missing."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from practicum.cli.recording import desk_with_labs
from practicum.cli.screen import out, print_json
from practicum.learner.credential.requirements import LevelStanding
from practicum.study.levels import Levels


def level(
    number: Annotated[
        int | None, typer.Argument(help="The level, 1 to 5; without one: all, in short.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show what each level asks for, what of it you have proved, and what is missing.

    Everything is counted from your record: modules that are complete, exams, labs, and what
    mentors attested. `practicum credential issue N` makes the badge of a level that is reached.
    """
    levels = Levels(desk_with_labs())
    in_full = number is not None
    standings = levels.all_standings() if number is None else (levels.standing(number),)
    if json:
        print_json([_plain(each) for each in standings])
        return
    for each in standings:
        _print(each, in_full=in_full)
    for module in levels.begun():
        out.print(f"{module.module} is begun: {'; '.join(module.left)}", markup=False)
    if not in_full:
        out.print("`practicum level NUMBER` tells each rule, and what is missing", markup=False)


def _plain(standing: LevelStanding) -> dict[str, Any]:
    requirements = [
        {**msgspec.to_builtins(each), "met": each.met} for each in standing.requirements
    ]
    return {
        "level": standing.n,
        "title": standing.title,
        "reached": standing.met,
        "requirements": requirements,
    }


def _print(standing: LevelStanding, *, in_full: bool) -> None:
    met = sum(each.met for each in standing.requirements)
    said = "reached" if standing.met else f"{met} of {len(standing.requirements)} rules are met"
    head = f"level {standing.n}  {standing.title}: "
    out.print(Text.assemble((head, "bold"), (said, "green" if standing.met else "")))
    for each in standing.requirements if in_full else ():
        mark, style = ("+", "green") if each.met else ("-", "yellow")
        count = f"{each.have} of {each.needed}"
        out.print(Text.assemble(f"  {mark} ", (each.what, style), f"  {count}"))
        if each.by:
            out.print(f"      by {', '.join(each.by)}", markup=False)
        if each.missing:
            out.print(f"      {each.missing}", markup=False)
