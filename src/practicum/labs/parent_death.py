"""A process that does somebody's bidding must not outlive him, however he ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(after_s: float | None = None) -> None:
    """End at once when the parent does (on Linux), and anyway ``after_s`` from now."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it ended just before
            os.kill(os.getpid(), signal.SIGKILL)
    if after_s is not None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, after_s)
