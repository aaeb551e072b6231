"""A protocol file in either world, under faults that a test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from practicum.faults.fault import AnyFault
from practicum.faults.plan import Plan
from practicum.labs.real_world.grounds import grounds
from practicum.labs.real_world.outcome import Run
from practicum.labs.real_world.run import run
from practicum.labs.real_world.simulated import run_simulated
from practicum.simulation.network import Weather
from practicum.simulation.running.program import Program, Sources, read_sources
from practicum.simulation.running.setting import Setting
from practicum.simulation.running.world import prepare

PROTOCOLS = Path(__file__).parent / "node_contract"
STILL = Weather(latency_s_min=0.0, latency_s_mean=0.0)
"""Messages do not overtake each other."""

World = Callable[[Path, tuple[AnyFault, ...], Path], Run]


def _prepared(path: Path, faults: tuple[AnyFault, ...]) -> tuple[Program, Sources, Setting]:
    sources = read_sources(path)
    program = Program(sources)
    plan = Plan(duration_s=prepare(program).duration_s, faults=faults, seed=1)
    return program, sources, Setting(seed=1, plan=plan, weather=STILL)


def simulated(path: Path, faults: tuple[AnyFault, ...], _: Path) -> Run:
    """In the simulator."""
    program, sources, setting = _prepared(path, faults)
    return run_simulated(sources, prepare(program), (setting,))[0]


def real(path: Path, faults: tuple[AnyFault, ...], home: Path) -> Run:
    """As processes."""
    program, sources, setting = _prepared(path, faults)
    traits = prepare(program)

    async def through() -> Run:
        async with grounds(home) as place:
            await place.load(sources)
            return await run(place, traits, setting)

    return asyncio.run(through())
