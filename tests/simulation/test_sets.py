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


def seen(engine: str, before: int, times: int) -> list[dict[str, Any]]:
    """What a seed shows in a fresh process, so many times, after so many other seeds."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.simulators.sameness", engine, str(before), str(times)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join((str(ROOT), str(SOURCE))), "PYTHONHASHSEED": "0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert all(len(each) == CONSTRUCTS for each in found)
    return found


def distinct(found: list[dict[str, Any]]) -> int:
    """How many different traces there are, each construct's counted by itself."""
    return len({(name, json.dumps(trace)) for each in found for name, trace in each.items()})


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
