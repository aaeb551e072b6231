"""``practicum simulate`` and ``practicum replay``: a thousand disasters in seconds, and one of
them again."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.status import Status

from practicum.checking.verdict import Verdict
from practicum.cli.home import state_folder
from practicum.cli.judged import say_verdict, show_judgements
from practicum.cli.screen import complain, err, out, print_json
from practicum.faults.fault import scheduled
from practicum.labs.simulate import replaying
from practicum.labs.simulate.capsule import is_changed
from practicum.labs.simulate.simulating import Report, Wanted, shown
from practicum.labs.simulate.simulating import simulate as simulate_file
from practicum.simulation.running.requests import Tally


class World(StrEnum):
    """Where a protocol runs."""

    SIMULATOR = "simulator"
    REAL = "real"
    BOTH = "both"


Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def simulate(
    file: Annotated[Path, typer.Argument(help="A protocol file, see docs/simulation.md.")],
    seeds: Annotated[int, typer.Option(min=1, max=10_000_000, help="So many, from 0 on.")] = 1000,
    seconds: Annotated[float, typer.Option(min=0.1, help="At most so long.")] = 3600.0,
    shrink: Annotated[float, typer.Option(min=0.0, help="Seconds to shrink a failure.")] = 60.0,
    cores: Annotated[int, typer.Option(min=0, max=1024, help="0: all there are.")] = 0,
    capsule: Annotated[
        Path | None, typer.Option(help="Where a failure goes; beside you if left out.")
    ] = None,
    world: Annotated[
        World, typer.Option(help="The simulator, processes over a real network, or both.")
    ] = World.SIMULATOR,
    runs: Annotated[int, typer.Option(min=1, max=10_000, help="On processes, so many.")] = 10,
    json: Json = False,
) -> None:
    """Run a protocol under ever more faults until it breaks, and shrink what broke it.

    A failure is run again in a fresh process before it is shown, and kept as a capsule that
    `practicum replay` shows event for event. The results do not depend on the number of cores.

    With `--world real` every node is a process and messages go over a NATS server; with `--world
    both` the same runs are done in both worlds, and what was seen in one only is told.
    """
    if world is not World.SIMULATOR:
        # Processes need far more than the simulator, which does not wait for it.
        from practicum.cli.two_worlds import on_processes  # noqa: PLC0415
        from practicum.labs.real_world import worlds  # noqa: PLC0415

        how = worlds.Wanted(
            runs=runs,
            wall_s=seconds,
            seeds=seeds,
            cores=cores or _cores(),
            shrink_s=shrink,
        )
        on_processes(file, how, compared=world is World.BOTH, json=json)
    wanted = Wanted(
        seeds=seeds,
        cores=cores or _cores(),
        wall_s=seconds,
        shrink_s=shrink,
        capsule=capsule or Path(f"{file.stem}.capsule.json"),
    )
    with err.status("starting") as status:
        progress = _Progress(status)
        try:
            report = simulate_file(file, state_folder(), wanted, progress)
        except KeyboardInterrupt:
            complain(f"stopped while {progress.said}; the same seeds will show the same again")
            raise typer.Exit(130) from None
    if json:
        print_json(report)
    else:
        _show(report)
    raise typer.Exit(report.verdict.exit_code)


def _cores() -> int:
    """Those that we may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Progress:
    """Shows what goes on."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self.said = "starting"

    def __call__(self, doing: str, tally: Tally) -> None:
        self.said = (
            f"{doing}: {tally.runs} seeds, {tally.time_s:,.0f} s of their time, "
            f"{sum(tally.fired.values()):,} faults"
        )
        self._status.update(self.said)


def _show(report: Report) -> None:
    say_verdict(report.verdict, report.said)
    tally = report.tally
    fired = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.fired.items()) if count)
    out.print(
        f"  {tally.runs} seeds, {tally.time_s:,.0f} s of simulated time, {tally.sent:,} messages",
        markup=False,
    )
    out.print(f"  faults that had an effect: {fired or 'none'}", markup=False)
    if report.silent:
        out.print(f"  never had any effect: {', '.join(report.silent)}", markup=False)
    if report.verdict is Verdict.FAIL:
        show_judgements(report.judgements)
        _show_faults(report.faults, f", of {report.found} that were there at first")
        if report.cut_short:
            out.print(
                "more time may find fewer: shrinking was cut short, see --shrink", markup=False
            )
    if report.capsule:
        out.print(f"see it again: practicum replay {report.capsule}", markup=False)


def _show_faults(faults: tuple[str, ...], more: str = "") -> None:
    count = len(faults)
    said = f"{count} fault{' is' if count == 1 else 's are'} enough{more}:"
    out.print(said if faults else "no fault is needed", markup=False)
    for fault in faults:
        out.print(f"  {fault}", markup=False)


def replay(
    file: Annotated[Path, typer.Argument(help="A capsule.")],
    step: Annotated[bool, typer.Option("--step", help="Wait for Enter after each event.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Run the code of a capsule from elsewhere bare.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the failure in a capsule again, event for event.

    A capsule that was not made here runs in the sandbox. Another version of Practicum or Python
    is refused, and so is a capsule whose files were changed.
    """
    with err.status("replaying"):
        capsule, ran, sandboxed = replaying.replay(file, state_folder(), trust=trust)
    same = ran.sha256 == capsule.trace_sha256
    faults = tuple(scheduled(fault) for fault in capsule.setting.plan.faults)
    found = replaying.Replay(
        file=str(file),
        same=same,
        sandboxed=sandboxed,
        changed=is_changed(capsule),
        verdict=ran.outcome.verdict if same else Verdict.UNKNOWN,
        judgements=ran.outcome.judgements,
        faults=faults,
        trace_sha256=ran.sha256,
        events=ran.events,
    )
    if json:
        print_json(found)
    else:
        _show_replay(found, step=step)
    raise typer.Exit(found.verdict.exit_code)


def _show_replay(found: replaying.Replay, *, step: bool) -> None:
    for line in shown(found.events):
        out.print(line, markup=False, soft_wrap=True)
        if step and not sys.stdin.readline():
            step = False
    if found.changed:
        out.print("the capsule was changed after it was signed: nobody vouches for it")
    if not found.same:
        why = "" if found.changed else "not deterministic: "
        say_verdict(found.verdict, f"{why}these are not the events of the capsule")
        return
    where = " in the sandbox" if found.sandboxed else ""
    say_verdict(found.verdict, f"the same {len(found.events)} events as when it was found{where}")
    show_judgements(found.judgements)
    _show_faults(found.faults)
