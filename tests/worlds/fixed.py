"""A world whose clock is moved by hand and whose chance comes from a seed."""

from __future__ import annotations

import random


class FixedWorld:
    """`service.world.World` for tests: ``advance`` moves the clock."""

    def __init__(self, seed: int = 1, now: float = 1_700_000_000.0) -> None:
        self._random = random.Random(seed)
        self._now = now

    @property
    def random(self) -> random.Random:
        """Seeded chance."""
        return self._random

    def now(self) -> float:
        """Where the clock stands."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._now += seconds
