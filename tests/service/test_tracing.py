"""Spans through OpenTelemetry, and logs in the context of the work in hand."""

from __future__ import annotations

import importlib
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence

import msgspec
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from practicum.service.errors import OperationError
from practicum.service.live.logging import JsonFormatter, QueuedLines
from practicum.service.live.otel import OtelTracer
from practicum.service.live.tracing import SilentTracer, make_tracer
from practicum.service.tracing import Context, Trace, use_context
from worlds.fixed import FixedWorld


class Kept(SpanExporter):
    """Keeps what it is handed; ``stuck`` holds it up."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.stuck = threading.Event()
        self.stuck.set()
        self.closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep them."""
        self.stuck.wait(60)
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Note that it was asked to end."""
        self.closed = True


@pytest.fixture
def kept() -> Kept:
    """Where the spans go."""
    return Kept()


def test_a_span_is_a_child_of_the_trace_it_is_given(kept: Kept) -> None:
    """And a root without one; the ids come from the world."""
    tracer = OtelTracer("order", FixedWorld(7), exporter=kept, member="order-0")
    parent = Trace("ab" * 16, "cd" * 8)
    with tracer.span("POST /x", kind="server", parent=parent, attributes={"n": 1}) as trace:
        assert trace.trace_id == parent.trace_id
        assert trace.span_id != parent.span_id
    with tracer.span("alone", kind="internal", parent=None) as root:
        assert root.sampled
    tracer.close(60.0)
    child, alone = kept.spans
    assert child.parent is not None
    assert f"{child.parent.span_id:016x}" == parent.span_id
    assert (child.name, child.kind, child.attributes) == ("POST /x", SpanKind.SERVER, {"n": 1})
    assert alone.parent is None
    assert child.resource.attributes["service.name"] == "order"
    assert child.resource.attributes["service.instance.id"] == "order-0"
    again = OtelTracer("order", FixedWorld(7), exporter=kept)
    with again.span("POST /x", kind="server", parent=parent) as same:
        assert same == trace
    again.close(60.0)


def test_a_trace_that_is_not_sampled_is_not_exported(kept: Kept) -> None:
    """The caller's decision holds, and travels on."""
    tracer = OtelTracer("order", FixedWorld(), exporter=kept)
    parent = Trace("ab" * 16, "cd" * 8, sampled=False)
    with tracer.span("x", kind="server", parent=parent) as trace:
        assert not trace.sampled
        assert trace.trace_id == parent.trace_id
    tracer.close(60.0)
    assert kept.spans == []


@pytest.mark.parametrize(
    ("error", "kind", "failed"),
    [
        (OperationError("conflict", "no"), "server", False),
        (OperationError("conflict", "no"), "client", True),
        (OperationError("unavailable", "no"), "server", True),
        (RuntimeError("bug"), "internal", True),
    ],
)
def test_what_a_block_raises_is_the_status_of_its_span(
    kept: Kept, error: Exception, kind: str, failed: bool
) -> None:
    """What the caller did wrong is no failure of the server."""
    tracer = OtelTracer("order", FixedWorld(), exporter=kept)
    with pytest.raises(type(error)), tracer.span("x", kind=kind, parent=None):
        raise error
    tracer.close(60.0)
    (span,) = kept.spans
    assert (span.status.status_code is StatusCode.ERROR) is failed
    if isinstance(error, OperationError):
        assert span.attributes == {"error.type": error.code}
    else:
        assert span.events[0].name == "exception"


def test_an_exporter_that_is_stuck_holds_up_nobody(kept: Kept) -> None:
    """Neither the work, nor the end of the process."""
    kept.stuck.clear()
    tracer = OtelTracer("order", FixedWorld(), exporter=kept)
    for _ in range(5000):
        with tracer.span("x", kind="internal", parent=None):
            pass
    tracer.close(0.05)
    assert not kept.closed
    kept.stuck.set()


