"""Four places in asyncio where a set decides an order: one seed always shows the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import practicum

SOURCE = Path(practicum.__file__).parents[1]
ROOT = Path(__file__).parents[2]
TIMES = 40
CONSTRUCTS = 4


def fresh(*arguments: str) -> Any:
    """What a Python that has run nothing yet prints, which is JSON."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join((str(ROOT), str(SOURCE))), "PYTHONHASHSEED": "0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def seen(engine: str, before: int, times: int) -> list[dict[str, Any]]:
    """What a seed shows in a fresh process, so many times, after so many other seeds."""
    found: list[dict[str, Any]] = fresh(
        "-m", "benchmarks.simulators.sameness", engine, str(before), str(times)
    )
    assert all(len(each) == CONSTRUCTS for each in found)
    return found


def distinct(found: list[dict[str, Any]]) -> int:
    """How many different traces there are, each construct's counted by itself."""
    return len({(name, json.dumps(trace)) for each in found for name, trace in each.items()})


@pytest.mark.parametrize("engine", ["practicum", "practicum_asyncio"])
def test_a_seed_shows_the_same_after_others(engine: str) -> None:
    """A sample of the proof below."""
    assert distinct(seen(engine, 0, 1) + seen(engine, 3, 3)) == CONSTRUCTS


@pytest.mark.parametrize("engine", ["practicum", "practicum_asyncio"])
def test_the_contest_finds_our_engine_able(engine: str) -> None:
    """It elects a leader, and says how many there were."""
    script = (
        "from benchmarks.simulators.engines import performer, programs as p;"
        f"print(performer({engine!r})(p.Work('election', seconds=2.0), 1))"
    )
    assert fresh("-c", script) >= 1


@pytest.mark.prove
@pytest.mark.parametrize("engine", ["practicum", "practicum_asyncio"])
def test_a_seed_shows_the_same_whatever_ran_before(engine: str) -> None:
    """In 40 processes that ran 0 to 39 other seeds, and 40 times in one process."""
    apart = [seen(engine, before, 1)[0] for before in range(TIMES)]
    assert distinct(apart + seen(engine, 0, TIMES)) == CONSTRUCTS


@pytest.mark.prove
def test_asyncio_itself_shows_different_things() -> None:
    """Or the test above would prove nothing."""
    assert distinct(seen("stock", 0, TIMES)) > CONSTRUCTS
