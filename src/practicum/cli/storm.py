"""``practicum storm``: faults by a plan, on a range that is up; always undone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from practicum.cli.home import state_folder
from practicum.cli.load import SOURCE, Kind, print_report, visit, watching
from practicum.cli.screen import out, print_json
from practicum.faults.drawing import Wishes, draw_plan
from practicum.faults.fault import KINDS, describe
from practicum.faults.plan import BadPlan, Plan, Targets, check, read_plan
from practicum.labs.hazards import targets_at_home, targets_of
from practicum.servers.client import RangeClient
from practicum.servers.home import RangeError, check_name
from practicum.service.range_control import AppliedFault
from practicum.stress.arrivals import steady
from practicum.stress.driver import Assignment
from practicum.stress.load import DriverFailed, LoadReport, drive
from practicum.stress.storm import storm

app = typer.Typer(help="Faults from a seed or a plan, always undone.", no_args_is_help=True)

Seed = Annotated[int, typer.Option(min=0, help="The same seed draws the same plan.")]
Duration = Annotated[float, typer.Option(min=1, max=86_400, help="Seconds.")]
Budget = Annotated[int, typer.Option(min=1, max=20, help="Faults at a time, at most.")]
PerMinute = Annotated[float, typer.Option(min=0.1, max=600, help="About so many faults.")]
Kinds = Annotated[str, typer.Option(help="Which, separated by commas; all if left out.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
ALL = ",".join(KINDS)


class StormReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a storm came to."""

    plan: Plan
    digest: str
    timeline: tuple[AppliedFault, ...]
    load: LoadReport | None


def _wishes(duration_s: float, budget: int, per_minute: float, kinds: str) -> Wishes:
    wanted = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
    return Wishes(duration_s=duration_s, budget=budget, per_minute=per_minute, kinds=wanted)


def _drawn(seed: int, wishes: Wishes, targets: Targets) -> Plan:
    try:
        return draw_plan(seed, wishes, targets)
    except BadPlan as error:
        raise RangeError(str(error)) from error


@app.command()
def draw(
    seed: Seed = 1,
    duration: Duration = 60.0,
    budget: Budget = 2,
    per_minute: PerMinute = 12.0,
    kinds: Kinds = ALL,
    json: Json = False,
) -> None:
    """Draw a plan for the shop and print it; with --json as a file for `storm run --plan`."""
    plan = _drawn(seed, _wishes(duration, budget, per_minute, kinds), targets_at_home())
    if json:
        print_json(plan)
        return
    for fault in plan.faults:
        out.print(
            f"{fault.start_s:7.1f} s  for {fault.duration_s:5.1f} s  {describe(fault)}",
            markup=False,
        )
    out.print(f"plan {plan.digest[:12]}, seed {seed}", markup=False)


@app.command(name="list")
def list_(json: Json = False) -> None:
    """Show the kinds of faults, and who of the shop can suffer them."""
    targets = targets_at_home()
    if json:
        print_json({kind: targets.of(kind) for kind in KINDS})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "what happens", "to whom"):
        table.add_column(heading)
    for kind, fault in KINDS.items():
        what = " ".join((fault.__doc__ or "").replace("``", "").split())
        table.add_row(kind, what, ", ".join(targets.of(kind)))
    out.print(table, soft_wrap=False)


@app.command()
def run(
    seed: Seed = 1,
    plan: Annotated[Path | None, typer.Option(help="A plan's file, in place of a seed.")] = None,
    duration: Duration = 60.0,
    budget: Budget = 2,
    per_minute: PerMinute = 12.0,
    kinds: Kinds = ALL,
    load: Annotated[Kind | None, typer.Option(help="Visitors meanwhile.")] = None,
    rate: Annotated[float, typer.Option(min=0.1, max=20_000, help="Their requests/s.")] = 50.0,
    name: Annotated[str, typer.Option("--name", "-n", help="Which range.")] = "default",
    json: Json = False,
) -> None:
    """Carry a plan out on a range that is up, and tell what struck when.

    Every fault is undone when its time is over, and within two seconds when this command is
    interrupted, stopped or killed.
    """
    wishes = _wishes(duration, budget, per_minute, kinds)
    report = asyncio.run(_run(name, plan or (seed, wishes), (load, rate), json=json))
    if json:
        print_json(report)
        return
    if report.load is not None:
        print_report(report.load)
    fired = sum(1 for each in report.timeline if each.outcome in ("over", "fired"))
    out.print(f"plan {report.digest[:12]}: {fired} faults of {len(report.plan.faults)} struck")


async def _run(
    name: str,
    wanted: Path | tuple[int, Wishes],
    visitors: tuple[Kind | None, float],
    *,
    json: bool,
) -> StormReport:
    client = RangeClient.of(state_folder(), check_name(name))
    targets = targets_of(await client.status())
    plan = _read(wanted, targets) if isinstance(wanted, Path) else _drawn(*wanted, targets)
    teller = _Teller(quiet=json)
    kind, rate = visitors
    loading = None
    if kind is not None:
        loading = asyncio.create_task(_load(client, kind, (rate, plan.duration_s), json=json))
    try:
        timeline = await storm(plan, client, teller)
        figures = None if loading is None else await loading
    except DriverFailed as error:
        raise RangeError(str(error)) from error
    finally:
        if loading is not None:
            loading.cancel()
            await asyncio.gather(loading, return_exceptions=True)
    return StormReport(plan=plan, digest=plan.digest, timeline=timeline, load=figures)


def _read(path: Path, targets: Targets) -> Plan:
    try:
        plan = read_plan(path.read_bytes())
    except OSError as error:
        raise RangeError(f"the plan {path} cannot be read: {error.strerror}") from error
    except BadPlan as error:
        raise RangeError(f"{path}: {error}") from error
    findings = check(plan, targets)
    if findings:
        raise RangeError("\n".join([f"{path} does not fit this range:", *findings]))
    return plan


async def _load(
    client: RangeClient, kind: Kind, course: tuple[float, float], *, json: bool
) -> LoadReport:
    assignment = Assignment(
        peers={}, source=SOURCE, settings={}, profile=steady(*course), spacing="poisson"
    )
    ready = await visit(client, kind, assignment)
    with watching(kind, course[1], json=json) as screen:
        return await drive(ready, screen)


class _Teller:
    """Tells each fault when it begins and when it ends."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._told: set[tuple[str, bool]] = set()
        self._first_at: float | None = None

    def __call__(self, faults: tuple[AppliedFault, ...]) -> None:
        for applied in faults:
            first_at = self._first_at = self._first_at or applied.began_at
            if applied.outcome != "refused":
                self._say(
                    applied, "begins: " + describe(applied.fault), applied.began_at - first_at
                )
            if applied.ended_at is not None:
                detail = f" ({applied.detail})" if applied.detail else ""
                words = f"{applied.outcome}: {describe(applied.fault)}{detail}"
                self._say(applied, words, applied.ended_at - first_at)

    def _say(self, applied: AppliedFault, words: str, at_s: float) -> None:
        mark = (applied.key, words.startswith("begins"))
        if mark not in self._told:
            self._told.add(mark)
            if not self._quiet:
                out.print(f"{at_s:7.1f} s  {words}", markup=False)
