"""The engines. A module either runs the asyncio programs by its ``run``, or has programs of its
own: ``perform(work, seed)`` and, if there is something to see, ``see_sets(seed)``."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

from benchmarks.simulators import programs
from benchmarks.simulators.programs import Work


def performer(name: str) -> Callable[[Work, int], int]:
    """What does a work with a seed on an engine, and says how much was done."""
    engine = importlib.import_module(f"{__name__}.{name}")
    if hasattr(engine, "run"):
        return functools.partial(programs.perform, engine.run)
    found: Callable[[Work, int], int] = engine.perform
    return found


def seer(name: str) -> Callable[[int], Any]:
    """What says what the four constructs show with a seed on an engine."""
    engine = importlib.import_module(f"{__name__}.{name}")
    if hasattr(engine, "run"):
        return functools.partial(programs.see_sets, engine.run)
    found: Callable[[int], Any] = engine.see_sets
    return found
