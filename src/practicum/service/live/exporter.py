"""Sends spans, figures and log lines to an OTLP receiver, from a thread, in batches.

Telemetry must never harm what it tells about. Whoever hands something over never waits: when
the receiver is away or slow, what does not fit into the queue is dropped, and the number of
dropped items is itself a figure (``practicum.telemetry.dropped``).
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import deque
from collections.abc import Mapping
from importlib.metadata import version
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from practicum.service.live import otlp
from practicum.service.live.metrics import LiveMeter

HELD_MAX = 20_000
BATCH_MAX = 2_000
FLUSH_EVERY_S = 0.5
METRICS_EVERY_S = 5.0
PAUSE_MAX_S = 10.0
_SEND_TIMEOUT_S = 2.0
_encoder = msgspec.json.Encoder()


class Recorded(NamedTuple):
    """A span that is over, cheap to make; times in Unix seconds."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    start: float
    end: float
    error: str
    attributes: Mapping[str, str | int | float | bool] | None


class Exporter:
    """Holds what is handed over and sends it about twice a second. `close` sends the rest."""

    def __init__(self, url: str, service: str, meter: LiveMeter, *, member: str = "") -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 4318
        self._meter = meter
        self._resource = otlp.Resource(
            [
                otlp.key_value("service.name", service),
                otlp.key_value("service.namespace", "practicum"),
                otlp.key_value("service.version", version("practicum")),
                otlp.key_value("service.instance.id", member or service),
            ]
        )
        self._spans: deque[Recorded] = deque()
        self._lines: deque[otlp.LogRecord] = deque()
        self._dropped = 0
        self._connection: http.client.HTTPConnection | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def span(self, span: Recorded) -> None:
        """Hand a span over."""
        if len(self._spans) < HELD_MAX:
            self._spans.append(span)
        else:
            self._dropped += 1

    def line(self, line: otlp.LogRecord) -> None:
        """Hand a log line over."""
        if len(self._lines) < HELD_MAX:
            self._lines.append(line)
        else:
            self._dropped += 1

    def close(self, timeout_s: float = 2.0) -> None:
        """Send what is held, for at most ``timeout_s`` seconds."""
        self._closing.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        pause_s, metrics_at = FLUSH_EVERY_S, time.monotonic() + METRICS_EVERY_S
        while True:
            closing = self._closing.wait(pause_s)
            sent = self._flush()
            if sent and (closing or time.monotonic() >= metrics_at):
                metrics_at = time.monotonic() + METRICS_EVERY_S
                self._send_metrics()
            if closing:
                return
            pause_s = FLUSH_EVERY_S if sent else min(PAUSE_MAX_S, pause_s * 2)

    def _flush(self) -> bool:
        """Send all that is held; False when the receiver is away."""
        while self._spans or self._lines:
            spans = [self._spans.popleft() for _ in range(min(BATCH_MAX, len(self._spans)))]
            lines = [self._lines.popleft() for _ in range(min(BATCH_MAX, len(self._lines)))]
            if not (self._send_spans(spans) and self._send_lines(lines)):
                self._dropped += len(spans) + len(lines)
                return False
        return True

    def _send_spans(self, spans: list[Recorded]) -> bool:
        scope = otlp.ScopeSpans([_otlp_span(span) for span in spans])
        body = otlp.Traces([otlp.ResourceSpans(self._resource, [scope])])
        return not spans or self._post("/v1/traces", body)

    def _send_lines(self, lines: list[otlp.LogRecord]) -> bool:
        body = otlp.Logs([otlp.ResourceLogs(self._resource, [otlp.ScopeLogs(lines)])])
        return not lines or self._post("/v1/logs", body)

    def _send_metrics(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self._meter.count("practicum.telemetry.dropped", dropped)
        scope = otlp.ScopeMetrics(self._meter.collect())
        body = otlp.Metrics([otlp.ResourceMetrics(self._resource, [scope])])
        self._post("/v1/metrics", body)

    def _post(self, path: str, message: msgspec.Struct) -> bool:
        body = _encoder.encode(message)
        for fresh in (False, True):  # a kept connection may have died with the receiver
            if fresh or self._connection is None:
                self._hang_up()
                self._connection = http.client.HTTPConnection(
                    self._host, self._port, timeout=_SEND_TIMEOUT_S
                )
            try:
                self._connection.request("POST", path, body, {"content-type": "application/json"})
                response = self._connection.getresponse()
                response.read()
            except TimeoutError:
                break
            except (OSError, http.client.HTTPException):
                continue
            return response.status < 300
        self._hang_up()
        return False

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _otlp_span(span: Recorded) -> otlp.Span:
    attributes = (
        [otlp.key_value(*pair) for pair in span.attributes.items()] if span.attributes else []
    )
    if span.kind in ("producer", "consumer"):
        attributes.append(_NATS)
    elif span.attributes and "db.operation.name" in span.attributes:
        attributes.append(_POSTGRES)
    return otlp.Span(
        span.trace_id,
        span.span_id,
        span.name,
        int(span.start * 1e9),
        int(span.end * 1e9),
        span.parent_id,
        otlp.KINDS[span.kind],
        attributes,
        otlp.Status(otlp.ERROR, span.error) if span.error else _UNSET,
    )


_UNSET = otlp.Status()
_NATS = otlp.key_value("messaging.system", "nats")
_POSTGRES = otlp.key_value("db.system.name", "postgresql")
