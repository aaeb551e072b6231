"""The labs that a command is about, and what is told of one wherever it is told."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from practicum.cli.screen import complain
from practicum.labs.finding import LabError
from practicum.labs.lab import Lab
from practicum.labs.library import choose, choose_one, course_folders, find_labs
from practicum.labs.workspace.workspace import Workspace

EXIT_USAGE = 2

Which = Annotated[str, typer.Argument(help="A lab: its name, or the end of its id.", metavar="LAB")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another crowd, or another scene.")]


def labs_of(words: str, *, one: bool = True) -> list[Lab]:
    """The labs that are meant; ends the command when there is none."""
    labs, errors = find_labs(course_folders(os.environ))
    try:
        return [choose_one(labs, words)] if one else choose(labs, words)
    except LabError as error:
        name = words.strip("/").rpartition("/")[2]
        broken = [each for each in errors if each.folder and each.folder.name == name]
        complain(str(broken[0] if broken else error))
        raise typer.Exit(EXIT_USAGE) from None


def lab_of(words: str) -> Lab:
    """The lab that is meant; ends the command when there is none."""
    return labs_of(words)[0]


def row(lab: Lab, mine: Workspace | None) -> dict[str, object]:
    """A lab for programs, and how far one is with it."""
    return {
        "id": lab.id,
        "title": lab.spec.title,
        "kind": lab.spec.kind,
        "minutes": lab.spec.minutes,
        "skills": lab.spec.skills,
        "version": lab.spec.version,
        "state": "not started" if mine is None else "passed" if mine.state.passed else "started",
        "attempts": mine.state.attempts if mine else 0,
        "hints": mine.state.hints if mine else 0,
        "passed_at": mine.state.passed_at if mine else "",
        "outdated": mine.is_outdated if mine else False,
        "workspace": os.fspath(mine.folder) if mine else None,
    }


def notices(mine: Workspace) -> list[str]:
    """What a learner should know before her files are checked."""
    name, found = mine.lab.name, list(mine.told)
    if mine.is_outdated:
        found.append(
            "the lab has changed since you started it; your files are checked as they are: "
            f"`practicum lab merge {name}` brings the changes in, and loses nothing"
        )
    if mine.checks_edited:
        found.append("your copy of checks.py was edited: the lab's own checks are used")
    return found
