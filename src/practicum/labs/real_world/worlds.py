"""From a protocol file to a verdict by processes, or by both worlds side by side."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.faults.fault import scheduled
from practicum.labs.real_world import comparing
from practicum.labs.real_world.comparing import Comparison
from practicum.labs.real_world.grounds import grounds
from practicum.labs.real_world.outcome import Run
from practicum.labs.real_world.run import run
from practicum.labs.real_world.simulated import run_simulated
from practicum.labs.simulate.exploring import explore
from practicum.labs.simulate.fleet import Worker, fresh
from practicum.labs.simulate.simulating import SHRINK_RUNS, read
from practicum.simulation.running.program import Sources, Traits
from practicum.simulation.running.requests import Load, Loaded, Shrink, Shrunk
from practicum.simulation.running.setting import Setting, draw_setting

BUDGETS = (1, 100, 250, 500, 1000)
"""The first seeds whose plans have one fault, two, three, six and twelve."""

Told = Callable[[str], None]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How much to do: ``runs`` on processes, started within ``wall_s`` seconds. Where there is
    something to compare, the simulator first looks for a failure, for as long at most, in so many
    ``seeds`` on so many ``cores``, and shrinks it for ``shrink_s`` seconds."""

    runs: int
    wall_s: float = math.inf
    seeds: int = 1000
    cores: int = 1
    shrink_s: float = 60.0


def seed_of(number: int) -> int:
    """The seed of a run: without faults first, then one, two, three, six and twelve in turn."""
    if not number:
        return 0
    again, budget = divmod(number - 1, len(BUDGETS))
    return BUDGETS[budget] + again


def on_processes(path: Path, home: Path, wanted: Wanted, told: Told) -> Comparison:
    """Run a file on processes. `SimulationFailed` if it cannot be used, `RealWorldFailed` if
    processes cannot be run, RangeError."""
    sources = read(path)
    loaded = _loaded(sources)
    settings = tuple(_drawn(loaded, number) for number in range(wanted.runs))
    real = asyncio.run(_run_real(sources, loaded.traits, settings, (home, wanted.wall_s, told)))
    return comparing.compare(str(path), [], real, _struck(settings, real))


def in_both(path: Path, home: Path, wanted: Wanted, told: Told) -> Comparison:
    """Run the same settings in both worlds. If the simulator can break the file, every other
    one is the small setting that does; the errors are those of `on_processes`."""
    sources = read(path)
    loaded = _loaded(sources)
    told("looking for a failure in the simulator")
    broken, explored = _explored(sources, wanted)
    drawn = [_drawn(loaded, number) for number in range(wanted.runs)]
    if broken is not None:
        drawn = [each for one in drawn for each in (one, broken)]
    settings = tuple(drawn[: wanted.runs])
    real = asyncio.run(_run_real(sources, loaded.traits, settings, (home, wanted.wall_s, told)))
    told("the same runs in the simulator")
    done = settings[: len(real)]
    simulated = run_simulated(sources, loaded.traits, done) if done else []
    found = comparing.compare(str(path), simulated, real, _struck(done, real))
    return msgspec.structs.replace(found, explored=explored)


def _loaded(sources: Sources) -> Loaded:
    with contextlib.closing(Worker()) as worker:
        return worker.ask(Load(sources), Loaded)


def _drawn(loaded: Loaded, number: int) -> Setting:
    return draw_setting(seed_of(number), loaded.traits, loaded.steps)


def _explored(sources: Sources, wanted: Wanted) -> tuple[Setting | None, tuple[str, ...]]:
    """The smallest setting that breaks the file in the simulator, if any; and what that did, in
    sentences."""
    found = explore(
        sources, wanted.seeds, cores=wanted.cores, wall_s=wanted.wall_s, told=lambda _: None
    )
    seeds = found.tally.runs
    if found.setting is None or found.outcome is None or found.outcome.failure is None:
        return None, (f"before, the simulator ran {seeds} seeds and broke nothing",)
    check = found.outcome.failure.check
    shrink = Shrink(found.setting, check, SHRINK_RUNS, wanted.shrink_s)
    with fresh(sources) as worker:
        small = worker.ask(shrink, Shrunk).setting
    faults = tuple(scheduled(fault) for fault in small.plan.faults)
    said = f"before, the simulator broke {check} in {seeds} seeds; every other run is that one"
    needs = f"with {len(faults)} of its faults" if faults else "without any fault"
    return small, (f"{said}, {needs}", *faults)


async def _run_real(
    sources: Sources,
    traits: Traits,
    settings: tuple[Setting, ...],
    how: tuple[Path, float, Told],
) -> list[Run]:
    home, wall_s, told = how
    until = time.monotonic() + wall_s
    found: list[Run] = []
    async with grounds(home) as place:
        await place.load(sources)
        for number, setting in enumerate(settings, 1):
            if time.monotonic() >= until:
                break
            told(f"run {number} of {len(settings)} on processes")
            found.append(await run(place, traits, setting))
    return found


def _struck(settings: tuple[Setting, ...], runs: list[Run]) -> Counter[str]:
    """In how many runs each kind of fault had an effect."""
    kinds: Counter[str] = Counter()
    for setting, each in zip(settings, runs, strict=False):
        faults = zip(setting.plan.faults, each.fired, strict=True)
        kinds.update({fault.kind for fault, times in faults if times})
    return kinds
