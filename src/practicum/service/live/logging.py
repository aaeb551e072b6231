"""Structured logs: one JSON object a line on standard output.

Lines are made where they are logged, in the context of the work in hand, and written by a
thread, so that a reader who stops reading cannot stop the event loop. When the queue is full
lines are dropped, and counted in the next one that is written.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
from typing import IO, Any

import msgspec

from practicum.service.live import otlp
from practicum.service.live.exporter import Exporter
from practicum.service.tracing import current_context
from practicum.service.world import rfc3339

_LINES_HELD_MAX = 10_000
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_encoder = msgspec.json.Encoder(enc_hook=repr)


class JsonFormatter(logging.Formatter):
    """A record as JSON: time, level, service, member, logger and message, the ids of the
    current context, whatever was given as ``extra``, and the exception."""

    def __init__(self, service: str, member: str = "") -> None:
        super().__init__()
        self._who = {"service": service, "member": member} if member else {"service": service}

    def format(self, record: logging.LogRecord) -> str:
        """One line, without its end."""
        line: dict[str, Any] = {
            "time": rfc3339(record.created),
            "level": record.levelname.lower(),
            **self._who,
            "logger": record.name,
            "message": record.getMessage(),
        }
        context = current_context()
        if context is not None:
            line["correlation_id"] = context.correlation_id
            line["trace_id"] = context.trace.trace_id
            line["span_id"] = context.trace.span_id
        for name, value in vars(record).items():
            if name not in _USUAL:
                line[name if name not in self._who else f"extra_{name}"] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return _encoder.encode(line).decode()
        except (TypeError, ValueError, RecursionError):
            return _encoder.encode({_plain(k): _plain(v) for k, v in line.items()}).decode()


def _plain(value: object) -> str:
    return str(value).encode(errors="backslashreplace").decode()


class QueuedLines(logging.Handler):
    """Writes formatted records to ``stream`` from a thread, in order."""

    def __init__(self, stream: IO[str], lines_held_max: int = _LINES_HELD_MAX) -> None:
        super().__init__()
        self._stream = stream
        self._queue: queue.Queue[str | threading.Event] = queue.Queue(lines_held_max)
        self._dropped = 0
        threading.Thread(target=self._write, name="log writer", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line; drop it when too many wait already."""
        try:
            if self._dropped:
                record.log_lines_dropped = self._dropped
            self._queue.put_nowait(self.format(record))
            self._dropped = 0
        except queue.Full:
            self._dropped += 1
        except Exception:
            self.handleError(record)

    def flush(self, timeout_s: float = 1.0) -> None:
        """Wait until what was logged is written, but not longer than ``timeout_s``."""
        written = threading.Event()
        try:
            self._queue.put(written, timeout=timeout_s)
        except queue.Full:
            return
        written.wait(timeout_s)

    def _write(self) -> None:
        while True:
            item = self._queue.get()
            try:
                if isinstance(item, threading.Event):
                    self._stream.flush()
                    item.set()
                    continue
                self._stream.write(item + "\n")
                if self._queue.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                # Nobody reads any more; there is nowhere left to say so.
                if isinstance(item, threading.Event):
                    item.set()


def configure_logging(service: str, member: str = "", *, level: int = logging.INFO) -> None:
    """Send every logger's records of ``level`` and above to standard output as JSON.

    Replaces what was configured before. `logging.shutdown`, which Python calls when it ends,
    waits up to a second for the last lines.
    """
    handler = QueuedLines(sys.stdout)
    handler.setFormatter(JsonFormatter(service, member))
    root = logging.getLogger()
    for other in root.handlers[:]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level)


class ExportedLines(logging.Handler):
    """Hands records to an exporter, with the ids of the work in hand."""

    def __init__(self, exporter: Exporter) -> None:
        super().__init__()
        self._exporter = exporter

    def emit(self, record: logging.LogRecord) -> None:
        """Hand it over; never waits."""
        try:
            self._exporter.line(_otlp_line(record))
        except Exception:
            self.handleError(record)


def export_logging(exporter: Exporter) -> logging.Handler:
    """Send every record to an exporter too, besides standard output. Remove the handler from
    the root logger before the exporter is closed."""
    handler = ExportedLines(exporter)
    logging.getLogger().addHandler(handler)
    return handler


def _otlp_line(record: logging.LogRecord) -> otlp.LogRecord:
    line = otlp.LogRecord(
        int(record.created * 1e9),
        min(21, max(1, record.levelno // 10 * 4 + 1)),
        record.levelname,
        otlp.AnyValue(string_value=_plain(record.getMessage())),
        [otlp.key_value("logger", record.name)],
    )
    context = current_context()
    if context is not None:
        line.trace_id, line.span_id = context.trace.trace_id, context.trace.span_id
        line.attributes.append(otlp.key_value("correlation_id", context.correlation_id))
    for name, value in vars(record).items():
        if name not in _USUAL:
            line.attributes.append(otlp.key_value(name, _plain(value)))
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        line.attributes.append(otlp.key_value("exception.type", type(error).__name__))
        line.attributes.append(otlp.key_value("exception.message", _plain(error)))
    return line
