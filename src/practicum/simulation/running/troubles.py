"""What faults of a plan do to the messages of a simulated world, and how often they did."""

from __future__ import annotations

from collections.abc import Callable, Collection

from practicum.faults.fault import Delay, Duplicate, Loss, Partition

Chance = Callable[[], float]


class Harmless:
    """A fault on the way of messages; ``hits`` counts those that it changed."""

    def __init__(self) -> None:
        self.hits = 0

    def loses(self, source: str, to: str, chance: Chance) -> bool:
        """Whether this message is lost."""
        return False

    def doubles(self, source: str, to: str, chance: Chance) -> bool:
        """Whether this message arrives twice."""
        return False

    def delays_s(self, source: str, to: str, chance: Chance) -> float:
        """How much later it arrives."""
        return 0.0


class Cut(Harmless):
    """A partition."""

    def __init__(self, fault: Partition, nodes: Collection[str]) -> None:
        super().__init__()
        side = {fault.target, *fault.beside}
        others = (set(fault.apart) or set(nodes)) - side
        self._pairs = set()
        if fault.direction != "in":
            self._pairs |= {(near, far) for near in side for far in others}
        if fault.direction != "out":
            self._pairs |= {(far, near) for near in side for far in others}

    def loses(self, source: str, to: str, chance: Chance) -> bool:
        """If it goes from one side to the other."""
        lost = (source, to) in self._pairs
        self.hits += lost
        return lost


class Lossy(Harmless):
    """A node that loses messages."""

    def __init__(self, fault: Loss) -> None:
        super().__init__()
        self._fault = fault

    def loses(self, source: str, to: str, chance: Chance) -> bool:
        """By chance."""
        lost = self._fault.target in (source, to) and chance() < self._fault.ratio
        self.hits += lost
        return lost


class Doubling(Harmless):
    """A node whose messages arrive twice."""

    def __init__(self, fault: Duplicate) -> None:
        super().__init__()
        self._fault = fault

    def doubles(self, source: str, to: str, chance: Chance) -> bool:
        """By chance."""
        doubled = self._fault.target in (source, to) and chance() < self._fault.ratio
        self.hits += doubled
        return doubled


class Late(Harmless):
    """A node that hears late, and not always equally late."""

    def __init__(self, fault: Delay) -> None:
        super().__init__()
        self._fault = fault

    def delays_s(self, source: str, to: str, chance: Chance) -> float:
        """What is sent to it."""
        if to != self._fault.target:
            return 0.0
        self.hits += 1
        return (self._fault.delay_ms + chance() * self._fault.jitter_ms) / 1000
