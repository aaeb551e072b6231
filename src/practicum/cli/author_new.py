"""``practicum author new``: begin a course, a module, a lab, an exam or a question."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from practicum.authoring import scaffolding
from practicum.cli.screen import out
from practicum.curriculum.term import EXAM
from practicum.labs.library import COURSES_VARIABLE, course_folders

app = typer.Typer(
    help="Begin something; `practicum author lint` says then what is still to be written.",
    no_args_is_help=True,
)
Title = Annotated[str, typer.Option("--title", help="What people read; made of NAME without it.")]
Into = Annotated[
    Path | None,
    typer.Option("--in", help=f"The folder of courses; the first of {COURSES_VARIABLE}."),
]
Kind = StrEnum("Kind", {each.upper(): each for each in scaffolding.KINDS})  # type: ignore[misc]
CHOICE = Kind("choice")


@app.command()
def course(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The course's id: never changes.")],
    into: Into = None,
    title: Title = "",
) -> None:
    """Begin a course: its course.yaml."""
    folder, folders = _folder_for(into), course_folders(os.environ)
    made = scaffolding.new_course(name, folder, title, folders)
    _tell([made], name)
    if folder not in folders:
        out.print(f"so that it is found: export {COURSES_VARIABLE}={folder}", markup=False)


@app.command()
def module(
    name: Annotated[str, typer.Argument(metavar="COURSE/NAME", help="The module's id.")],
    title: Title = "",
) -> None:
    """Begin a module: its text, questions and cards, and its place in course.yaml."""
    folders = course_folders(os.environ)
    _tell(scaffolding.new_module(name, folders, dt.date.today(), title), name)


@app.command()
def lab(
    name: Annotated[str, typer.Argument(metavar="COURSE/MODULE/NAME", help="The lab's id.")],
    replaces: Annotated[
        str, typer.Option("--replaces", help="The module of Practicum that learners repair.")
    ],
) -> None:
    """Begin a lab in which learners repair a module; its solution is that module as it is."""
    made = scaffolding.new_lab(name, course_folders(os.environ), replaces)
    _tell(made, name.rpartition("/")[0])
    out.print("`practicum author verify` proves it, docs/authors.md says how", markup=False)


@app.command()
def exam(
    name: Annotated[
        str, typer.Argument(metavar="COURSE/MODULE|exam:NAME", help="The module, or the exam.")
    ],
    of: Annotated[
        str, typer.Option("--of", help="The exam of the catalogue; the module's own without it.")
    ] = "",
    into: Into = None,
) -> None:
    """Begin the exam of a module, or one that belongs to none, in the form that the catalogue
    gives it."""
    folders, today = course_folders(os.environ), dt.date.today()
    if name.startswith(EXAM):
        made = scaffolding.new_paper(name, _folder_for(into), folders, today)
    else:
        made = scaffolding.new_exam(name, folders, of, today)
    _tell([made], name)


@app.command()
def question(
    name: Annotated[str, typer.Argument(metavar="COURSE/MODULE/NAME", help="Its id: stays.")],
    kind: Annotated[Kind, typer.Option("--kind", help="How it is asked.")] = CHOICE,
) -> None:
    """Begin a question at the end of a module's questions."""
    made = scaffolding.new_question(name, course_folders(os.environ), str(kind))
    _tell([made], name.rpartition("/")[0])


def _folder_for(into: Path | None) -> Path:
    """The folder of courses in which something new is put."""
    told = [Path(each) for each in os.environ.get(COURSES_VARIABLE, "").split(os.pathsep) if each]
    return (into or (told[0] if told else Path.cwd())).absolute()


def _tell(made: Sequence[Path], what: str) -> None:
    here = Path.cwd()
    for path in made:
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        out.print(f"wrote {shown}", markup=False)
    out.print(f"next: practicum author lint {what}", markup=False)
