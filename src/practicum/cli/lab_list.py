"""``practicum lab list``: the labs, by module."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.table import Table

from practicum.cli.home import Json, state_folder
from practicum.cli.lab_chosen import labs_of, row
from practicum.cli.screen import complain, out, print_json
from practicum.labs.library import courses_around, find_labs
from practicum.labs.workspace.workspace import Workspace


def list_(
    words: Annotated[
        str, typer.Argument(help="A course, a module or a lab.", metavar="WORDS")
    ] = "",
    json: Json = False,
) -> None:
    """Show the labs, by module, and how far you are with each."""
    folders, findings = courses_around(os.environ)
    labs, errors = find_labs(folders)
    chosen = labs_of(words, one=False) if words else labs
    rows = [(lab, Workspace.find(state_folder(), lab)) for lab in chosen]
    findings += [finding for error in errors for finding in error.findings]
    if json:
        print_json({"labs": [row(lab, mine) for lab, mine in rows], "problems": findings})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("lab", "kind", "minutes", "state", "title"):
        table.add_column(heading, justify="right" if heading == "minutes" else "left")
    module = ""
    for lab, mine in rows:
        if lab.module_id != module:
            module = lab.module_id
            table.add_section()
            table.add_row(f"[bold]{module}[/]")
        table.add_row(
            f"  {lab.name}", lab.spec.kind, str(lab.spec.minutes), _state(mine), lab.spec.title
        )
    out.print(table)
    if not rows:
        out.print("there are no labs here", markup=False)
    for error in errors:
        complain(str(error))


def _state(mine: Workspace | None) -> str:
    if mine is None:
        return "not started"
    tries = mine.state.attempts
    counted = f"{tries} attempt{'s' if tries != 1 else ''}"
    if mine.state.passed:
        return f"passed, {counted} before" if tries else "passed"
    return counted if tries else "started"
