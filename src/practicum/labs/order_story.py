"""An order's story in a few lines: the hops of its traces, and its messages on the log. Pure.

Traces tell what processes did, but a process that was killed takes its last spans with it. The
log tells what was said, whoever died afterwards. Side by side they leave few gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from practicum.labs.facts import OnLog
from practicum.service.world import unix_seconds
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.waterfall import CONSUMER, PRODUCER

LINES_MAX = 28
_SERVICE_WIDTH, _WHAT_WIDTH = 12, 40
_MESSAGE_ID = "messaging.message.id"
_TYPE = re.compile(r"\bshop\.([\w.]+?)\.v\d+\b")

Moment = tuple[float, str]
"""Unix seconds, and a line without its time."""


def story(spans: Iterable[SpanRecord], messages: Iterable[OnLog]) -> tuple[str, ...]:
    """Hops and messages in the order of time, each with its seconds from the first of them.

    A message stands there only if no hop shows that it was handled; what a process does for
    itself, only if it failed.
    """
    unique = {span.span_id: span for span in spans}.values()
    hops = [_hop(span) for span in unique if span.error or not _is_inner(span)]
    handled = {span.attributes.get(_MESSAGE_ID) for span in unique if span.kind == CONSUMER}
    unheard = [_sent(message) for message in messages if message.event.id not in handled]
    return _timed([*hops, *unheard])


def _is_inner(span: SpanRecord) -> bool:
    return span.kind == PRODUCER or "db.operation.name" in span.attributes


def message_lines(messages: Iterable[OnLog]) -> tuple[str, ...]:
    """The messages alone, each with its own id and that of the message that caused it."""
    moments = []
    for message in messages:
        event = message.event
        cause = f" because of {_tail(event.causationid)}" if event.causationid else ""
        at, line = _sent(message)
        moments.append((at, f"{line:<{_WHAT_WIDTH + 20}} {_tail(event.id)}{cause}"))
    return _timed(moments)


def _timed(moments: Iterable[Moment]) -> tuple[str, ...]:
    ordered = sorted(moments, key=lambda moment: moment[0])
    lines = [f"{at - ordered[0][0]:8.3f} s  {line}".rstrip() for at, line in ordered]
    return shortened(lines)


def shortened(lines: Sequence[str], lines_max: int = LINES_MAX) -> tuple[str, ...]:
    """The beginning and the end, and how much was left out between them."""
    if len(lines) <= lines_max:
        return tuple(lines)
    head, tail = lines_max // 2, lines_max - lines_max // 2 - 1
    left_out = f"{'':10}  … {len(lines) - head - tail} more …"
    return (*lines[:head], left_out, *lines[-tail:])


def _hop(span: SpanRecord) -> Moment:
    attempt = span.attributes.get("practicum.attempt", 1)
    again = f"  attempt {attempt}" if isinstance(attempt, int) and attempt > 1 else ""
    peer = span.attributes.get("peer.service")
    what = f"{_plain(span.name)}{f' to {peer}' if peer else ''}"
    key = span.attributes.get("practicum.idempotency_key")
    again += f"  key {_tail(str(key))}" if key else ""
    error = f"  FAILED: {' '.join(span.error.split())}" if span.error else ""
    took = f"{span.duration_ms:7.1f} ms"
    line = f"{span.service:<{_SERVICE_WIDTH}} {what:<{_WHAT_WIDTH}} {took}{again}{error}"
    return span.start_ns / 1e9, line


def _sent(message: OnLog) -> Moment:
    event = message.event
    sender = event.source.strip("/").partition("/")[0] or "?"
    what = f"says {_plain(event.type)} on {message.topic}"
    return unix_seconds(event.time), f"{sender:<{_SERVICE_WIDTH}} {what:<{_WHAT_WIDTH}}"


def _plain(name: str) -> str:
    """Without the words that all types share."""
    return _TYPE.sub(r"\1", name)


def _tail(id: str) -> str:
    """Enough of an id to tell it from its neighbours."""
    return f"…{id[-6:]}"
