"""``practicum lab hint``, ``diff`` and ``merge``: the learner's copy of a lab."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.text import Text

from practicum.cli import recording
from practicum.cli.home import Json, state_folder
from practicum.cli.lab_chosen import Which, lab_of
from practicum.cli.screen import out, print_json
from practicum.labs.workspace.workspace import MergedFile, Workspace
from practicum.learner.events import HintTaken


def hint(
    which: Which,
    number: Annotated[
        int | None, typer.Option("--again", min=1, max=3, help="One that was told before.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell the next of three hints; it is remembered how many you took."""
    mine = Workspace.open(state_folder(), lab_of(which))
    before = mine.state.hints
    told = mine.hint() if number is None else mine.hint_again(number)
    if told.number > before:
        recording.note(HintTaken(lab=mine.lab.id, number=told.number))
    if json:
        print_json(told)
        return
    out.print(f"[bold]Hint {told.number}[/]")
    out.print(told.text, markup=False)
    left = f"{told.left} more" if told.left else "that was the last one"
    out.print(f"[dim]({left})[/]")


def diff(
    which: Which,
    start: Annotated[
        bool, typer.Option("--start", help="Compare with the start, also after a pass.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what you changed since your files passed last, or since the start."""
    mine = Workspace.open(state_folder(), lab_of(which))
    lines = mine.diff(from_start=start)
    since = "passed" if mine.state.passed and not start else "start"
    if json:
        print_json({"since": since, "diff": lines})
        return
    for line in lines:
        out.print(Text(line, style=_colour(line)))
    if not lines:
        words = {"passed": "your files are as they passed", "start": "nothing was changed yet"}
        out.print(words[since], markup=False)


def _colour(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"-": "red", "+": "green", "@": "cyan"}.get(line[:1], "")


def merge(which: Which, json: Json = False) -> None:
    """Bring a newer version of the lab into your files; what you had is kept beside."""
    mine = Workspace.open(state_folder(), lab_of(which))
    if not mine.is_outdated:
        if json:
            print_json({"lab": mine.lab.id, "files": [], "kept": None})
        else:
            out.print("your copy is of the newest version: there is nothing to merge")
        return
    files, kept = mine.merge()
    if json:
        print_json({"lab": mine.lab.id, "files": files, "kept": kept and os.fspath(kept)})
        return
    for each in files:
        out.print(_merged(each), markup=False)
    if kept is not None:
        out.print(f"what you had is in {kept}", markup=False)


def _merged(file: MergedFile) -> str:
    lines = ", ".join(f"{first}-{last}" for first, last in file.lines)
    return {
        "taken": f"{file.name}: the lab's new version",
        "kept": f"{file.name}: yours; the lab did not change it",
        "merged": f"{file.name}: your changes and the lab's, joined",
        "conflict": f"{file.name}: both changed the same lines; settle lines {lines}, where yours "
        "and the lab's stand between <<<<<<< and >>>>>>>",
    }[file.outcome]
