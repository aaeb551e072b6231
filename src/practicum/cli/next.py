"""``practicum next`` and ``practicum current``: where a learner stands, and what to do next."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from practicum.authoring.loading import CatalogueError
from practicum.cli.catalogue import read_catalogue
from practicum.cli.path import plan_for
from practicum.cli.pointing import pointed_at, standing
from practicum.cli.screen import out, print_json
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.standing import (
    NextStep,
    Passed,
    Standing,
    can_be_done,
    is_done,
    labs_of,
    next_step,
)
from practicum.curriculum.term import EXAM
from practicum.labs.finding import did_you_mean
from practicum.labs.workspace.pointer import (
    Pointer,
    clear_pointer,
    read_pointer,
    write_pointer,
)
from practicum.servers.home import state_home


def next_(
    role: Annotated[str, typer.Argument(help="A role, or the beginning of one, or a course.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell what to do next, and why: the first step that you can do and have not passed.

    On the path of a role or through a course; without one, from your current module on. A
    module has passed when all its labs have, or when its blocks are read and its gauntlet is
    passed; one that you know already you leave with `practicum current`, for the next.
    """
    found = read_catalogue()
    where = standing(found)
    if not role:
        step = next_step(found, where)
    else:
        plan = plan_for(found, role)
        purposes = {each.id: each.purpose or each.why_added for each in plan.steps}
        step = next_step(found, where, [each.id for each in plan.steps], purposes)
    if json:
        print_json({**msgspec.to_builtins(step), "current": where.current})
    else:
        _print(found, step, where)


def _print(catalogue: Catalogue, step: NextStep, where: Standing) -> None:
    if not step.id:
        out.print("nothing is left that can be done today:")
    else:
        if not step.is_on_path:
            out.print("nothing that can be done is left of this path today; beside it there is:")
        out.print(Text.assemble((step.id, "bold"), f"  {step.title}"))
        for why in step.why:
            out.print(f"    because {why}", markup=False)
        for line in _to_do(step, where):
            out.print(f"    {line}", markup=False)
        if step.then:
            out.print(f"    after it: {step.then}", markup=False)
    if step.before:
        out.print("passed over:" if step.id else "because of")
    for line in _grouped(step.before):
        out.print(f"    {line}", markup=False)
    if step.id and step.id != where.current and not step.id.startswith(EXAM):
        out.print(f"`practicum current {step.id}` points at it", markup=False)


def _grouped(before: Sequence[Passed]) -> list[str]:
    """One line for all steps of a course that were passed over for the same reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in before:
        course, _, name = each.id.rpartition("/")
        groups.setdefault((course, each.why), []).append(name)
    return [
        f"{course}/{names[0]}: {why}"
        if course and len(names) == 1
        else f"{course + ': ' if course else ''}{', '.join(names)}: {why}"
        for (course, why), names in groups.items()
    ]


def _to_do(step: NextStep, where: Standing) -> list[str]:
    then = "MODULE" if step.then.startswith(EXAM) else step.then or "MODULE"
    if step.id.startswith(EXAM):
        exam = step.id.removeprefix(EXAM)
        return [
            f"`practicum exam preview {exam}` shows its form, `practicum exam start {exam}` begins",
            f"`practicum current {then}` goes on without it",
        ]
    told = [f"practicum lab start {lab.rpartition('/')[2]}" for lab in step.labs_left]
    if not step.can_be_read:
        return ["its text is pending, its labs can be done", *told]
    read = f"its text is written: read it block by block, and note it: practicum read {step.id}"
    through = f"practicum gauntlet {step.id}"
    if not told:
        through += f", and you are through; `practicum current {then}` goes on without"
    return [read, *told, through]


def current(
    module: Annotated[
        str, typer.Argument(help="The module to point at, or the end of its id.")
    ] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Point at nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show or set your current module, which `next`, `path` and `catalogue` mark."""
    home = state_home(os.environ)
    if clear and module:
        raise typer.BadParameter("say either a module or --clear")
    if clear:
        clear_pointer(home)
    found = read_catalogue()
    if module:
        chosen = module_named(found, module)
        today = dt.datetime.now().astimezone().date()
        write_pointer(home, Pointer(module=chosen, since=today))
    pointer = read_pointer(home)
    if json:
        print_json(msgspec.to_builtins(pointer) if pointer else None)
    elif pointer is None:
        out.print("you point at no module: `practicum current MODULE` does; `practicum next` helps")
    elif pointed_at(found):
        _print_pointer(found, pointer)


def _print_pointer(catalogue: Catalogue, pointer: Pointer) -> None:
    module = dict(catalogue.modules())[pointer.module]
    where = standing(catalogue)
    out.print(Text.assemble((pointer.module, "bold"), f"  {module.title}, since {pointer.since}"))
    done, left = labs_of(catalogue, pointer.module, where)
    for lab in (*done, *left):
        said = f"passed on {where.passed[lab][:10]}" if lab in where.passed else "open"
        out.print(f"    lab {lab.rpartition('/')[2]}: {said}", markup=False)
    if not can_be_done(catalogue, pointer.module):
        out.print(f"    pending: {catalogue.pending(pointer.module)}", markup=False)
    elif is_done(catalogue, pointer.module, where):
        out.print("    you have passed it: `practicum next` tells what comes then")


def module_named(catalogue: Catalogue, words: str) -> str:
    """The id of the module that somebody means, by the id or its end; CatalogueError if there
    is none, or several."""
    known = list(dict(catalogue.modules()))
    asked = words.strip("/")
    ends = [each for each in known if each.endswith(f"/{asked}")]
    found = [asked] if asked in known else ends
    if len(found) == 1:
        return found[0]
    if found:
        raise CatalogueError(f"{words!r} is the name of {', '.join(found)}: say which")
    names = [each.partition("/")[2] for each in known]
    near = did_you_mean(asked, [*names, *known])
    if len(near) > 200:
        near = "`practicum catalogue` lists all modules"
    raise CatalogueError(f"there is no module {words!r}: {near}")
