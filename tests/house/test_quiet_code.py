"""Services run in two worlds; what would tell the worlds apart is banned by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import practicum

ROOT = Path(practicum.__file__).parent
BANS = {
    "time.time": "ask world.now(): the simulator's clock is not the machine's",
    "time.time_ns": "ask world.now(): the simulator's clock is not the machine's",
    "time.monotonic": "ask the event loop: asyncio.get_running_loop().time()",
    "time.perf_counter": "ask the event loop: asyncio.get_running_loop().time()",
    "time.sleep": "await asyncio.sleep()",
    "datetime.now": "ask world.now()",
    "datetime.utcnow": "ask world.now()",
    "uuid.uuid4": "call new_id(world)",
    "uuid.uuid1": "call new_id(world)",
    "os.urandom": "draw from world.random",
    "secrets.token_hex": "draw from world.random",
    "asyncio.to_thread": "the simulator has one thread: await an adapter instead",
}
RANDOM = "draw from world.random, whose seed the simulator chooses"


def quiet_files() -> Iterator[Path]:
    """The code that runs in both worlds, and the rooms that have no world at all."""
    for room in ("service", "shop", "learner", "checking", "faults", "curriculum"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "live" not in path.relative_to(ROOT).parts:
                yield path


def offences(source: str) -> list[str]:
    """Banned names in a module, each with its line and replacement."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Attribute):
            continue
        dotted = ast.unparse(node)
        tail = ".".join(dotted.split(".")[-2:])
        if tail in BANS:
            found.append(f"line {node.lineno}: {dotted}: {BANS[tail]}")
        elif dotted.startswith("random.") and dotted != "random.Random":
            found.append(f"line {node.lineno}: {dotted}: {RANDOM}")
    return found


@pytest.mark.parametrize("path", list(quiet_files()), ids=lambda p: str(p.relative_to(ROOT)))
def test_quiet_code_reads_no_clock_and_no_chance(path: Path) -> None:
    """Time and randomness come from the world, waiting from the event loop."""
    assert offences(path.read_text()) == []


def test_the_ban_sees_what_it_bans() -> None:
    """A rule that finds nothing in guilty code would prove nothing in innocent code."""
    guilty = "import time, random\nnow = time.time()\nx = random.random()\n"
    assert [line.split(":")[0] for line in offences(guilty)] == ["line 2", "line 3"]
