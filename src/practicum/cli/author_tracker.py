"""``practicum author tracker``, ``import-tracker`` and ``stages``: what is written and proved, by
what ran; what somebody else's tracker only claims; and how far each contribution is."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.loading import CatalogueError
from practicum.authoring.stages import Judged, Stage, read_stages
from practicum.authoring.tracker.importing.judging import ImportReport, judge_tracker
from practicum.authoring.tracker.markdown import as_markdown
from practicum.authoring.tracker.page import as_page
from practicum.authoring.tracker.status import Tracker, read_tracker
from practicum.authoring.tracker.words import counted
from practicum.cli.screen import complain, out, print_json
from practicum.labs.finding import did_you_mean
from practicum.labs.library import courses_around
from practicum.servers.home import state_home, telling, write_atomically

COLOURS = {"error": "red", "advice": "yellow"}
READABLE = 0o666
"""A tracker is for all to read, as far as the umask allows."""

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
        folders=_folders(),
        home=home,
        today=_today(),
        trusted=trust or (),
    )
    text = _written(found, _format(format, output, json=json), output)
    if output is None:
        typer.echo(text, nl=False)
    else:
        with telling(output.absolute().parent, "name another file"):
            write_atomically(output.absolute(), text.encode(), READABLE)
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
    report = judge_tracker(file, _today(), _folders())
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


def _folders() -> list[Path]:
    """The folders of courses; those that are named and not there are told."""
    folders, missing = courses_around(os.environ)
    for each in missing:
        complain(str(each))
    return folders


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


def stages(
    module: Annotated[
        str, typer.Argument(help="One module, by its id or the end of it; else all.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Tell how far each contribution is: its stage, who moved it there and when, and what the
    next one still asks for.

    A stage is moved by editing the front matter of module.md: `stage:`, and a line in `moves:`
    with the day and who vouches for it. The linter judges it (`stage-moves`).
    """
    folders = _folders()
    found = read_stages(folders=folders, home=state_home(os.environ), today=_today())
    if module:
        found = (_stage_of(module, found),)
    if json:
        data = [
            {**msgspec.to_builtins(x), "missing": msgspec.to_builtins(x.missing)} for x in found
        ]
        print_json(data)
    elif module:
        _show_stage(found[0])
    else:
        _show_stages(found)


def _stage_of(words: str, found: Sequence[Stage]) -> Stage:
    asked = words.strip("/")
    fits = [x for x in found if x.id == asked] or [x for x in found if x.id.endswith(f"/{asked}")]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(each.id for each in fits)
        raise CatalogueError(f"{words!r} is the name of {names}: say which")
    near = did_you_mean(asked, [x for each in found for x in (each.id.partition("/")[2], each.id)])
    near = near if near.startswith("did you mean") else "`practicum catalogue` lists all modules"
    raise CatalogueError(f"there is no module {words!r}: {near}")


def _show_stages(found: Sequence[Stage]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("module", "stage", "since", "vouched for by", "next", "is missing"):
        table.add_column(column)
    for each in found:
        missing = ", ".join(x.check for x in each.missing) or ("nothing" if each.then else "")
        table.add_row(each.id, each.stage, each.since, ", ".join(each.by), each.then, missing)
    out.print(table)


def _show_stage(found: Stage) -> None:
    out.print(Text.assemble((found.id, "bold"), f"  {found.title}: {found.stage}"))
    if found.authors:
        out.print(f"    written by {', '.join(found.authors)}", markup=False)
    for move in found.moves:
        said = f": {move.says}" if move.says else ""
        out.print(f"    {move.day}  {move.stage}, by {', '.join(move.by)}{said}", markup=False)
    if found.then:
        out.print(f"the next stage, {found.then}, asks for:", markup=False)
    for each in found.asked:
        _show_judged(each)
    if found.broken:
        out.print("of the stages so far, this does not hold:")
    for each in found.broken:
        _show_judged(each, each.stage)


def _show_judged(each: Judged, stage: str = "") -> None:
    mark = ("✔ ", "green") if each.met else ("✘ ", "red")
    where = f" ({stage})" if stage else ""
    out.print(Text.assemble("  ", mark, f"{each.means}{where}"))
    if each.do:
        out.print(Text(f"      -> {each.do}", style="dim"))
