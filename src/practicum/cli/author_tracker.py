"""``practicum author tracker``, ``import-tracker`` and ``stages``: what is written and proved, by
what ran; what somebody else's tracker only claims; and how far each contribution is."""

from __future__ import annotations

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.tracker.importing.judging import ImportReport, judge_tracker
from practicum.authoring.tracker.markdown import as_markdown
from practicum.authoring.tracker.page import as_page
from practicum.authoring.tracker.status import Tracker, read_tracker
from practicum.authoring.tracker.words import counted
from practicum.cli.screen import complain, out, print_json
from practicum.labs.library import course_folders
from practicum.servers.home import state_home, telling, write_atomically

COLOURS = {"error": "red", "advice": "yellow"}
MARKS = {"done": "ticked", "open": "open", "": "?"}


class Format(StrEnum):
    """How the tracker is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


def tracker(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Courses or modules, by path or id; else all."),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option("--format", help="Otherwise by the ending of the file, or markdown."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else to the screen.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", help="A did:key whose proofs count besides this home's own."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Tell how far each module is, from what ran: the linter now, and proofs of these very files.

    With statistics, the checklist of quality, what to write next and why, and what upkeep is
    overdue. `practicum author verify` makes the proofs; a change of a file takes its tick away.
    """
    home = state_home(os.environ)
    found = read_tracker(
        paths or (),
        folders=course_folders(os.environ),
        home=home,
        today=_today(),
        trusted=trust or (),
    )
    text = _written(found, _format(format, output, json=json), output)
    if output is None:
        typer.echo(text, nl=False)
    else:
        with telling(output.absolute().parent):
            write_atomically(output.absolute(), text.encode())
        out.print(f"{output}: {counted(found.statistics)}", markup=False)
    for path, problem in found.refused:
        complain(f"this proof does not count: {path}: {problem}")


def _format(given: Format | None, output: Path | None, *, json: bool) -> Format:
    if json:
        return Format.JSON
    if given is not None:
        return given
    endings = {".html": Format.HTML, ".htm": Format.HTML, ".json": Format.JSON}
    return endings.get(output.suffix.lower(), Format.MARKDOWN) if output else Format.MARKDOWN


def _written(found: Tracker, format: Format, output: Path | None) -> str:
    beside = output.absolute().parent if output is not None else Path.cwd()
    match format:
        case Format.MARKDOWN:
            return as_markdown(found, beside)
        case Format.HTML:
            return as_page(found, beside)
        case Format.JSON:
            return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


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
