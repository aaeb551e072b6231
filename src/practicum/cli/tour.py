"""``practicum tour``: the main job, shown while it happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from practicum.checking.verdict import Judgement, Verdict
from practicum.cli.home import state_folder
from practicum.cli.pulse import MARKS, Pulse
from practicum.cli.range import bring_up, start_options
from practicum.cli.screen import complain, out, print_json
from practicum.labs.experiment.run import Plan, Progress
from practicum.labs.tour.guide import Report, take_tour
from practicum.labs.tour.plan import standard_plan
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError
from practicum.servers.ranges import stop_range


class Screen:
    """Draws the experiment: throughput, what was killed, what recovered."""

    def __init__(self, plan: Plan, live: Live | None) -> None:
        self._pulse = Pulse(plan.rate, plan.duration_s)
        self._live = live
        self._news: list[str] = []
        self._started = time.monotonic()

    def on_progress(self, progress: Progress) -> None:
        """Redraw."""
        drawn = self._pulse.draw(progress)
        if self._live is not None:
            news = [Text.from_markup(line) for line in self._news[-12:]]
            self._live.update(Group(drawn, *news))

    def on_news(self, news: str) -> None:
        """Tell of faults and recoveries."""
        self._say(news)

    def on_judgement(self, judgement: Judgement) -> None:
        """Tell each check as it ends."""
        self._say(f"{MARKS[judgement.verdict]}  {escape(judgement.check)}")

    def _say(self, line: str) -> None:
        self._news.append(f"  {time.monotonic() - self._started:5.1f} s  {line}")
        if self._live is None:
            out.print(self._news[-1])


def tour(
    once: Annotated[
        bool, typer.Option("--once", help="End after the verdict, with its exit code.")
    ] = False,
    name: Annotated[str, typer.Option("--name", "-n", help="Which range.")] = "tour",
    rate: Annotated[float, typer.Option(min=1, max=1000, help="Orders per second.")] = 100.0,
    duration: Annotated[float, typer.Option(min=10, max=600, help="Seconds of orders.")] = 30.0,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Start the shop, send orders, hurt it in four ways, and judge what is left.

    Exit code with --once: 0 pass, 1 fail, 3 unknown (the machine or the set-up is to blame).
    """
    plan = standard_plan(rate, duration)
    try:
        verdict = asyncio.run(_tour(plan, name, once=once, json=json))
    except RangeError as error:
        complain(str(error))
        verdict = Verdict.UNKNOWN
    raise typer.Exit(verdict.exit_code)


async def _tour(plan: Plan, name: str, *, once: bool, json: bool) -> Verdict:
    began = time.monotonic()
    stop = asyncio.Event()
    client, mine = await bring_up(name, start_options(detach=False), json=json)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        if not json:
            out.print(f"range {name} is up after {time.monotonic() - began:.1f} s", markup=False)
        touring = asyncio.create_task(_show(client, plan, json=json))
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({touring, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not touring.done():
            touring.cancel()
            await asyncio.gather(touring, return_exceptions=True)
            complain("interrupted before the verdict: the range goes down, its data stay")
            return Verdict.UNKNOWN
        report = touring.result()
        _print(report, time.monotonic() - began, json=json)
        if not once:
            await _stay(client, stop)
        waiting.cancel()
        return report.verdict
    finally:
        if mine:
            await stop_range(state_folder(), name)
            client.release()


async def _show(client: RangeClient, plan: Plan, *, json: bool) -> Report:
    with contextlib.ExitStack() as stack:
        live = None
        if out.is_terminal and not json:
            live = stack.enter_context(Live(console=out, refresh_per_second=8))
        elif json:
            out.quiet = True
        return await take_tour(client, plan, state_folder(), Screen(plan, live))


def _print(report: Report, seconds: float, *, json: bool) -> None:
    if json:
        print_json(_document(report))
        return
    table = Table(title="What was checked, and what was seen", title_justify="left")
    for heading in ("check", "verdict", "expected", "seen"):
        table.add_column(heading)
    for each in report.judgements:
        seen = "\n".join([each.seen, *each.examples])
        table.add_row(escape(each.check), MARKS[each.verdict], escape(each.expected), escape(seen))
    out.print(table, soft_wrap=False)
    figures = ", ".join(f"{name} {value:g}" for name, value in report.figures.items())
    out.print(f"figures: {figures}", markup=False)
    out.print(f"evidence: {report.path}", markup=False)
    out.print(f"report: {report.page}", markup=False)
    out.print(f"verdict after {seconds:.1f} s: {MARKS[report.verdict]}")


def _document(report: Report) -> dict[str, object]:
    return {
        "verdict": report.verdict,
        "judgements": report.judgements,
        "figures": report.figures,
        "evidence": os.fspath(report.path),
        "report": os.fspath(report.page),
    }


async def _stay(client: RangeClient, stop: asyncio.Event) -> None:
    status = await client.status()
    out.print(
        f"\nThe range stays up until Ctrl-C. The shop is at {status.edge}, its "
        f"documentation at {status.edge}/docs."
        f"\nTry: practicum range status --name {client.name}",
        markup=False,
    )
    await stop.wait()
