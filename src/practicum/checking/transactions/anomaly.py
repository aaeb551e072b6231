"""Anomalies by name, and which isolation level forbids which.

The names are Adya's (Weak Consistency, 1999), as Elle uses them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from practicum.checking.proof import Proof


class Level(StrEnum):
    """Isolation levels, each stronger than those before."""

    READ_UNCOMMITTED = "read-uncommitted"
    READ_COMMITTED = "read-committed"
    SNAPSHOT_ISOLATION = "snapshot-isolation"
    SERIALIZABLE = "serializable"
    SESSION_SERIALIZABLE = "strong-session-serializable"
    STRICT_SERIALIZABLE = "strict-serializable"


DIRTY_WRITE = "G0"
ABORTED_READ = "G1a"
INTERMEDIATE_READ = "G1b"
CIRCULAR = "G1c"
READ_SKEW = "G-single"
WRITE_SKEW = "G2-item"
LOST_UPDATE = "lost update"
INCOMPATIBLE = "incompatible order"
DUPLICATE = "duplicate"
PHANTOM = "phantom"
INTERNAL = "internal"

MEANINGS = {
    DIRTY_WRITE: "transactions wrote over each other",
    ABORTED_READ: "a read of what was never committed",
    INTERMEDIATE_READ: "a read of what its writer wrote over before it committed",
    CIRCULAR: "each transaction depends on what the next one wrote",
    READ_SKEW: "a transaction missed a write that it depends on",
    WRITE_SKEW: "transactions missed each other's writes",
    LOST_UPDATE: "two transactions changed what both had read",
    INCOMPATIBLE: "a list is in two orders",
    DUPLICATE: "a value is in a list twice",
    PHANTOM: "a value is in a list that nobody appended",
    INTERNAL: "a transaction's read does not fit what it did itself",
}
PROCESS, REALTIME = "-process", "-realtime"
"""What is added to the name of a cycle that needs the order of a session, or of time."""

_FIRST = {
    Level.READ_UNCOMMITTED: (DIRTY_WRITE, INCOMPATIBLE, DUPLICATE, PHANTOM),
    Level.READ_COMMITTED: (ABORTED_READ, INTERMEDIATE_READ, CIRCULAR),
    Level.SNAPSHOT_ISOLATION: (READ_SKEW, LOST_UPDATE, INTERNAL),
    Level.SERIALIZABLE: (WRITE_SKEW,),
}
_CYCLES = (DIRTY_WRITE, CIRCULAR, READ_SKEW, WRITE_SKEW)


class Anomaly(msgspec.Struct, frozen=True):
    """An anomaly that was found, and its proof."""

    name: str
    proof: Proof


def meaning(name: str) -> str:
    """What an anomaly is, in words."""
    for suffix, words in ((PROCESS, "in the order of a session"), (REALTIME, "in real time")):
        if name.endswith(suffix):
            return f"{MEANINGS[name.removesuffix(suffix)]}, {words}"
    return MEANINGS[name]


def forbidden(level: Level) -> frozenset[str]:
    """The anomalies that a level forbids: its own and those of weaker levels."""
    found: set[str] = set()
    for each in Level:
        found.update(_FIRST.get(each, ()))
        if each is Level.SESSION_SERIALIZABLE:
            found.update(name + PROCESS for name in _CYCLES)
        if each is Level.STRICT_SERIALIZABLE:
            found.update(name + REALTIME for name in _CYCLES)
        if each is level:
            break
    return frozenset(found)