def test_without_an_endpoint_nothing_is_recorded_nor_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that exports nothing does not pay for the SDK."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    assert isinstance(make_tracer("order", FixedWorld()), SilentTracer)
    code = (
        "import sys; from practicum.service.live.clock import LiveWorld; "
        "from practicum.service.live.tracing import make_tracer; make_tracer('x', LiveWorld()); "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, env={}).returncode == 0


def test_an_endpoint_without_the_exporter_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The message says what to install."""

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(importlib, "import_module", absent)
    tracer = make_tracer("order", FixedWorld())
    assert isinstance(tracer, SilentTracer)
    tracer.close()
    assert ["practicum[otlp]" in r.message for r in caplog.records] == [True]
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    make_tracer("order", FixedWorld())
    assert len(caplog.records) == 1


def logged(service: str = "order", member: str = "") -> tuple[logging.Logger, io.StringIO]:
    """A logger of its own, and what it writes."""
    stream = io.StringIO()
    handler = QueuedLines(stream)
    handler.setFormatter(JsonFormatter(service, member))
    logger = logging.Logger("practicum.test")
    logger.addHandler(handler)
    return logger, stream


def lines(logger: logging.Logger, stream: io.StringIO) -> list[dict[str, object]]:
    """What was written, once all of it is."""
    logger.handlers[0].flush()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_log_line_carries_the_ids_of_the_work_in_hand() -> None:
    """They are read where the line is logged, not where it is written."""
    logger, stream = logged(member="order-1")
    trace = Trace("ab" * 16, "cd" * 8)
    with use_context(Context(correlation_id="order-7", trace=trace)):
        logger.info("paid %d", 5, extra={"amount": 5, "service": "x", "thing": object})
    logger.warning("outside")
    inside, outside = lines(logger, stream)
    assert inside["message"] == "paid 5"
    assert inside["correlation_id"] == "order-7"
    assert (inside["trace_id"], inside["span_id"]) == (trace.trace_id, trace.span_id)
    assert (inside["service"], inside["member"], inside["amount"]) == ("order", "order-1", 5)
    assert inside["extra_service"] == "x"
    assert str(inside["time"]).endswith("Z")
    assert (outside["level"], "trace_id" in outside) == ("warning", False)


def test_an_exception_is_one_line() -> None:
    """With its traceback inside, and odd values as text."""
    logger, stream = logged()
    try:
        raise ValueError("two\nlines \ud800")
    except ValueError:
        logger.exception("failed", extra={"odd": {1: {2}}, "many": float("nan")})
    (line,) = lines(logger, stream)
    assert "Traceback" in str(line["exception"])
    assert line["message"] == "failed"


def test_a_reader_that_stops_reading_stops_no_logger() -> None:
    """Lines are dropped and counted; the next one tells how many."""
    gate = threading.Event()
    written: list[str] = []

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            gate.wait(60)
            written.append(text)
            return len(text)

    handler = QueuedLines(Stuck(), lines_held_max=2)
    handler.setFormatter(JsonFormatter("order"))
    logger = logging.Logger("practicum.test")
    logger.addHandler(handler)
    for number in range(50):
        logger.info("line %d", number)
    gate.set()
    handler.flush(60.0)
    logger.info("after")
    handler.flush(60.0)
    last = msgspec.json.decode(written[-1])
    assert last["message"] == "after"
    assert last["log_lines_dropped"] == 50 - (len(written) - 1)


def test_a_process_writes_its_last_lines_before_it_ends() -> None:
    """Also when it says them just before."""
    code = (
        "import logging; from practicum.service.live.logging import configure_logging; "
        "configure_logging('order', 'order-0'); "
        "[logging.getLogger('x').info('line %d', n) for n in range(500)]"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env={})
    assert [json.loads(line)["message"] for line in done.stdout.splitlines()] == [
        f"line {n}" for n in range(500)
    ]
    assert done.stderr == b""
