"""How Hypothesis looks for examples: the same ones on every run of CI, new ones elsewhere; a
terminal that is as wide, and as colourless, wherever the tests are run from, and whose Ctrl-C
reaches what they start; and the longest proofs first, so that no worker is left with one when the
other has ended."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("elsewhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Read by rich when the package is imported, which is after this.
os.environ["COLUMNS"] = "250"
for forced in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(forced, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Proofs that say how many minutes they take (about, on two calm cores) come first."""
    items.sort(key=_minutes, reverse=True)


def _minutes(item: pytest.Item) -> float:
    """What the nearest mark says; nothing is short."""
    said = (mark.kwargs.get("minutes", 0.0) for mark in item.iter_markers("prove"))
    return next(said, 0.0)


def pytest_collection_finish() -> None:
    """What was loaded stays: no collection of garbage need look through all tests again."""
    gc.collect()
    gc.freeze()
