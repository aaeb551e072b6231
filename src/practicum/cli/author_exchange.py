"""``practicum author export-questions`` and ``import-questions``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from practicum.authoring.exchange.gift.writing import gift_of
from practicum.authoring.exchange.importing import bring
from practicum.authoring.exchange.qti.package import qti_of
from practicum.authoring.exchange.source import source_of
from practicum.cli.screen import err, out
from practicum.labs.finding import CannotBeUsed, Finding
from practicum.labs.library import course_folders
from practicum.servers.home import telling, write_atomically

LEFT_OUT, LOST = "left out:", "not kept:"


class Format(StrEnum):
    """A format of questions."""

    QTI = "qti"
    GIFT = "gift"


def export_questions(
    what: Annotated[
        str, typer.Argument(metavar="MODULE|EXAM", help="Its id; exam:NAME is an exam.")
    ],
    format: Annotated[Format, typer.Option("--format", help="QTI 3.0 in a zip, or GIFT.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    seed: Annotated[int, typer.Option("--seed", help="Which variant is written down.")] = 1,
) -> None:
    """Write the questions of a module or an exam for another program.

    Texts with values, and sections that draw questions, are written as one seed draws them. What
    the format cannot hold is named on stderr, by file and line.
    """
    source = source_of(what, course_folders(os.environ), seed)
    if format is Format.QTI:
        package = qti_of(source)
        data, lost = package.data, package.lost
        left_out: tuple[Finding, ...] = ()
    else:
        text = gift_of(source)
        data, left_out, lost = text.text.encode(), text.left_out, text.lost
    if len(left_out) == len(source.asked):
        raise CannotBeUsed(f"nothing of {source.id} can be written as {format}:", findings=left_out)
    with telling(output.parent):
        write_atomically(output, data)
    _tell(LEFT_OUT, left_out)
    _tell(LOST, lost)
    written = len(source.asked) - len(left_out)
    out.print(f"wrote {output}: {written} of {len(source.asked)} questions", markup=False)


def import_questions(
    file: Annotated[Path, typer.Argument(help="A GIFT file.")],
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Add them to this questions.yaml; without it, to stdout."),
    ] = None,
) -> None:
    """Read the questions of a GIFT file.

    What our questions cannot hold is named on stderr, by line. What they need and GIFT has not,
    such as why a choice is wrong, is marked TODO: `practicum author lint` finds it.
    """
    brought = bring(file, into)
    if into is None:
        typer.echo(brought.text, nl=False)
    _tell(LEFT_OUT, brought.imported.left_out)
    _tell(LOST, brought.imported.lost)
    count = len(brought.imported.questions)
    if into is not None:
        out.print(f"added {count} question{'' if count == 1 else 's'} to {into}", markup=False)
        out.print("next: practicum author lint, which lists what is marked TODO", markup=False)


def _tell(title: str, findings: Sequence[Finding]) -> None:
    """What the same is said of stands together, with the lines of all."""
    if findings:
        err.print(title, markup=False)
    lines: dict[tuple[str, str, str], list[str]] = {}
    for each in findings:
        said = (each.file, each.message, each.remedy)
        lines.setdefault(said, []).append(str(each.line or 1))
    for (file, message, remedy), where in lines.items():
        called = "line" if len(where) == 1 else "lines"
        err.print(f"  {file}, {called} {', '.join(where)}: {message}: {remedy}", markup=False)
