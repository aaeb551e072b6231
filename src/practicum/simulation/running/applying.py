"""The faults of a plan in a world: begun, ended, and counted by what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from practicum.faults.fault import (
    AnyFault,
    Delay,
    Disk,
    Duplicate,
    Kill,
    Lie,
    Loss,
    Partition,
    Pause,
    Skew,
    Slow,
    describe,
)
from practicum.faults.plan import Plan
from practicum.simulation.disk import Flaws
from practicum.simulation.running.troubles import Cut, Doubling, Harmless, Late, Lossy

if TYPE_CHECKING:
    from practicum.simulation.running.world import World

Undo = Callable[[], int]
"""Takes a fault back; how often it had an effect."""


class Applied:
    """The faults of one run. ``fired`` says how often each had an effect, once it is over."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world, self._plan = world, plan
        self._counts = [0] * len(plan.faults)
        self._undo: dict[int, Undo] = {}
        self._skews: dict[str, float] = {}
        self._clock_reads = 0
        self.held_down: set[str] = set()
        """Nodes that have no power."""

    @property
    def fired(self) -> tuple[int, ...]:
        """For each fault of the plan, in its order."""
        return tuple(self._counts)

    def skew(self, name: str) -> float:
        """Seconds by which a node's clock on the wall is wrong."""
        if name not in self._skews:
            return 0.0
        self._clock_reads += 1
        return self._skews[name]

    def schedule(self) -> None:
        """Let all begin and end when they are to."""
        world = self._world
        for index, fault in enumerate(self._plan.faults):
            world.loop.at(fault.start_s, world.outside, self._begin, index, fault)
        for index, fault in enumerate(self._plan.faults):
            world.loop.at(fault.end_s, world.outside, self._end, index, fault)

    def count(self) -> None:
        """Count those that the end of the run found unfinished."""
        for index in list(self._undo):
            self._counts[index] = self._undo.pop(index)()

    def _begin(self, index: int, fault: AnyFault) -> None:
        if self._world.is_traced:
            self._world.tell("", "fault", f"{describe(fault)}, for {fault.duration_s:g} s")
        self._undo[index] = self._apply(fault)

    def _end(self, index: int, fault: AnyFault) -> None:
        if index in self._undo:
            self._counts[index] = self._undo.pop(index)()
            if self._world.is_traced:
                self._world.tell("", "over", describe(fault))

    def _apply(self, fault: AnyFault) -> Undo:
        match fault:
            case Kill():
                return self._kill(fault.target)
            case Pause():
                return self._stand_still(fault)
            case Slow():
                return self._slow_down(fault)
            case Skew():
                return self._skew_clock(fault)
            case Disk():
                return self._spoil_disk(fault)
            case Lie():
                return self._let_disk_lie(fault)
            case Partition():
                return self._trouble(Cut(fault, self._world.platters))
            case Loss():
                return self._trouble(Lossy(fault))
            case Duplicate():
                return self._trouble(Doubling(fault))
            case Delay():
                return self._trouble(Late(fault))
        raise ValueError(f"a simulated world does not know {fault.kind}")

    def _trouble(self, trouble: Harmless) -> Undo:
        troubles = self._world.network.troubles
        troubles.append(trouble)

        def undo() -> int:
            troubles.remove(trouble)
            return trouble.hits

        return undo

    def _kill(self, name: str) -> Undo:
        was_up = self._world.power_cut(name)
        self.held_down.add(name)

        def undo() -> int:
            self.held_down.discard(name)
            if not self._world.history.closed:
                self._world.boot(name)
            return int(was_up)

        return undo

    def _stand_still(self, fault: Pause) -> Undo:
        domain = self._world.directory[fault.target].domain
        before = domain.put_off
        domain.stand_still(fault.end_s)
        return lambda: domain.put_off - before

    def _slow_down(self, fault: Slow) -> Undo:
        domain = self._world.directory[fault.target].domain
        before = domain.put_off
        domain.slow_down(fault.delay_ms / 1000)

        def undo() -> int:
            domain.slow_down(0.0)
            return domain.put_off - before

        return undo

    def _skew_clock(self, fault: Skew) -> Undo:
        before = self._clock_reads
        self._skews[fault.target] = fault.offset_ms / 1000

        def undo() -> int:
            self._skews.pop(fault.target, None)
            return self._clock_reads - before

        return undo

    def _spoil_disk(self, fault: Disk) -> Undo:
        platter = self._world.platters[fault.target]
        before = platter.errors
        platter.flaws = Flaws(errors=fault.ratio)

        def undo() -> int:
            platter.flaws = Flaws()
            return platter.errors - before

        return undo

    def _let_disk_lie(self, fault: Lie) -> Undo:
        platter = self._world.platters[fault.target]
        before = platter.lies
        platter.is_lying = True

        def undo() -> int:
            platter.is_lying = False
            return platter.lies - before

        return undo
