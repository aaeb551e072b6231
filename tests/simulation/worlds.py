"""Small worlds for tests: a protocol's text, run in this process."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from practicum.faults.plan import Plan
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Program, Sources, Traits, read_sources
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.trace import Trace, TraceEvent
from practicum.simulation.running.world import prepare, simulate

PROTOCOLS = Path(__file__).parent / "protocols"
NO_CHECK = "\ndef check_nothing(history):\n    return None\n"
HEAD = "import asyncio\nNODES = 2\nCLIENTS = 0\nDURATION_S = 2.0\nSETTLE_S = 1.0\n"


def program_of(text: str, **others: str) -> Program:
    """A protocol of one file, ``main.py``, and perhaps others beside it."""
    whole = HEAD + textwrap.dedent(text)
    if "def check" not in whole:
        whole += NO_CHECK
    files = {f"{name}.py": textwrap.dedent(other) for name, other in others.items()}
    return Program(Sources(main="main.py", files={"main.py": whole, **files}))


def protocol(name: str) -> Program:
    """One of the protocols beside this file."""
    return Program(read_sources(PROTOCOLS / f"{name}.py"))


def planned(*faults: Any, seed: int = 1, budget: int = 10, **more: Any) -> Setting:
    """A setting with these faults."""
    plan = Plan(duration_s=2.0, faults=faults, budget=budget)
    return Setting(seed=seed, plan=plan, **more)


def run(text: str, *faults: Any, seed: int = 1, **more: Any) -> tuple[Outcome, list[TraceEvent]]:
    """What a protocol's text comes to under these faults, and its trace."""
    program = program_of(text)
    return traced(program, prepare(program), planned(*faults, seed=seed, **more))


def traced(program: Program, traits: Traits, setting: Setting) -> tuple[Outcome, list[TraceEvent]]:
    """An outcome, and its trace."""
    trace = Trace()
    outcome = simulate(program, traits, setting, trace)
    assert simulate(program, traits, setting).mark == outcome.mark
    return outcome, trace.events


def notes(events: list[TraceEvent], node: str = "") -> list[str]:
    """What nodes noted, or one of them."""
    return [e.text for e in events if e.what == "note" and node in ("", e.node)]
