"""Carry out a plan of faults on a range that lives.

Nothing is undone here. The range's owner undoes every fault when its time is over, or when this
process has gone silent or away; here faults are begun when they are due, and leases renewed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from practicum.faults.plan import Plan, in_order
from practicum.service.range_control import LEASE_S, AppliedFault, RangeControl

RENEW_EVERY_S = LEASE_S / 8
"""Often enough that a machine under load does not lose a lease."""

Watcher = Callable[[tuple[AppliedFault, ...]], None]


def _unwatched(_faults: tuple[AppliedFault, ...]) -> None:
    """Nobody wants to see it."""


async def storm(
    plan: Plan, control: RangeControl, on_faults: Watcher = _unwatched
) -> tuple[AppliedFault, ...]:
    """Apply each fault at its time; returns what became of them once all are over.

    ``on_faults`` sees them a few times a second. Cancelled, it leaves no fault behind. Raises
    what ``control`` raises when the range goes away.
    """
    loop = asyncio.get_running_loop()
    waiting = deque(enumerate(in_order(plan.faults)))
    async with control.experiment() as experiment:
        start = loop.time()
        while True:
            while waiting and start + waiting[0][1].start_s <= loop.time():
                number, fault = waiting.popleft()
                await experiment.inject(str(number), fault)
            faults = await experiment.timeline()
            on_faults(faults)
            if not waiting and all(fault.ended_at is not None for fault in faults):
                return faults
            wait_s = RENEW_EVERY_S
            if waiting:
                wait_s = min(wait_s, start + waiting[0][1].start_s - loop.time())
            await asyncio.sleep(max(0.0, wait_s))
