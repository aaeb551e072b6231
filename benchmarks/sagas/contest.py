"""Four-step sagas per second, ours and theirs, in one run on one machine.

In each round every engine comes up anew, warms up, and runs laps; the first engine of a round
is another one each time. A ratio is taken within a round, so that a machine that is slow for a
while is slow for both.
"""

from __future__ import annotations

import asyncio

import msgspec

from benchmarks.measuring import Figure, calibrate
from benchmarks.ranges import new_home
from benchmarks.sagas.engines import ENGINES, Engine
from benchmarks.sagas.processes import EngineFailed, cost
from benchmarks.shelves import NotInstalled
from practicum.servers.home import RangeError

MAIN = 50
BESIDE = (1, 10, 200)
WARM_UP_S = 2.0
MAIN_S = 5.0
BESIDE_S = 2.5


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One engine in one round; ``rates`` are sagas per second by number in flight."""

    rates: dict[int, float]
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    pss_mb: float


def measure(rounds: int) -> list[Figure]:
    """All engines, round by round."""
    loops: list[float] = []
    results: dict[str, list[Result]] = {engine.name: [] for engine in ENGINES}
    troubles: dict[str, str] = {}
    for number in range(rounds):
        loops.append(calibrate())
        first = number % len(ENGINES)
        for engine in (*ENGINES[first:], *ENGINES[:first]):
            if engine.name in troubles:
                continue
            try:
                result = asyncio.run(_round(engine))
            except (NotInstalled, EngineFailed, RangeError, OSError) as error:
                troubles[engine.name] = str(error)
                print(f"  {engine.name} is left out: {error}", flush=True)
                continue
            results[engine.name].append(result)
            rates = ", ".join(f"{rate:.0f} ({n} in flight)" for n, rate in result.rates.items())
            print(f"  round {number + 1} of {rounds}: {engine.name} {rates}", flush=True)
    return [
        Figure(name="calibration loop", unit="ms", rounds=tuple(loops)),
        *_ratios(results),
        *(figure for engine in ENGINES for figure in _figures(engine, results, troubles)),
    ]


async def _round(engine: Engine) -> Result:
    with new_home() as home:
        async with engine.up(home) as running:
            await running.lap(MAIN, WARM_UP_S)
            before = cost(running.pids)
            main = await running.lap(MAIN, MAIN_S)
            after = cost(running.pids)
            rates = {MAIN: main.sagas / main.seconds}
            for in_flight in BESIDE:
                lap = await running.lap(in_flight, BESIDE_S)
                rates[in_flight] = lap.sagas / lap.seconds
            return Result(
                rates=dict(sorted(rates.items())),
                p50_ms=main.p50_ms,
                p99_ms=main.p99_ms,
                cpu_ms=(after.cpu_s - before.cpu_s) * 1000 / max(1, main.sagas),
                pss_mb=after.memory_bytes / 1e6,
            )


def _ratios(results: dict[str, list[Result]]) -> list[Figure]:
    """Ours to theirs, by round; an engine that fell out has no ratio."""
    like_theirs, *beyond = [engine for engine in ENGINES if engine.times is None]
    return [
        Figure(
            name=f"sagas per second, {ours.name}'s to {engine.name}'s, {MAIN} in flight",
            unit="times",
            rounds=tuple(
                mine.rates[MAIN] / max(0.1, theirs.rates[MAIN])
                for mine, theirs in zip(results[ours.name], results[engine.name], strict=False)
            ),
            promise=engine.times if ours is like_theirs else None,
            at_most=False,
        )
        for ours in (like_theirs, *beyond)
        for engine in ENGINES
        if engine.times is not None and results[ours.name] and results[engine.name]
    ]


def _figures(
    engine: Engine, results: dict[str, list[Result]], troubles: dict[str, str]
) -> list[Figure]:
    rounds = results[engine.name]
    if engine.name in troubles:
        reason = " ".join(troubles[engine.name].split())[:200]
        return [Figure(name=f"{engine.name} was left out: {reason}", unit="", rounds=(0.0,))]

    def figure(name: str, unit: str, values: list[float]) -> Figure:
        return Figure(name=f"{engine.name}: {name}", unit=unit, rounds=tuple(values))

    return [
        *(
            figure(
                f"sagas, {in_flight} in flight" + (f" ({engine.durable})" * (in_flight == MAIN)),
                "per s",
                [result.rates[in_flight] for result in rounds],
            )
            for in_flight in sorted((MAIN, *BESIDE))
        ),
        figure(f"saga, {MAIN} in flight, p50", "ms", [result.p50_ms for result in rounds]),
        figure(f"saga, {MAIN} in flight, p99", "ms", [result.p99_ms for result in rounds]),
        figure("CPU per saga, all processes", "ms", [result.cpu_ms for result in rounds]),
        figure("all processes, PSS", "MB", [result.pss_mb for result in rounds]),
    ]
