"""What an experiment needs of a range that lives: to hold faults in it, and to see them end.

A fault is a lease. It belongs to the experiment's connection and must be renewed through it; it
ends when its time is over, when the experiment lifts it, falls silent or dies, whichever is
first. Who owns the range takes it back, so that it needs nobody's good will.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import msgspec

from practicum.faults.fault import AnyFault

LEASE_S = 2.0
"""A lease that is not renewed for so long ends."""

Outcome = Literal["lasting", "over", "fired", "lifted", "refused", "silent", "gone"]
"""``over``: its time was. ``fired``: a crash point was reached. ``lifted``: the experiment took
it back. ``refused``: it never was, ``detail`` says why. ``silent``, ``gone``: the experiment
did not renew, or its connection ended."""


class AppliedFault(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one fault; times in Unix seconds, ``ended_at`` None while it lasts."""

    key: str
    fault: AnyFault
    began_at: float
    ended_at: float | None = None
    outcome: Outcome = "lasting"
    detail: str = ""


class Experiment(Protocol):
    """A connection that holds faults. Every call renews the leases of all."""

    async def inject(self, key: str, fault: AnyFault) -> None:
        """Apply the fault now, for its duration; ``start_s`` is not looked at. ``key`` names
        it within this experiment. A fault that is refused stands so in the timeline."""
        ...

    async def lift(self, key: str) -> None:
        """Take a fault back before its time."""
        ...

    async def timeline(self) -> tuple[AppliedFault, ...]:
        """All faults of this experiment, in the order in which they were applied."""
        ...


class RangeControl(Protocol):
    """The part of a range that experiments need."""

    def experiment(self) -> AbstractAsyncContextManager[Experiment]:
        """Open a connection; at its end no fault of the experiment is left."""
        ...
