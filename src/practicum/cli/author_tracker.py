"""``practicum author tracker``, ``import-tracker`` and ``stages``: what is written and proved, by
what ran; what somebody else's tracker only claims; and how far each contribution is."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.tracker.importing.judging import ImportReport, judge_tracker
from practicum.cli.screen import out, print_json
from practicum.labs.library import course_folders

COLOURS = {"error": "red", "advice": "yellow"}
MARKS = {"done": "ticked", "open": "open", "": "?"}


def import_tracker(
    file: Annotated[Path, typer.Argument(help="A tracker in Markdown, kept by hand.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Read a tracker that somebody keeps by hand, and tell its false ticks.

    Ticks are held against the files that they name, statistics against the tables, minutes and
    words against what they sum up, names and dates against each other. Nothing is opened on the
    network. Exit code 1 if something is not so.
    """
    report = judge_tracker(file, _today(), course_folders(os.environ))
    if json:
        data = {
            **msgspec.to_builtins(report),
            "claimed": report.claimed,
            "standing": report.standing,
            "percent_claimed": report.percents[0],
            "percent_standing": report.percents[1],
            "errors": len(report.errors),
        }
        print_json(data)
    else:
        _show_import(report)
    raise typer.Exit(1 if report.errors else 0)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _show_import(report: ImportReport) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("line", "", "module", "file", "claimed", "date", "stands"):
        table.add_column(column, justify="right" if column == "line" else "left")
    for each in report.modules:
        stands = "yes" if each.stands else "NO" if each.claimed == "done" else ""
        row = (str(each.line), each.number, each.name, ", ".join(each.files))
        table.add_row(*row, MARKS[each.claimed], each.dated, stands)
    out.print(table)
    out.print()
    for doubt in report.doubts:
        where = (f"{doubt.file}:{doubt.line}", "bold")
        severity = (f"{doubt.severity} ", COLOURS[doubt.severity])
        out.print(Text.assemble(where, ": ", severity, (doubt.kind, "cyan")))
        out.print(Text(f"    {doubt.message}"))
        out.print(Text(f"    -> {doubt.remedy}", style="dim"))
    errors = len(report.errors)
    claimed, standing = report.percents
    said = f"{report.standing} of {report.claimed} ticks stand: {standing} % of all"
    said += f", not {claimed} %; " if standing != claimed else "; "
    said += f"{errors} error{'' if errors == 1 else 's'}, {len(report.doubts) - errors} advice"
    if report.remote_links:
        said += f"; {report.remote_links} links to elsewhere were not opened"
    out.print(said, markup=False)
