"""A trace as a waterfall: its spans in the order of a story, and the waits between them.

Spans come from several processes, in any order, some of them lost, with clocks that differ.
Whatever they are, every span is drawn once: below its parent if that is there, else at the
top. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from practicum.telemetry.records import SpanRecord

PRODUCER, CONSUMER = 4, 5


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A bar. ``offset_ms`` counts from the beginning of the trace. A row without a span is a
    wait: ``outbox`` (written, not yet published) or ``log`` (published, not yet handled)."""

    depth: int
    label: str
    service: str
    offset_ms: float
    duration_ms: float
    error: str = ""
    span: SpanRecord | None = None


class Waterfall(msgspec.Struct, frozen=True):
    """Rows from the top; ``start_ns`` is the earliest moment of any of them."""

    trace_id: str
    start_ns: int
    duration_ms: float
    rows: tuple[Row, ...]


def waterfall(spans: Iterable[SpanRecord]) -> Waterfall:
    """The waterfall of one trace's spans; ValueError without any."""
    unique = {span.span_id: span for span in spans}
    if not unique:
        raise ValueError("a trace without spans has no waterfall")
    story = _in_order(unique)
    start = min(span.start_ns for span, _ in story)
    end = max(max(span.end_ns, span.start_ns) for span, _ in story)
    rows: list[Row] = []
    for span, depth in story:
        rows.extend(_waits(span, unique.get(span.parent_id), depth, start))
        rows.append(
            Row(
                depth=depth,
                label=span.name,
                service=span.service,
                offset_ms=(span.start_ns - start) / 1e6,
                duration_ms=span.duration_ms,
                error=span.error,
                span=span,
            )
        )
    first = story[0][0]
    return Waterfall(first.trace_id, start, (end - start) / 1e6, tuple(rows))


def _in_order(unique: dict[str, SpanRecord]) -> Sequence[tuple[SpanRecord, int]]:
    """Depth first, siblings by time. Spans whose parents form a circle start at the earliest."""
    by_time = sorted(unique.values(), key=lambda span: (span.start_ns, span.end_ns, span.span_id))
    children: dict[str, list[SpanRecord]] = {}
    for span in by_time:
        children.setdefault(span.parent_id, []).append(span)
    roots = [span for span in by_time if span.parent_id not in unique]
    story: list[tuple[SpanRecord, int]] = []
    seen: set[str] = set()
    for root in [*roots, *by_time]:
        stack = [(root, 0)]
        while stack:
            span, depth = stack.pop()
            if span.span_id in seen:
                continue
            seen.add(span.span_id)
            story.append((span, depth))
            below = children.get(span.span_id, [])
            stack.extend((child, depth + 1) for child in reversed(below))
    return story


def _waits(span: SpanRecord, parent: SpanRecord | None, depth: int, start: int) -> Iterable[Row]:
    since: int | None = None
    if span.kind == PRODUCER:
        since, label = _nanoseconds(span.attributes.get("practicum.written_at")), "outbox"
    elif span.kind == CONSUMER and parent is not None and parent.kind == PRODUCER:
        topic = span.attributes.get("messaging.destination.name", "")
        since, label = parent.end_ns, f"log {topic}".rstrip()
    if since is not None and start <= since < span.start_ns:
        yield Row(
            depth=depth,
            label=label,
            service="",
            offset_ms=(since - start) / 1e6,
            duration_ms=(span.start_ns - since) / 1e6,
        )


def _nanoseconds(text: object) -> int | None:
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return int(moment.timestamp() * 1e6) * 1000
