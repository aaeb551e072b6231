"""What the faults of a plan are in the real world: which a life applies to itself, which the
command applies to its process, and what neither can do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol, TypeVar

from practicum.faults.fault import (
    AnyFault,
    Delay,
    Disk,
    Duplicate,
    Fault,
    Loss,
    Partition,
    Skew,
    Slow,
)
from practicum.simulation.network import Network
from practicum.simulation.running.troubles import Cut, Doubling, Harmless, Late, Lossy

ORDER = "who runs first and which message overtakes which is the machine's choice, not the seed's"
_NOT_APPLIED = {
    "kill": "kill: writes that were not synced are not lost or torn; the process is killed, and "
    "the machine keeps its power",
    "lie": "lie: the machine's disk syncs as ever",
    "skew": "skew: only node.clock.time() is wrong; time.time() and datetime show the machine's "
    "time",
    "slow": "slow: only what arrives waits its turn; timers and the code itself are as fast as "
    "ever",
}


def not_applied(kinds: Iterable[str]) -> tuple[str, ...]:
    """What this world leaves out of faults of such kinds, in sentences."""
    return (ORDER, *(_NOT_APPLIED[kind] for kind in sorted(set(kinds)) if kind in _NOT_APPLIED))


_FaultT = TypeVar("_FaultT", bound=Fault)


class HasErrors(Protocol):
    """A disk that can be told to refuse."""

    errors: float


class Conditions:
    """What a life has to suffer now. ``struck(number)`` is called when a fault of the plan first
    has an effect on it."""

    def __init__(
        self, name: str, nodes: Collection[str], network: Network, struck: Callable[[int], None]
    ) -> None:
        self._name, self._nodes, self._network, self._struck = name, nodes, network, struck
        self._there: dict[int, AnyFault] = {}
        self._troubles: dict[int, Harmless] = {}
        self._told: set[int] = set()
        self.disk: HasErrors | None = None

    def become(self, faults: Iterable[tuple[int, AnyFault]]) -> None:
        """These are there now, and no others."""
        self.look()
        there = dict(faults)
        for number in self._troubles.keys() - there.keys():
            self._network.troubles.remove(self._troubles.pop(number))
        for number in there.keys() - self._there.keys():
            trouble = self._trouble(there[number])
            if trouble is not None:
                self._troubles[number] = trouble
                self._network.troubles.append(trouble)
        self._there = there
        refusing = self._own(Disk)
        if self.disk is not None:
            self.disk.errors = refusing[1].ratio if refusing else 0.0

    def look(self) -> None:
        """Tell of those troubles that had an effect."""
        for number, trouble in self._troubles.items():
            if trouble.hits:
                self._tell(number)

    @property
    def skew_s(self) -> float:
        """How wrong the clock on the wall is; to be asked only when somebody looks at it."""
        found = self._own(Skew)
        if found is None:
            return 0.0
        self._tell(found[0])
        return found[1].offset_ms / 1000

    @property
    def each_s(self) -> float:
        """How long what arrives waits, one after the other; to be asked when something has."""
        found = self._own(Slow)
        if found is None:
            return 0.0
        self._tell(found[0])
        return found[1].delay_ms / 1000

    def refused(self) -> None:
        """The disk has refused something."""
        found = self._own(Disk)
        if found is not None:
            self._tell(found[0])

    def _tell(self, number: int) -> None:
        if number not in self._told:
            self._told.add(number)
            self._struck(number)

    def _own(self, kind: type[_FaultT]) -> tuple[int, _FaultT] | None:
        for number, fault in self._there.items():
            if isinstance(fault, kind) and fault.target == self._name:
                return number, fault
        return None

    def _trouble(self, fault: AnyFault) -> Harmless | None:
        match fault:
            case Partition():
                return Cut(fault, self._nodes)
            case Loss():
                return Lossy(fault)
            case Duplicate():
                return Doubling(fault)
            case Delay():
                return Late(fault)
        return None
