"""How many different things one seed does: four constructs of asyncio that depend on the order of
a set, on every engine.

A set of tasks is walked in the order of their addresses, which depend on what was allocated
before. So a seed is run in fresh processes, where nothing was; in processes that ran some other
seeds before, each another number of them, as a search does that finds a failure at some seed and
then wants it replayed; and again and again in one process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measuring import Figure
from benchmarks.simulators.contest import OWN_PYTHON
from benchmarks.simulators.installing import common_python
from benchmarks.simulators.processes import EngineFailed, answer_of
from benchmarks.simulators.protocols.sets import CONSTRUCTS

TIMES = 40
APART = f"{TIMES} fresh processes"
SEARCHED = f"{TIMES} processes, after 0 to {TIMES - 1} other seeds"
TOGETHER = f"{TIMES} runs in one process"
WAYS = (APART, SEARCHED, TOGETHER)
OURS = ("Practicum", f"Practicum on {OWN_PYTHON}", "Practicum, the peers' program")


def measure(rounds: int) -> list[Figure]:
    """All engines, once: what is counted here has no median. ``rounds`` is not looked at."""
    python, _ = common_python()
    engines: list[tuple[str, str, str | Path]] = [
        (OURS[0], "practicum", python),
        (OURS[1], "practicum", sys.executable),
        (OURS[2], "practicum_asyncio", python),
        *((name, f"with_{name}", python) for name in ("seedloop", "simloop", "simloom")),
        ("detangle", "with_detangle", python),
        ("asyncio without a seed", "stock", python),
    ]
    found: list[Figure] = []
    for name, module, interpreter in engines:
        try:
            seen = _seen(module, interpreter)
        except EngineFailed as error:
            reason = " ".join(str(error).split())[:200]
            found.append(Figure(name=f"{name} was left out: {reason}", unit="", rounds=(0.0,)))
            continue
        for how in WAYS:
            found += _figures(name, how, seen[how])
        print(f"  {name} is done", flush=True)
    return found


def _seen(module: str, interpreter: str | Path) -> dict[str, list[dict[str, Any]]]:
    """What one seed showed, each way."""

    def ask(before: int, times: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer_of(interpreter, "sameness", module, before, times)
        return found

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # nothing here is timed
        apart = [pool.submit(ask, 0, 1) for _ in range(TIMES)]
        searched = [pool.submit(ask, before, 1) for before in range(TIMES)]
        together = pool.submit(ask, 0, TIMES)
        return {
            APART: [each.result()[0] for each in apart],
            SEARCHED: [each.result()[0] for each in searched],
            TOGETHER: together.result(),
        }


def _figures(name: str, how: str, seen: Sequence[dict[str, Any]]) -> list[Figure]:
    return [
        Figure(
            name=f"{name} | {construct} | {how}",
            unit="different traces",
            rounds=(float(distinct(each[construct] for each in seen)),),
            promise=1 if name in OURS else None,
        )
        for construct in CONSTRUCTS
    ]


def distinct(traces: Iterable[Any]) -> int:
    """How many of them differ."""
    return len({json.dumps(trace) for trace in traces})


def table(figures: Sequence[Figure]) -> str:
    """An engine in each row, a construct in each column."""
    rows: dict[str, dict[tuple[str, str], str]] = {}
    for figure in figures:
        name, *cell = figure.name.split(" | ")
        row = rows.setdefault(name, {})
        if cell:
            row[cell[0], cell[1]] = f"{figure.median:g}" + " (missed)" * (figure.kept is False)
    lines = [
        f"Different traces of one seed: {' / '.join(WAYS)}. One is the promise.",
        "",
        f"| engine | {' | '.join(CONSTRUCTS)} |",
        "|---" * (len(CONSTRUCTS) + 1) + "|",
    ]
    for name, row in rows.items():
        cells = (
            " / ".join(row.get((construct, how), "?") for how in WAYS) for construct in CONSTRUCTS
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
