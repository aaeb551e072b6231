"""The real world: the system's clock and the system's randomness."""

from __future__ import annotations

import random
import time


class LiveWorld:
    """`service.world.World` on a real machine."""

    def __init__(self) -> None:
        # Not SystemRandom: ids need to be unguessable nowhere, and a draw costs a system call.
        self._random = random.Random()

    @property
    def random(self) -> random.Random:
        """Seeded by the operating system."""
        return self._random

    def now(self) -> float:
        """Unix seconds of the system's clock."""
        return time.time()
