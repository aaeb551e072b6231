"""Ours: protocol files in a world, as a learner's are. Latency is exponential above its least, and
has the others' mean."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.simulators.programs import (
    LATENCY_S_MAX,
    LATENCY_S_MIN,
    Work,
    outages,
)
from practicum.checking.verdict import Verdict
from practicum.faults.fault import AnyFault, Kill, Partition
from practicum.faults.plan import Plan, in_order
from practicum.simulation.network import Weather
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Program, Traits, read_sources
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import Trace
from practicum.simulation.running.world import prepare, simulate

_PROTOCOLS = Path(__file__).parents[1] / "protocols"
_MEAN_S = (LATENCY_S_MAX - LATENCY_S_MIN) / 2


@functools.cache
def _prepared(name: str) -> tuple[Program, Traits]:
    program = Program(read_sources(_PROTOCOLS / f"{name}.py"))
    return program, prepare(program)


def simulated(name: str, work: Work, seed: int, trace: Trace | None = None) -> Outcome:
    """What came of a protocol file with a seed; it passes."""
    program, traits = _prepared(name)
    traits = msgspec.structs.replace(
        traits,
        nodes=tuple(f"n{number}" for number in range(1, work.nodes + 1)),
        duration_s=work.seconds or traits.duration_s,
    )
    faults = _faults(seed, work) if work.kind == "election" else ()
    setting = Setting(
        seed=seed,
        plan=Plan(duration_s=traits.duration_s, faults=in_order(faults), budget=2),
        weather=Weather(latency_s_min=LATENCY_S_MIN, latency_s_mean=_MEAN_S, loss=work.loss),
    )
    outcome = simulate(program, traits, setting, trace)
    assert outcome.verdict is Verdict.PASS, outcome.judgements
    return outcome


def _faults(seed: int, work: Work) -> tuple[AnyFault, ...]:
    found: list[AnyFault] = []
    for outage in outages(seed, work):
        target, *beside = (f"n{number + 1}" for number in outage.left)
        span: dict[str, Any] = {
            "start_s": outage.start_s,
            "duration_s": outage.end_s - outage.start_s,
        }
        if outage.right:
            found.append(Partition(target=target, beside=tuple(beside), **span))
        else:
            found.append(Kill(target=target, **span))
    return tuple(found)


def perform(work: Work, seed: int, trace: Trace | None = None) -> int:
    """Do the work once."""
    outcome = simulated(work.kind, work, seed, trace)
    assert outcome.done
    return outcome.done if work.kind == "election" else outcome.sent


def see_sets(seed: int) -> Any:
    """What the four constructs show."""
    trace = Trace()
    simulated("sameness", Work("sets", nodes=1), seed, trace)
    notes = [event for event in trace.events if event.what == "note"]
    return {event.text.partition(" [")[0]: event.text for event in notes}
