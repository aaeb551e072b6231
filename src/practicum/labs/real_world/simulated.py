"""The same runs in the simulator, with the same things noted: a worker process for that.

To be started with PYTHONHASHSEED=0, as every simulation is.
"""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from practicum.labs.real_world.outcome import Run
from practicum.labs.real_world.transitions import Listening, Transition
from practicum.labs.simulate.fleet import SimulationFailed, command, environment
from practicum.simulation.running.program import Program, Sources, Traits
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import Trace
from practicum.simulation.running.world import simulate

MODULE = "practicum.labs.real_world.simulated"
WAIT_S = 600.0


class Wanted(msgspec.Struct, frozen=True):
    """Run these settings of a file."""

    sources: Sources
    traits: Traits
    settings: tuple[Setting, ...]


def run_simulated(sources: Sources, traits: Traits, settings: tuple[Setting, ...]) -> list[Run]:
    """Run settings in the simulator, in a process of its own that dies with us."""
    try:
        ran = subprocess.run(
            command(MODULE),
            input=msgspec.json.encode(Wanted(sources, traits, settings)),
            capture_output=True,
            timeout=WAIT_S,
            env=environment(),
        )
    except subprocess.TimeoutExpired:
        raise SimulationFailed(
            f"the simulator has not come to an end within {WAIT_S:g} s: ask for fewer runs"
        ) from None
    if ran.returncode:
        last = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SimulationFailed(f"the simulator ended: {last or f'exit code {ran.returncode}'}")
    found: list[Run] = msgspec.json.decode(ran.stdout, type=list[Run])
    return found


def _transitions(trace: Trace) -> tuple[Transition, ...]:
    """All that there were in a traced run."""
    listening = Listening()
    for _, node, what, packet, other, *_ in trace.records:
        if what == "up":
            listening.begin(node)
        elif what == "sent":
            listening.message(what, node, other, packet)
        elif what == "arrived":
            listening.message(what, other, node, packet)
    return tuple(sorted(listening.heard))


def _run(program: Program, traits: Traits, setting: Setting) -> Run:
    trace = Trace()
    outcome = simulate(program, traits, setting, trace)
    return Run(
        seed=setting.seed,
        verdict=outcome.verdict,
        judgements=outcome.judgements,
        fired=outcome.fired,
        transitions=_transitions(trace),
        done=outcome.done,
        sent=outcome.sent,
        time_s=outcome.time_s,
    )


def main() -> None:
    """Read what is wanted, and write what came of it."""
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Wanted)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    program = Program(wanted.sources)
    runs = [_run(program, wanted.traits, setting) for setting in wanted.settings]
    with answers:
        answers.write(msgspec.json.encode(runs))


if __name__ == "__main__":
    main()
