"""Telemetry as it is kept: one record for each span, figure and log line."""

from __future__ import annotations

import msgspec

Attributes = dict[str, str | int | float | bool]


class SpanRecord(msgspec.Struct, gc=False):
    """A span. Times in nanoseconds since the Unix epoch; ``kind`` is OTLP's number; ``key``
    is the business key (an order's id), ``error`` is empty unless the span failed."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    service: str
    member: str
    start_ns: int
    end_ns: int
    error: str
    key: str
    correlation_id: str
    attributes: Attributes

    @property
    def duration_ms(self) -> float:
        """How long it took; never negative, whatever the clocks said."""
        return max(0, self.end_ns - self.start_ns) / 1e6


class FigureRecord(msgspec.Struct, gc=False):
    """A figure since the one before (counters, distributions) or now (gauges). ``buckets``
    belong to a distribution: OTLP's exponential index and how many fell into it."""

    time_ns: int
    service: str
    member: str
    name: str
    attributes: Attributes
    value: float
    count: int = 0
    scale: int = 0
    zeros: int = 0
    buckets: dict[int, int] = {}


class LineRecord(msgspec.Struct, gc=False):
    """A log line; ``severity`` is OTLP's number (9 info, 13 warning, 17 error)."""

    time_ns: int
    service: str
    member: str
    severity: int
    text: str
    trace_id: str
    span_id: str
    correlation_id: str
    attributes: Attributes


class TraceSummary(msgspec.Struct, frozen=True):
    """A trace in a list. ``name`` and ``service`` are its first span's."""

    trace_id: str
    name: str
    service: str
    start_ns: int
    duration_ms: float
    spans: int
    errors: int
    error: str = ""
    key: str = ""
