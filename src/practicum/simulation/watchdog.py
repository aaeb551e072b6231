"""Code that never comes back is found by a timer of the process, since no loop can see it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from practicum.simulation.loop import Busy, DeterministicLoop
from practicum.simulation.refusals import is_ours

_signal, _setitimer = signal.signal, signal.setitimer  # refused to the code, while it runs
CPU_S = 20.0
"""A run that takes so much processor time without end is one that never ends."""
PARTS = 4
"""So does one that takes a part of it, one of so many, at one moment."""


@contextlib.contextmanager
def watched(loop: DeterministicLoop, cpu_s: float = CPU_S) -> Iterator[None]:
    """End what runs in a loop after so much processor time, or after a part of it in which
    nothing came due. For the main thread only."""
    seen, rings = loop.mix, 0

    def ring(_: int, frame: FrameType | None) -> None:
        nonlocal seen, rings
        stands_still = loop.is_running() and loop.mix == seen
        seen, rings = loop.mix, rings + 1
        if rings < PARTS and not stands_still:
            return
        while frame is not None and is_ours(frame.f_code.co_filename):
            frame = frame.f_back
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""
        busy = Busy(where=where)
        loop.fail(busy)
        raise busy

    before = _signal(signal.SIGVTALRM, ring)
    _setitimer(signal.ITIMER_VIRTUAL, cpu_s / PARTS, cpu_s / PARTS)
    try:
        yield
    finally:
        _setitimer(signal.ITIMER_VIRTUAL, 0)
        _signal(signal.SIGVTALRM, before)
