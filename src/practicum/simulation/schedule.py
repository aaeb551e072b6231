"""A schedule by priorities: who matters most runs, until the steps at which it matters least.

Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, 2010): a bug
that needs ``d`` things in a certain order is found with a known chance by ``d - 1`` changes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from practicum.simulation.loop import Domain


class Priorities:
    """Chooses between domains that have work."""

    def __init__(self, seed: int, changes: Sequence[int]) -> None:
        self._random = random.Random(f"priorities {seed}").random
        self._changes = sorted(changes, reverse=True)
        self._lowest = 0.0

    def __call__(self, waiting: list[Domain], step: int) -> int:
        """The place of the one that runs next."""
        best, top = 0, -1e9
        for place, domain in enumerate(waiting):
            if not domain.weight:
                domain.weight = 1.0 + self._random()
            if domain.weight > top:
                best, top = place, domain.weight
        if self._changes and step >= self._changes[-1]:
            self._changes.pop()
            self._lowest -= 1.0
            waiting[best].weight = self._lowest
            return self(waiting, step)
        return best
