"""From a protocol file to a verdict: explore, confirm, shrink, confirm, and carry away."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.faults.fault import scheduled
from practicum.labs.school_key import school_key
from practicum.labs.simulate import capsule
from practicum.labs.simulate.confirming import Divergence, confirm, same_again
from practicum.labs.simulate.exploring import Exploration, explore
from practicum.labs.simulate.fleet import SimulationFailed, fresh
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import ProgramError, Sources, read_sources
from practicum.simulation.running.requests import Shrink, Shrunk, Tally
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import TraceEvent

SHRINK_RUNS = 5000
_AGAIN = 2
"""So many seeds of a pass are run again, to see whether they run as before."""
_SILENT_DRAWS = 10

Told = Callable[[str, Tally], None]
"""Is told what goes on (``exploring``, ``confirming``, ``shrinking``) and what was seen so far."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How much to do: seeds 0 to ``seeds``, on so many ``cores``, for at most ``wall_s`` seconds,
    and at most ``shrink_s`` for shrinking. ``capsule`` is where a failure goes; None: nowhere."""

    seeds: int = 1000
    cores: int = 1
    wall_s: float = math.inf
    shrink_s: float = 60.0
    capsule: Path | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Of a failure: ``found`` faults were in its plan, ``setting`` is the small
    one, ``faults`` tells its plan, and ``trace_sha256`` is its trace's; ``cut_short`` if not every
    smaller one was tried. ``silent`` are kinds of faults that were there often, and never had an
    effect."""

    file: str
    verdict: Verdict
    said: str
    tally: Tally
    silent: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    found: int = 0
    faults: tuple[str, ...] = ()
    cut_short: bool = False
    setting: Setting | None = None
    capsule: str = ""
    trace_sha256: str = ""
    divergence: Divergence | None = None


def read(path: Path) -> Sources:
    """A protocol file; `SimulationFailed` if it cannot be used."""
    try:
        return read_sources(path)
    except ProgramError as error:
        raise SimulationFailed(str(error)) from error


def simulate(path: Path, home: Path, wanted: Wanted, told: Told) -> Report:
    """Everything. `SimulationFailed` if the file cannot be used or a worker ended."""
    sources = read(path)
    explored = explore(
        sources,
        wanted.seeds,
        cores=wanted.cores,
        wall_s=wanted.wall_s,
        told=lambda tally: told("exploring", tally),
    )
    told("confirming", explored.tally)
    if explored.setting is None or explored.outcome is None:
        return _of_pass(str(path), sources, explored)
    confirmed = confirm(sources, explored.setting, explored.outcome)
    if isinstance(confirmed, Divergence):
        return _of_divergence(str(path), explored, confirmed)
    if explored.outcome.failure is None:
        return _of_unknown(str(path), explored)
    told("shrinking", explored.tally)
    shrunk = _shrunk(sources, explored, wanted.shrink_s)
    confirmed = confirm(sources, shrunk.setting, shrunk.outcome)
    if isinstance(confirmed, Divergence):
        return _of_divergence(str(path), explored, confirmed)
    report = _of_failure(str(path), explored, shrunk)
    if wanted.capsule is not None:
        _keep(sources, report, shrunk.outcome, confirmed.sha256, (home, wanted.capsule))
        report = msgspec.structs.replace(report, capsule=str(wanted.capsule))
    return msgspec.structs.replace(report, trace_sha256=confirmed.sha256)


def _shrunk(sources: Sources, explored: Exploration, wall_s: float) -> Shrunk:
    assert explored.setting is not None
    assert explored.outcome is not None
    assert explored.outcome.failure is not None
    check = explored.outcome.failure.check
    with fresh(sources) as worker:
        return worker.ask(Shrink(explored.setting, check, SHRINK_RUNS, wall_s), Shrunk)


def _keep(
    sources: Sources, report: Report, outcome: Outcome, trace_sha256: str, where: tuple[Path, Path]
) -> None:
    home, path = where
    assert report.setting is not None
    found = capsule.enclose(
        sources,
        report.setting,
        outcome,
        trace_sha256=trace_sha256,
        made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        found_seed=report.setting.seed,
    )
    capsule.write(capsule.sign(found, school_key(home)), path)


def _of_failure(file: str, explored: Exploration, shrunk: Shrunk) -> Report:
    assert explored.setting is not None
    small, outcome = shrunk.setting, shrunk.outcome
    failure = outcome.failure
    assert failure is not None
    return Report(
        file=file,
        verdict=Verdict.FAIL,
        said=f"{failure.check} fails with seed {small.seed}: {failure.seen}",
        tally=explored.tally,
        judgements=outcome.judgements,
        found=len(explored.setting.plan.faults),
        faults=tuple(scheduled(fault) for fault in small.plan.faults),
        setting=small,
        cut_short=shrunk.cut_short,
    )


def _of_divergence(file: str, explored: Exploration, divergence: Divergence) -> Report:
    return Report(
        file=file,
        verdict=Verdict.UNKNOWN,
        said=f"not deterministic: {divergence.words}",
        tally=explored.tally,
        setting=explored.setting,
        divergence=divergence,
    )


def _of_unknown(file: str, explored: Exploration) -> Report:
    assert explored.outcome is not None
    unsure = [each for each in explored.outcome.judgements if each.verdict is Verdict.UNKNOWN]
    said = f"{unsure[0].check}: {unsure[0].seen}" if unsure else "no check has judged"
    return Report(
        file=file,
        verdict=Verdict.UNKNOWN,
        said=f"{said} (seed {explored.outcome.seed})",
        tally=explored.tally,
        judgements=explored.outcome.judgements,
        setting=explored.setting,
    )


def _of_pass(file: str, sources: Sources, explored: Exploration) -> Report:
    """A pass, unless there is a reason to think that it says nothing."""
    tally = explored.tally
    some = dict(list(explored.marks.items())[-_AGAIN:])
    divergence = same_again(sources, some)
    if divergence is not None:
        return _of_divergence(file, explored, divergence)
    hollow = why_hollow(tally)
    silent = [
        kind
        for kind, drawn in sorted(tally.drawn.items())
        if drawn >= _SILENT_DRAWS and not tally.fired.get(kind)
    ]
    return Report(
        file=file,
        verdict=Verdict.UNKNOWN if hollow else Verdict.PASS,
        said=hollow or f"{tally.runs} seeds passed, faults had an effect in {tally.struck}",
        tally=tally,
        silent=tuple(silent),
    )


def why_hollow(tally: Tally) -> str:
    """Why a pass proves nothing; nothing if it does."""
    if not tally.runs:
        return "there was no time for a single seed: give it more"
    if not tally.done:
        return (
            "nothing was done in any run: no client told an operation to be ok, and no node noted "
            "anything, so that the checks had nothing to judge"
        )
    if not tally.struck:
        drawn = sum(tally.drawn.values())
        if not drawn:
            return "no fault was in any plan: run more seeds (the first 100 have none), see FAULTS"
        return f"{drawn} faults were planned and none had an effect: is there anything to disturb?"
    return ""


def shown(events: tuple[TraceEvent, ...]) -> list[str]:
    """A trace as lines for people."""
    return [
        f"{each.number:6}  {each.time_s:10.6f}  {each.node:8} {each.what:9} {each.text}"
        + (f"  ({each.line})" if each.line else "")
        for each in events
    ]
