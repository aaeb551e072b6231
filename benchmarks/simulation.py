"""The simulator: how many messages and seeds a core carries, and what determinism costs.

Every figure is processor time of one process, so that what else runs on the machine counts
little. The workloads are the protocol files in ``simulated/``; another engine stands beside ours by
one more function like `stock_messages_per_s`.
"""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from benchmarks.measuring import Figure, calibrate
from practicum.simulation.network import Weather
from practicum.simulation.running.outcome import Outcome
from practicum.simulation.running.program import Program, Traits, read_sources
from practicum.simulation.running.setting import Setting, draw_setting
from practicum.simulation.running.trace import Trace
from practicum.simulation.running.worker import COLLECT_EVERY
from practicum.simulation.running.world import collect, prepare, simulate

FOLDER = Path(__file__).parent / "simulated"
FIRST_SEED = 500
"""From here on plans have six faults."""
ELECTIONS, SEEDS_FOR_MEMORY = 60, 2000
STOCK_MESSAGES = 32_000


class _Bench:
    """A protocol file of the benchmarks, loaded."""

    def __init__(self, name: str, **traits: object) -> None:
        self._program = Program(read_sources(FOLDER / f"{name}.py"))
        found = prepare(self._program)
        self.traits: Traits = msgspec.structs.replace(found, **traits)  # type: ignore[arg-type]

    def calm(self, seed: int, weather: Weather) -> Setting:
        """No faults, and a schedule at random."""
        return msgspec.structs.replace(
            draw_setting(0, self.traits, 1),
            seed=seed,
            weather=weather,
            schedule="random",
            changes=(),
        )

    def run(self, setting: Setting, *, traced: bool = False) -> tuple[Outcome, float]:
        """An outcome, and the processor seconds that it took."""
        began = time.process_time()
        outcome = simulate(self._program, self.traits, setting, Trace() if traced else None)
        return outcome, time.process_time() - began

    def seeds_per_s(self, count: int) -> float:
        """Seeds under six faults each, a second; their settings are drawn, too."""
        began = time.process_time()
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            simulate(self._program, self.traits, draw_setting(seed, self.traits, 2000))
        return count / (time.process_time() - began)


def messages_per_s(name: str, weather: Weather, seed: int) -> tuple[float, float]:
    """Messages a second, and the share of time that tracing adds."""
    bench = _Bench(name)
    setting = bench.calm(seed, weather)
    outcome, plain_s = bench.run(setting)
    traced, traced_s = bench.run(setting, traced=True)
    assert traced.mark == outcome.mark
    return outcome.sent / plain_s, 100 * (traced_s / plain_s - 1)


def tracing_an_election(seed: int) -> float:
    """The share of time that tracing adds to elections under faults, in per cent."""
    bench, plain_s, traced_s = _Bench("raft"), 0.0, 0.0
    for each in range(FIRST_SEED + 20 * seed, FIRST_SEED + 20 * seed + 20):
        setting = draw_setting(each, bench.traits, 2000)
        plain_s += bench.run(setting)[1]
        traced_s += bench.run(setting, traced=True)[1]
    return 100 * (traced_s / plain_s - 1)


def stock_messages_per_s(seed: int) -> float:
    """The gossip of W1 on asyncio's own loop: queues, and neither latency nor a seed."""
    names, chance = range(5), random.Random(seed).random

    async def main() -> None:
        queues: list[asyncio.Queue[int]] = [asyncio.Queue() for _ in names]
        left, over = STOCK_MESSAGES, asyncio.Event()

        async def node(own: int) -> None:
            nonlocal left
            others = [queue for number, queue in enumerate(queues) if number != own]
            for _ in range(4):
                others[int(chance() * 4)].put_nowait(0)
            while True:
                hops = await queues[own].get()
                left -= 1
                if not left:
                    over.set()
                others[int(chance() * 4)].put_nowait(hops + 1)

        tasks = [asyncio.create_task(node(number)) for number in names]
        await over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    began = time.process_time()
    asyncio.run(main())
    return STOCK_MESSAGES / (time.process_time() - began)


def growing_mb() -> float:
    """Megabytes that a process has grown by over many short elections, after a few hundred."""
    bench = _Bench("raft", duration_s=0.5, settle_s=0.1)
    bench.seeds_per_s(300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(SEEDS_FOR_MEMORY // COLLECT_EVERY):
        bench.seeds_per_s(COLLECT_EVERY)
        collect()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def growth(nodes: int, seed: int) -> float:
    """Messages a second of W1 with so many nodes."""
    names = tuple(f"n{number}" for number in range(1, nodes + 1))
    bench = _Bench("gossip", nodes=names, duration_s=40 / nodes)
    outcome, seconds = bench.run(bench.calm(seed, Weather()))
    return outcome.sent / seconds


def measure(rounds: int) -> list[Figure]:
    """All figures of the simulator."""
    gc.collect()
    gc.freeze()
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for number in range(rounds):
        note("loop", calibrate())
        for name, weather in (("gossip", Weather()), ("calls", Weather(loss=0.01))):
            rate, tracing = messages_per_s(name, weather, number)
            note(name, rate)
            note(f"{name} traced", tracing)
        note("raft traced", tracing_an_election(number))
        note("raft 10", _Bench("raft", duration_s=9.0, settle_s=1.0).seeds_per_s(ELECTIONS))
        note("raft 2", _Bench("raft", duration_s=1.8, settle_s=0.2).seeds_per_s(4 * ELECTIONS))
        note("stock", stock_messages_per_s(number))
        for nodes in (5, 25, 100):
            note(f"growth {nodes}", growth(nodes, number))
        note("memory", growing_mb())
        print(f"  round {number + 1} of {rounds}: W1 {found['gossip'][-1]:,.0f}/s", flush=True)
    return [_figure(name, tuple(values)) for name, values in found.items()]


_FIGURES: Mapping[str, tuple[str, str, float | None, bool]] = {
    "loop": ("calibration loop", "ms", None, True),
    "gossip": ("W1, gossip of five nodes", "messages/s", 200_000, False),
    "gossip traced": ("W1, what tracing adds", "%", 35, True),
    "calls": ("W2, calls with tasks, timeouts, 1 % loss", "messages/s", 70_000, False),
    "calls traced": ("W2, what tracing adds", "%", 35, True),
    "raft traced": ("election, what tracing adds", "%", 35, True),
    "raft 10": ("election of five, 10 simulated seconds", "seeds/s", 150, False),
    "raft 2": ("election of five, 2 simulated seconds", "seeds/s", 600, False),
    "stock": ("W1 on asyncio's loop, no latency, no seed", "messages/s", None, True),
    "growth 5": ("W1 with 5 nodes", "messages/s", None, True),
    "growth 25": ("W1 with 25 nodes", "messages/s", None, True),
    "growth 100": ("W1 with 100 nodes", "messages/s", None, True),
    "memory": (f"grown by, over {SEEDS_FOR_MEMORY} seeds", "MB", 5, True),
}


def _figure(name: str, values: tuple[float, ...]) -> Figure:
    title, unit, promise, at_most = _FIGURES[name]
    return Figure(name=title, unit=unit, rounds=values, promise=promise, at_most=at_most)
