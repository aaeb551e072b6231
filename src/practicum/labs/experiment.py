"""What an experiment hands to its checks: where the range is, and what was done to it."""

from __future__ import annotations

import msgspec


class CrashHit(msgspec.Struct, frozen=True, kw_only=True):
    """A crash point that fired; ``at_s`` counts from the start of the experiment."""

    service: str
    point: str
    at_s: float


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """The experiment's own notes.

    ``peers`` maps services to base URLs. ``accepted`` are the orders that a buyer was
    promised. ``planned`` are the crash points that should fire, ``hits`` those that did.
    ``recovery_s`` is the time from the hit until every order that was under way then had
    ended; None if that was not seen.
    """

    range: str
    peers: dict[str, str]
    accepted: tuple[str, ...]
    planned: tuple[str, ...] = ()
    hits: tuple[CrashHit, ...] = ()
    recovery_s: float | None = None
