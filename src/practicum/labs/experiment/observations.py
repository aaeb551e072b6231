"""What an experiment hands to its checks: where the range is, and what was done to it."""

from __future__ import annotations

import msgspec


class FaultSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A fault and its traces; times in seconds from the start of the experiment.

    ``struck`` says that it was there at all. ``recovery_s`` is the time from its beginning
    until every order that was under way then had ended; None if that was not seen.
    """

    what: str
    kind: str
    target: str
    began_s: float
    ended_s: float
    struck: bool
    outcome: str
    recovery_s: float | None = None


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """One second of the experiment: orders accepted, refused and ended in it, and the 99th
    percentile of the edge's answers, in milliseconds (None without an answer)."""

    at_s: int
    accepted: int
    refused: int
    ended: int
    p99_ms: float | None


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """The experiment's own notes.

    ``peers`` maps services to base URLs. ``accepted`` are the orders that a buyer was
    promised; ``asked`` are all that may be there, also those whose buyer never got an answer.
    ``refused`` counts the others by reason. ``planned`` are the faults that should strike, in
    words. ``shelf`` are the products that the crowd bought from; empty means all of the shop,
    and then everything in the shop is judged. ``began_at`` is in Unix seconds. A ``calm`` run was
    meant to have no faults.
    """

    range: str
    peers: dict[str, str]
    accepted: tuple[str, ...]
    planned: tuple[str, ...] = ()
    faults: tuple[FaultSeen, ...] = ()
    seconds: tuple[Second, ...] = ()
    asked: tuple[str, ...] = ()
    refused: dict[str, int] = {}
    latencies_ms: tuple[float, ...] = ()
    shelf: tuple[str, ...] = ()
    began_at: float = 0.0
    settled: bool = True
    calm: bool = False


class Saga(msgspec.Struct, frozen=True):
    """An order's beginning and latest event, in seconds from the start of the experiment."""

    status: str
    began_s: float
    ended_s: float
