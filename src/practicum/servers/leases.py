"""Faults on a live range. Each is a lease of the connection that asked for it.

Whatever ends a lease, it is undone here, in the process that owns the range: its time is over,
the experiment lifts it, does not renew it, or hangs up, as the kernel does for it when it is
killed.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from practicum.faults.fault import (
    KINDS,
    AnyFault,
    Crash,
    Decline,
    Delay,
    Hesitate,
    Kill,
    Pause,
    Refuse,
    Restart,
    clash,
    describe,
)
from practicum.servers import control
from practicum.servers.home import RangeError
from practicum.servers.process.child import Child
from practicum.servers.process.member import Member
from practicum.service.range_control import LEASE_S, AppliedFault, Outcome

Undo = Callable[[], None]
_FAULTS_PER_EXPERIMENT_MAX = 10_000


class Owner(Protocol):
    """What is needed of the supervisor."""

    def find(self, name: str) -> Member:
        """A process by its name; RangeError if there is none."""
        ...

    def of_service(self, name: str) -> list[Member]:
        """The processes of a service; RangeError if there is none."""
        ...

    def arm(self, request: control.Arm) -> None:
        """Arm a crash point."""
        ...

    def disarm(self, name: str, point: str | None = None) -> None:
        """Take a crash point of a service back, or all."""
        ...

    def fault_changed(self, applied: AppliedFault) -> None:
        """A fault began or ended."""
        ...


class Faults:
    """All faults that last in a range, whoever asked for them."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._lasting: dict[int, Lease] = {}

    def apply(self, lease: Lease) -> Undo:
        """Make it so; returns how to undo it. RangeError if that cannot be."""
        fault = lease.fault
        for other in self._lasting.values():
            if clash(fault, other.fault):
                raise RangeError(f"{describe(other.fault)} at the moment: wait until that is over")
        undo = self._begin(fault)
        self._lasting[id(lease)] = lease
        self._tell_all(fault)

        def end() -> None:
            del self._lasting[id(lease)]
            undo()
            self._tell_all(fault)

        return end

    def _begin(self, fault: AnyFault) -> Undo:
        match fault:
            case Kill():
                member = self._owner.find(fault.target)
                member.hold_down(signal.SIGKILL)
                return member.let_up
            case Restart():
                member = self._owner.find(fault.target)
                member.hold_down(member.plan.stop_signal)
                return member.let_up
            case Pause():
                member = self._owner.find(fault.target)
                member.pause(None)
                return member.resume
            case Crash():
                arm = control.Arm(name=fault.target, point=fault.point, hit=fault.hit)
                self._service_of(fault.target)
                self._owner.arm(arm)
                return lambda: self._owner.disarm(fault.target, fault.point)
            case _ if fault.is_simulated_only:
                raise RangeError(
                    f"{fault.kind} is for simulations: a range knows {', '.join(KINDS)}"
                )
            case _:
                self._service_of(fault.target)
                return _nothing

    def _service_of(self, target: str) -> str:
        member = self._owner.of_service(target)[0]
        if member.plan.kind != "service":
            raise RangeError(f"{target} is not a service: kill, pause or restart it instead")
        return member.plan.service

    def _tell_all(self, fault: AnyFault) -> None:
        if isinstance(fault, Delay | Refuse | Decline | Hesitate):
            for member in self._owner.of_service(fault.target):
                if member.child is not None:
                    self.tell(member, member.child)

    def tell(self, member: Member, child: Child) -> None:
        """Let a process of a service know the weather at its edge and its mood."""
        if member.plan.kind != "service":
            return
        names = (member.plan.service, member.plan.name)
        mine = [lease.fault for lease in self._lasting.values() if lease.fault.target in names]
        edge: dict[str, Any] = {"delay_ms": 0.0, "jitter_ms": 0.0, "refuse_ratio": 0.0}
        mood: dict[str, float] = {}
        for fault in mine:
            match fault:
                case Delay():
                    edge |= {"delay_ms": fault.delay_ms, "jitter_ms": fault.jitter_ms}
                case Refuse():
                    edge["refuse_ratio"] = fault.ratio
                case Decline():
                    mood["decline_ratio"] = fault.ratio
                case Hesitate():
                    mood["delay_ms"] = fault.delay_ms
        child.tell({"do": "edge", **edge})
        child.tell({"do": "mood", "mood": mood})

    def greet(self, member: Member, child: Child) -> None:
        """A process starts: if there is weather, it learns of it."""
        if any(isinstance(each.fault, Delay | Refuse | Decline | Hesitate) for each in self):
            self.tell(member, child)

    def struck(self, service: str, point: str) -> None:
        """A crash point was hit: the fault that armed it is over."""
        for lease in list(self):
            fault = lease.fault
            if isinstance(fault, Crash) and (fault.target, fault.point) == (service, point):
                lease.end("fired")

    def end_all(self) -> None:
        """The range goes down."""
        for lease in list(self):
            lease.end("over")

    def __iter__(self) -> Iterator[Lease]:
        return iter(self._lasting.values())

    def changed(self, applied: AppliedFault) -> None:
        """Tell whoever watches the range."""
        self._owner.fault_changed(applied)


