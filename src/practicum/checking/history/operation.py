"""An operation as its client saw it: asked at one moment, answered at a later one or never."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from enum import StrEnum
from typing import Any

import msgspec

NEVER = sys.maxsize
"""The position of a completion that never came: after every event."""


class Outcome(StrEnum):
    """What the client knows: it happened, it surely did not, or nobody can say.

    What nobody can say may take effect at any moment after it was asked for, or never.
    """

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


class Operation(msgspec.Struct, frozen=True, gc=False):
    """One operation. ``kind`` is what Jepsen calls ``f``: read, write, cas, add, ...

    ``invoked`` and ``completed`` are positions in the list of events, so that two operations
    are concurrent when neither completed before the other was invoked; ``completed`` is
    ``NEVER`` unless the outcome is ``ok``. ``begun_s`` and ``ended_s`` are the same moments in
    seconds, for people; ``line`` is where the invocation stands in its file. Values are
    hashable (see ``frozen``).
    """

    process: int | str
    kind: str
    input: Any = None
    output: Any = None
    key: Hashable = None
    outcome: Outcome = Outcome.OK
    invoked: int = 0
    completed: int = NEVER
    begun_s: float | None = None
    ended_s: float | None = None
    line: int = 0

    def precedes(self, other: Operation) -> bool:
        """Whether this one had ended before the other began."""
        return self.completed < other.invoked
