"""``practicum trace``, ``slow``, ``failing``, ``red`` and ``why``: what a range tells of itself."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from practicum.cli.home import Json, Name, state_folder
from practicum.cli.screen import out, print_json
from practicum.cli.why import gather_facts
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError, RangeFolder, check_name
from practicum.service.world import rfc3339
from practicum.telemetry.reading import Archive, NothingKept
from practicum.telemetry.records import TraceSummary
from practicum.telemetry.red import RedRow, red
from practicum.telemetry.stuck import diagnose
from practicum.telemetry.waterfall import Row, Waterfall, waterfall

ARRIVAL_WAIT_S = 3.0
_POLL_S = 0.2
_BAR_CELLS_MIN = 16
_LABEL_CELLS_MIN = 24
_MS_CELLS = 9
_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Last = Annotated[str, typer.Option("--last", help="How far back: 30s, 5m, 2h, 1d.")]
Order = Annotated[str, typer.Argument(help="An order's id.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no time: write 30s, 5m, 2h or 1d")
    return int(match[1]) * _UNITS[match[2]]


def _since_ns(last: str) -> int:
    return int((time.time() - _seconds(last)) * 1e9)


def _archive(name: str) -> Archive:
    folder = RangeFolder(state_folder(), check_name(name))
    try:
        return Archive(folder.path / "telemetry")
    except NothingKept as error:
        raise RangeError(
            f"range {name} has no telemetry: start it with `practicum range up --name {name}` "
            "and send it some orders"
        ) from error


def trace(
    order: Annotated[str, typer.Argument(help="An order's id, a correlation id or a trace id.")],
    name: Name = "default",
    json: Json = False,
) -> None:
    """Draw the way of an order through all services, with its waits on the log in between."""
    found = _find(name, order)
    if json:
        print_json(found)
        return
    for each in found:
        _draw(each)


def _find(name: str, order: str) -> list[Waterfall]:
    """The traces of an order; what has just happened is waited for."""
    deadline = time.monotonic() + ARRIVAL_WAIT_S
    while True:
        with _archive(name) as archive:
            found = [waterfall(archive.spans(id)) for id in archive.traces_of(order)]
        if found:
            return found
        if time.monotonic() > deadline:
            raise RangeError(
                f"no trace of {order} is kept in range {name}: under load only slow, failing and "
                "some other traces are; `practicum slow` lists what there is"
            )
        time.sleep(_POLL_S)


def _draw(each: Waterfall) -> None:
    """A line for each row; where the terminal is narrow the labels are cut, never the service."""
    began = rfc3339(each.start_ns / 1e9)
    out.print(f"trace {each.trace_id}  {began}  {each.duration_ms:.1f} ms", style="italic")
    services = sorted({row.service for row in each.rows if row.service})
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(services)}
    named = max([len("service"), *map(len, services)])
    labels = max(len("span"), *(len(row.label) + 2 * row.depth for row in each.rows))
    room = max(_LABEL_CELLS_MIN, out.width - named - _MS_CELLS - 2 - _BAR_CELLS_MIN)
    labels = min(labels, room)
    cells = max(_BAR_CELLS_MIN, out.width - labels - named - _MS_CELLS - 3)
    heading = f"{'span':<{labels}} {'service':<{named}}{'ms':>{_MS_CELLS}}"
    out.print(heading, style="bold", highlight=False)
    for row in each.rows:
        style = "red" if row.error else colours.get(row.service, "dim")
        label = _cut("  " * row.depth + row.label, labels)
        line = Text(f"{label:<{labels}} ", style if row.span else "dim")
        line.append(f"{row.service:<{named}}", style)
        line.append(f"{row.duration_ms:>{_MS_CELLS}.1f} ")
        line.append(_bar(row, each.duration_ms, cells), style)
        out.print(line, no_wrap=True, overflow="crop")
        if row.error:
            indent = "  " * min(row.depth, labels // 4)
            out.print(Text(f"{indent}  ! {row.error}", "red"), soft_wrap=True)


def _cut(label: str, cells: int) -> str:
    """Deep rows lose of their indent first, then of their end."""
    if len(label) <= cells:
        return label
    text = label.lstrip()
    if len(text) <= cells - 1:
        return "…" + label[len(label) - cells + 1 :]
    return text[: cells - 1] + "…"


def _bar(row: Row, whole_ms: float, cells: int) -> str:
    """Filled for work, dotted for a wait."""
    scale = cells / whole_ms if whole_ms > 0 else 0.0
    start = min(cells - 1, int(row.offset_ms * scale))
    length = max(1, min(cells - start, round(row.duration_ms * scale)))
    return " " * start + ("█" if row.span else "·") * length


def slow(name: Name = "default", last: Last = "15m", limit: Limit = 20, json: Json = False) -> None:
    """List the traces that took longest."""
    since_ns = _since_ns(last)
    with _archive(name) as archive:
        _list(archive.slow(since_ns=since_ns, limit=limit), json=json)


def failing(
    name: Name = "default", last: Last = "15m", limit: Limit = 20, json: Json = False
) -> None:
    """List the newest traces in which something failed."""
    since_ns = _since_ns(last)
    with _archive(name) as archive:
        _list(archive.failing(since_ns=since_ns, limit=limit), json=json)


def _list(found: Sequence[TraceSummary], *, json: bool) -> None:
    if json:
        print_json(found)
        return
    if not found:
        out.print("there are none", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("began", "first span", "order", "trace"):
        table.add_column(heading, no_wrap=True)
    for heading in ("ms", "spans", "errors"):
        table.add_column(heading, justify="right")
    table.add_column("first error")
    for each in found:
        table.add_row(
            rfc3339(each.start_ns / 1e9)[11:23],
            Text(f"{each.service} {each.name}"),
            Text(each.key),
            each.trace_id,
            *(f"{each.duration_ms:.1f}", str(each.spans), str(each.errors)),
            Text(each.error, "red"),
        )
    out.print(table)


def red_(name: Name = "default", last: Last = "5m", json: Json = False) -> None:
    """Show rate, errors and durations per service and route or message type."""
    since_ns = _since_ns(last)
    with _archive(name) as archive:
        rows = red(archive.figures(since_ns=since_ns), seconds=_seconds(last))
        gauges = {
            title: archive.newest_gauges(gauge)
            for title, gauge in (
                ("lag", "practicum.consumer.lag"),
                ("outbox", "practicum.outbox.depth"),
            )
        }
    if json:
        print_json({"red": rows, **gauges})
        return
    _draw_red(rows, last)
    for title, figures in gauges.items():
        said = ", ".join(f"{figure.member} {figure.value:.0f}" for figure in figures)
        out.print(f"{title}: {said or 'not measured yet'}", markup=False)


def _draw_red(rows: Sequence[RedRow], last: str) -> None:
    title = f"the last {last}; times in milliseconds"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("service", "what", "kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("count", "per s", "errors", "p50", "p95", "p99"):
        table.add_column(heading, justify="right")
    for row in rows:
        figures = (row.p50_ms, row.p95_ms, row.p99_ms)
        table.add_row(
            *(row.service, Text(row.what), row.kind, str(row.count), f"{row.rate_per_s:.1f}"),
            Text(str(row.errors), "red" if row.errors else ""),
            *(f"{value:.1f}" for value in figures),
        )
    out.print(table)


def why(order: Order, name: Name = "default", json: Json = False) -> None:
    """Say in words why an order does not go on, with the evidence."""
    client = RangeClient.of(state_folder(), check_name(name))
    found = diagnose(asyncio.run(gather_facts(client, order)))
    if json:
        print_json(found)
        return
    out.print(found.sentence, markup=False, style="bold" if found.stuck else "")
    for line in found.evidence:
        out.print(f"  {line}", markup=False)
    if found.advice:
        out.print(f"next: {found.advice}", markup=False)
