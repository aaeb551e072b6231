"""Figures that a service tells about itself: how often, how long, how much now.

Names are OpenTelemetry's where it has one (``messaging.client.operation.duration``), otherwise
they begin with ``practicum.``; durations are in seconds. What is told costs about a
microsecond, and nothing where nobody listens. Attributes must have few values: an order's id
does not belong there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Attributes = Mapping[str, str | int | float | bool]
NONE: Attributes = {}


class Meter(Protocol):
    """Port: take figures. None of the methods ever fails or waits."""

    def count(self, name: str, by: int = 1, attributes: Attributes = NONE) -> None:
        """``by`` more of something that only grows."""
        ...

    def record(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """One observation of something whose distribution matters: a duration, a batch size."""
        ...

    def gauge(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """What something is now; replaces what it was."""
        ...


class QuietMeter:
    """Nobody listens."""

    def count(self, name: str, by: int = 1, attributes: Attributes = NONE) -> None:
        """See the port."""

    def record(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """See the port."""

    def gauge(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """See the port."""