def _nothing() -> None:
    """What is there only because it is remembered needs no undoing."""


class Lease:
    """One fault of one experiment, from its beginning to its end."""

    def __init__(self, key: str, fault: AnyFault, faults: Faults) -> None:
        self.fault = fault
        self.applied = AppliedFault(key=key, fault=fault, began_at=time.time())
        self._faults = faults
        self._undo: Undo | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Apply it; a fault that cannot be is refused, and over."""
        try:
            self._undo = self._faults.apply(self)
        except (RangeError, OSError) as error:
            self._note("refused", str(error))
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.fault.duration_s, self.end, "over")
        self._faults.changed(self.applied)

    def end(self, outcome: Outcome) -> None:
        """Undo it, once."""
        undo, self._undo = self._undo, None
        if undo is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        undo()
        self._note(outcome)

    def _note(self, outcome: Outcome, detail: str = "") -> None:
        known = self.applied
        self.applied = AppliedFault(
            key=known.key,
            fault=known.fault,
            began_at=known.began_at,
            ended_at=time.time(),
            outcome=outcome,
            detail=detail,
        )
        self._faults.changed(self.applied)


class Leases:
    """The faults of one connection."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._leases: dict[str, Lease] = {}
        self._timer: asyncio.TimerHandle | None = None

    def inject(self, request: control.Inject) -> None:
        """Begin a fault. RangeError if its key was used before."""
        if request.key in self._leases or len(self._leases) >= _FAULTS_PER_EXPERIMENT_MAX:
            raise RangeError(f"a fault {request.key} was asked for before: give it another key")
        lease = self._leases[request.key] = Lease(request.key, request.fault, self._faults)
        lease.begin()

    def lift(self, key: str) -> None:
        """Take one back. RangeError if there is none of that key."""
        if key not in self._leases:
            raise RangeError(f"there is no fault {key} in this experiment")
        self._leases[key].end("lifted")

    def renew(self) -> None:
        """The experiment lives."""
        if self._timer is not None:
            self._timer.cancel()
        if self._leases:
            self._timer = asyncio.get_running_loop().call_later(LEASE_S, self._end_all, "silent")

    def timeline(self) -> tuple[AppliedFault, ...]:
        """All of them, first asked for first."""
        return tuple(lease.applied for lease in self._leases.values())

    def close(self) -> None:
        """The connection has ended."""
        if self._timer is not None:
            self._timer.cancel()
        self._end_all("gone")

    def _end_all(self, outcome: Outcome) -> None:
        for lease in self._leases.values():
            lease.end(outcome)
