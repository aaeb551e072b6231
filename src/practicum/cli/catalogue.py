"""``practicum catalogue`` and ``practicum search``: what there is to learn."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.loading import load_usable
from practicum.cli.pointing import pointed_at
from practicum.cli.screen import complain, out, print_json
from practicum.curriculum import search as searching
from practicum.curriculum.catalogue import Catalogue, minutes_of
from practicum.curriculum.course import Course
from practicum.curriculum.exam import named_form
from practicum.curriculum.gap import beside
from practicum.curriculum.level import in_words
from practicum.curriculum.plain import catalogue_as_data
from practicum.curriculum.term import exam_id
from practicum.labs.library import courses_around

LINES_PER_HIT = 3


def read_catalogue() -> Catalogue:
    """The catalogue of this machine's courses; what others' files lack is told on stderr, and
    left out. Raises CatalogueError if ours cannot be used."""
    folders, missing = courses_around(os.environ)
    usable = load_usable(folders)
    if left_out := [*missing, *usable.left_out]:
        complain("\n".join(["left out, because it cannot be used:", *(f"  {x}" for x in left_out)]))
    return usable.catalogue


def catalogue(
    json: Annotated[bool, typer.Option("--json", help="Everything, in JSON.")] = False,
) -> None:
    """Show what there is to learn: courses with their modules, exams, paths and levels.

    A module is written, has labs only, or is pending; an exam is written when it has a paper.
    The JSON says why, and holds every fact that the overview leaves out.
    """
    found = read_catalogue()
    if json:
        print_json(catalogue_as_data(found))
        return
    current = pointed_at(found)
    for course_id, course in found.courses.items():
        _print_course(found, course_id, course, current)
    _print_exams(found)
    _print_paths(found)
    _print_levels(found)


def _heading(text: str, more: str = "") -> None:
    out.print(Text.assemble("\n", (text, "bold"), f"  {more}" if more else ""))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=bool(columns))
    for column in columns:
        right = column in ("minutes", "hours", "questions", "pass")
        table.add_column(column, justify="right" if right else "left")
    return table


def _print_course(found: Catalogue, course_id: str, course: Course, current: str) -> None:
    _heading(course.title, course_id)
    part_minutes = sum(part.minutes for part in course.parts)
    if course.modules:
        table = _table("module", "title", "minutes", "state")
        for module in course.modules:
            key = f"{course_id}/{module.id}"
            minutes = module.minutes or part_minutes
            here = " ▶ you are here" if key == current else ""
            table.add_row(key, module.title, str(minutes or "?"), _state(found, key) + here)
        out.print(table)
    if course.tracks:
        table = _table("track", "title", "technologies", "state")
        for track in course.tracks:
            key = f"{course_id}/{track.id}"
            table.add_row(key, track.title, ", ".join(track.technologies), _state(found, key))
        out.print(table)
    if course.pending:
        out.print(f"pending: {course.pending}", markup=False)


def _state(found: Catalogue, key: str) -> str:
    labs = len(found.labs.get(key, ()))
    told = f" ({labs} lab{'s' if labs > 1 else ''})" if labs else ""
    return found.state(key) + told


def span(pair: tuple[int | None, ...]) -> str:
    """A span as people write it."""
    least, most = pair
    if most is None:
        return f"{least}+"
    return str(least) if least == most else f"{least}-{most}"


def _print_exams(found: Catalogue) -> None:
    _heading("Exams")
    table = _table("exam", "area", "minutes", "questions", "pass", "state", "")
    for exam in found.exams.exams:
        least = "+" if exam.at_least else ""
        questions = f"{exam.questions}{least}" if exam.questions else ""
        key = exam_id(exam.id)
        row = [span(minutes_of(exam)), questions, f"{exam.pass_score} %", found.state(key)]
        table.add_row(key, exam.area, *row, exam.also or "")
    out.print(table)
    for examination in found.exams.examinations:
        key = exam_id(examination.id)
        out.print(f"{key}: {named_form(examination)}, {found.state(key)}", markup=False)
    if any(found.pending(key) == found.exams.pending for key, _ in found.all_exams()):
        out.print(f"pending: {found.exams.pending}", markup=False)


def _print_paths(found: Catalogue) -> None:
    _heading("Paths", "practicum path ROLE")
    table = _table("role", "hours", "level", "steps")
    for path in found.paths.paths:
        level = found.level(path.level)
        title = f"{path.level} {level.title if level else ''}"
        table.add_row(path.role, span(path.hours), title, str(len(path.steps)))
    out.print(table)


def _print_levels(found: Catalogue) -> None:
    _heading("Levels")
    table = _table("level", "hours", "modules", "exams", "besides")
    for level in found.levels.levels:
        rules = [in_words(rule) for rule in level.must]
        said = [*rules, *(each for each in beside(level) if each not in rules)]
        exams = str(level.exams.count) if level.exams else ""
        row = [span(level.hours), str(level.modules or ""), exams, "; ".join(said)]
        table.add_row(f"{level.n} {level.title}", *row)
    out.print(table)


def search(
    words: Annotated[list[str], typer.Argument(help="All of them must occur, in any order.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Find words anywhere in the catalogue; exit code 1 if they occur nowhere."""
    hits = searching.search(read_catalogue(), words)
    if json:
        print_json(msgspec.to_builtins(hits))
    elif not hits:
        out.print(f"nothing holds {' and '.join(words)}: try fewer words", markup=False)
    else:
        for hit in hits:
            _print_hit(hit)
    raise typer.Exit(0 if hits else 1)


def _print_hit(hit: searching.Hit) -> None:
    out.print(Text.assemble((hit.id, "bold"), f"  {hit.title} ({hit.kind})"))
    for where, text in hit.found_in[:LINES_PER_HIT]:
        out.print(f"    {where}: {text}", markup=False)
    left = len(hit.found_in) - LINES_PER_HIT
    if left > 0:
        out.print(f"    and {left} more", markup=False)
