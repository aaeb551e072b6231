"""What starts often imports little: a range's clients take longer to import than most commands."""

from __future__ import annotations

import subprocess
import sys

LIGHT = (
    "practicum.cli.evidence",
    "practicum.cli.lab",
    "practicum.cli.lab_copy",
    "practicum.cli.lab_list",
    "practicum.cli.lab_start",
    "practicum.cli.load",
    "practicum.cli.simulate",
    "practicum.cli.storm",
    "practicum.authoring.judging.judgements",
    "practicum.labs.real_world.simulated",
)
HEAVY = ("aiohttp", "asyncpg", "nats", "pytest", "uvicorn")


def test_what_needs_no_range_imports_nothing_of_one() -> None:
    """By name, so that the import that brought it is soon found."""
    script = f"""
import importlib, sys
for light in {LIGHT!r}:
    importlib.import_module(light)
    for heavy in {HEAVY!r}:
        if heavy in sys.modules:
            sys.exit(f"{{light}} imports {{heavy}}")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
