"""``practicum load``: visitors for a shop that is up, and how it bears them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from practicum.cli.home import state_folder
from practicum.cli.screen import complain, out, print_json, sparkline
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError, check_name
from practicum.service.live.clock import LiveWorld
from practicum.service.world import new_id
from practicum.stress.arrivals import Profile, Spacing, black_friday, ramp, steady, total_s
from practicum.stress.driver import Assignment
from practicum.stress.figures import Summary
from practicum.stress.load import LATE_MS, DriverFailed, LoadReport, Progress, drive

Kind = Literal["browse", "order", "mixed"]
Shape = Literal["steady", "ramp", "black-friday"]
SOURCE = "practicum.labs.load:visitors"
SPARK_WIDTH = 60
SPARK_STEP_S = 0.5


class LoadScreen:
    """Draws how a load goes: answers per second as a line of bars."""

    def __init__(self, title: str, duration_s: float, live: Live | None) -> None:
        self._title, self._duration_s, self._live = title, duration_s, live
        self._rates: list[float] = []
        self._last = Progress(elapsed_s=0, due=0, done=0, failed=0)

    def __call__(self, progress: Progress) -> None:
        """Redraw."""
        span_s = progress.elapsed_s - self._last.elapsed_s
        if span_s >= SPARK_STEP_S:
            self._rates.append((progress.done - self._last.done) / span_s)
            self._last = progress
        if self._live is not None:
            self._live.update(self.draw(progress))

    def draw(self, progress: Progress) -> Group:
        """The picture."""
        head = (
            f"{self._title}  {min(progress.elapsed_s, self._duration_s):.0f} of "
            f"{self._duration_s:g} s  {progress.done} answered  {progress.failed} failed  "
            f"{progress.due - progress.done} under way"
        )
        rates = self._rates[-SPARK_WIDTH:] or [0.0]
        spark = Text(sparkline(rates, max(*rates, 1.0)), style="cyan")
        spark.append(f"  {rates[-1]:.0f}/s")
        return Group(Text(head), spark)


@contextlib.contextmanager
def watching(title: str, duration_s: float, *, json: bool) -> Iterator[LoadScreen]:
    """A screen for a load, on a terminal and not in JSON; else one that draws nothing."""
    if json or not out.is_terminal:
        yield LoadScreen(title, duration_s, None)
        return
    with Live(console=out, refresh_per_second=8) as live:
        yield LoadScreen(title, duration_s, live)


def profile_of(shape: Shape, rate: float, duration_s: float) -> Profile:
    """The course of the rate."""
    if shape == "ramp":
        return ramp(rate, duration_s)
    return steady(rate, duration_s) if shape == "steady" else black_friday(rate, duration_s)


async def visit(client: RangeClient, kind: Kind, assignment: Assignment) -> Assignment:
    """The assignment, aimed at a range that is up; its visitors are of that kind."""
    return msgspec.structs.replace(
        assignment,
        peers=dict(addresses(await client.status())),
        settings={"kind": kind, "run": new_id(LiveWorld())[-12:]},
    )


def load(
    kind: Annotated[Kind, typer.Argument(help="What the visitors do.")],
    rate: Annotated[float, typer.Option(min=0.1, max=20_000, help="Requests per second.")] = 50.0,
    duration: Annotated[float, typer.Option(min=0.5, max=86_400, help="Seconds.")] = 20.0,
    users: Annotated[
        int, typer.Option(min=0, max=20_000, help="So many people in place of a rate.")
    ] = 0,
    think: Annotated[
        float, typer.Option(min=0.01, help="Seconds that each of them thinks, on average.")
    ] = 1.0,
    shape: Annotated[
        Shape, typer.Option(help="ramp: from nothing to the rate; black-friday: 10 times it.")
    ] = "steady",
    arrivals: Annotated[Spacing, typer.Option(help="How requests are spaced.")] = "poisson",
    seed: Annotated[int, typer.Option(min=0, help="Of the arrivals and the thinking.")] = 3,
    drivers: Annotated[int, typer.Option(min=1, max=16, help="Processes that send.")] = 1,
    name: Annotated[str, typer.Option("--name", "-n", help="Which range.")] = "default",
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Send an open-loop load to the shop of a range that is up, and report what it met.

    Latency counts from when a request was due, not from when it could be sent, so that a
    system that stalls cannot hide it (coordinated omission).
    """
    assignment = Assignment(
        peers={},
        source=SOURCE,
        settings={},
        profile=profile_of(shape, rate, duration),
        spacing=arrivals,
        users=users,
        think_s=think,
        seed=seed,
    )
    report = asyncio.run(_load(name, kind, assignment, drivers=drivers, json=json))
    if json:
        print_json(report)
    else:
        print_report(report)


async def _load(
    name: str, kind: Kind, assignment: Assignment, *, drivers: int, json: bool
) -> LoadReport:
    client = RangeClient.of(state_folder(), check_name(name))
    ready = await visit(client, kind, assignment)
    title = f"{kind}, {ready.users} users" if ready.users else kind
    with watching(title, total_s(ready.profile), json=json) as screen:
        try:
            return await drive(ready, screen, drivers)
        except DriverFailed as error:
            raise RangeError(str(error)) from error


def print_report(report: LoadReport) -> None:
    """The figures of a load, for people."""
    table = Table(box=None, pad_edge=False)
    for heading in ("milliseconds", "p50", "p90", "p99", "p99.9", "max"):
        table.add_column(heading, justify="left" if heading == "milliseconds" else "right")
    table.add_row("answered well", *_cells(report.latency))
    if report.sent > report.good:
        table.add_row("failed", *_cells(report.failed))
    table.add_row("driver late", *_cells(report.late))
    out.print(table)
    out.print(
        f"{report.sent} sent, {report.good} answered well: {report.achieved_rate:g}/s over "
        f"{report.seconds:g} s; the driver took {report.driver_cpu_us:g} µs of processor time "
        "for each",
        markup=False,
    )
    for code, count in report.errors.items():
        out.print(f"  {count} {code}", markup=False)
    if report.late.p99_ms > LATE_MS:
        complain(
            f"the driver itself was up to {report.late.p99_ms:g} ms late (p99), and the figures "
            "hold that: use --drivers 2, a lower rate, or a machine with more processors"
        )


def _cells(figures: Summary) -> list[str]:
    values = (figures.p50_ms, figures.p90_ms, figures.p99_ms, figures.p999_ms, figures.max_ms)
    return [f"{value:.1f}" for value in values]
