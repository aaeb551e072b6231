"""Tail sampling: which traces are worth keeping, told when they have shown what they are.

A trace is kept from its first span on if it is in the share or if there is room in this second;
so with little traffic everything is kept. Any other waits in memory until one of its spans
fails, or it has taken too long; then all of it is kept, and all that still comes. When it has
been silent for a while, or there is no more room, it is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from practicum.telemetry.records import SpanRecord

_RANDOM_BITS = 56


class _Waiting:
    __slots__ = ("end_ns", "seen_at", "spans", "start_ns")

    def __init__(self, now: float) -> None:
        self.spans: list[SpanRecord] = []
        self.start_ns, self.end_ns = 1 << 63, 0
        self.seen_at = now


class TailSampler:
    """Pure but for its memory; ``now`` is in seconds of any clock that does not jump.

    ``keep_share`` (0 to 1, by trace id) and up to ``keep_per_s`` traces a second are kept
    whatever they are. At most ``waiting_max`` spans wait, for ``wait_s`` after the last one
    of their trace.
    """

    def __init__(
        self,
        *,
        slow_ms: float,
        keep_share: float,
        keep_per_s: float,
        wait_s: float = 30.0,
        waiting_max: int = 60_000,
        decided_max: int = 50_000,
    ) -> None:
        self._slow_ns = slow_ms * 1e6
        self._lowest = round((1 - keep_share) * (1 << _RANDOM_BITS))
        self._keep_per_s = keep_per_s
        self._wait_s, self._waiting_max, self._decided_max = wait_s, waiting_max, decided_max
        self._room, self._room_at = keep_per_s, 0.0
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._count = 0
        self.forgotten = 0

    @property
    def waiting(self) -> int:
        """How many spans wait for a decision."""
        return self._count

    def take(self, spans: Iterable[SpanRecord], now: float) -> list[SpanRecord]:
        """Take spans as they come; returns those that are to be kept by now."""
        out: list[SpanRecord] = []
        for span in spans:
            id = span.trace_id
            if id in self._kept:
                self._kept.move_to_end(id)
                out.append(span)
            elif id not in self._waiting and self._welcome(id, now):
                self._keep(id, out)
                out.append(span)
            else:
                self._hold(span, now, out)
        self._forget(now)
        return out

    def _welcome(self, trace_id: str, now: float) -> bool:
        if int(trace_id[-14:], 16) >= self._lowest:
            return True
        refill = (now - self._room_at) * self._keep_per_s
        self._room = min(self._keep_per_s, self._room + max(0.0, refill))
        self._room_at = now
        if self._room < 1:
            return False
        self._room -= 1
        return True

    def _hold(self, span: SpanRecord, now: float, out: list[SpanRecord]) -> None:
        waiting = self._waiting.get(span.trace_id)
        if waiting is None:
            waiting = self._waiting[span.trace_id] = _Waiting(now)
        waiting.spans.append(span)
        self._count += 1
        waiting.start_ns = min(waiting.start_ns, span.start_ns)
        waiting.end_ns = max(waiting.end_ns, span.end_ns)
        waiting.seen_at = now
        self._waiting.move_to_end(span.trace_id)
        if span.error or waiting.end_ns - waiting.start_ns >= self._slow_ns:
            self._keep(span.trace_id, out)

    def _keep(self, trace_id: str, out: list[SpanRecord]) -> None:
        waiting = self._waiting.pop(trace_id, None)
        if waiting is not None:
            out += waiting.spans
            self._count -= len(waiting.spans)
        self._kept[trace_id] = None
        if len(self._kept) > self._decided_max:
            self._kept.popitem(last=False)

    def _forget(self, now: float) -> None:
        while self._waiting:
            id, oldest = next(iter(self._waiting.items()))
            if self._count <= self._waiting_max and now - oldest.seen_at < self._wait_s:
                return
            del self._waiting[id]
            self._count -= len(oldest.spans)
            self.forgotten += len(oldest.spans)
