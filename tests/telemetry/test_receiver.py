"""The receiver takes what OTLP allows, refuses the rest, and never dies of either."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from practicum.servers.ports import choose
from practicum.service.errors import OperationError
from practicum.service.live.clock import LiveWorld
from practicum.service.live.exporter import HELD_MAX, Exporter
from practicum.service.live.metrics import LiveMeter
from practicum.service.live.tracing import RecordingTracer
from practicum.service.manifest import ReceiverConfig, TelemetrySpec
from practicum.service.tracing import Trace
from practicum.telemetry.decoding import Unreadable, read_figures, read_lines, read_spans
from practicum.telemetry.forwarding import Forwarder, as_protobuf, forwarder_of_environment
from practicum.telemetry.reading import Archive, NothingKept
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.store import FILE, Store

TIMEOUT_S = 60
PROTOBUF = "application/x-protobuf"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def protobuf_traces(trace_id: str = TRACE, spans: int = 1) -> bytes:
    """As any OpenTelemetry SDK sends it."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    who = resource.resource.attributes.add(key="service.name")
    who.value.string_value = "stranger"
    scope = resource.scope_spans.add()
    for number in range(1, spans + 1):
        span = scope.spans.add(name="GET /x", kind=2)
        span.trace_id, span.span_id = bytes.fromhex(trace_id), number.to_bytes(8, "big")
        span.start_time_unix_nano, span.end_time_unix_nano = 1_000, 2_000
        span.attributes.add(key="practicum.key").value.string_value = "o-7"
        span.attributes.add(key="n").value.int_value = 7
        span.status.code, span.status.message = 2, "no"
    encoded: bytes = request.SerializeToString()
    return encoded


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():  # noqa: ASYNC110 - the condition belongs to somebody else
            await asyncio.sleep(0.01)


class Process:
    """A receiver in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "telemetry"
        self.port = choose(["telemetry"], {}, None)["telemetry"]
        spec = TelemetrySpec(module="practicum.telemetry.receiver", keep_share=1.0)
        config = ReceiverConfig(
            host="127.0.0.1", port=self.port, folder=str(self.folder), spec=spec
        )
        self._config = folder / "config.json"
        self._config.write_bytes(msgspec.json.encode(config))
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it (again)."""
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "practicum.telemetry.receiver", str(self._config)],
            stdout=subprocess.DEVNULL,
        )

    async def ready(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(TIMEOUT_S), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health/ready") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def post(self, path: str, body: bytes, kind: str = PROTOBUF, **headers: str) -> int:
        """The status of the answer."""
        fields = {"content-type": kind, **headers}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + path, data=body, headers=fields) as response,
        ):
            await response.read()
            return response.status

    async def kept(self, trace_id: str, count: int) -> list[SpanRecord]:
        """The trace's spans once there are so many on disk."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                with contextlib.suppress(NothingKept), Archive(self.folder) as archive:
                    found = archive.spans(trace_id)
                    if len(found) >= count:
                        return found
                await asyncio.sleep(0.02)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """It is ended afterwards."""
    receiver = Process(tmp_path)
    yield receiver
    receiver.popen.kill()
    receiver.popen.wait(TIMEOUT_S)


async def test_it_takes_protobuf_json_and_gzip_and_refuses_the_rest_and_lives(
    process: Process,
) -> None:
    """Bad input gets a status that says whose fault it is."""
    await process.ready()
    assert await process.post("/v1/traces", protobuf_traces()) == 200
    packed = gzip.compress(protobuf_traces("ab" * 16))
    assert await process.post("/v1/traces", packed, **{"content-encoding": "gzip"}) == 200
    assert await process.post("/v1/traces", b'{"resourceSpans":[]}', "application/json") == 200
    for status, path, body, kind, more in (
        (400, "/v1/traces", b"\xff\xff\xff", PROTOBUF, {}),
        (400, "/v1/logs", b"\xff\xff\xff", PROTOBUF, {}),
        (400, "/v1/metrics", b"{", "application/json", {}),
        (400, "/v1/traces", b"[" * 100_000, "application/json", {}),
        (400, "/v1/traces", b"no gzip", PROTOBUF, {"content-encoding": "gzip"}),
        (
            413,
            "/v1/traces",
            gzip.compress(b"0" * 40_000_000),
            PROTOBUF,
            {"content-encoding": "gzip"},
        ),
        (415, "/v1/traces", b"", PROTOBUF, {"content-encoding": "br"}),
        (415, "/v1/traces", b"", "text/plain", {}),
        (404, "/v1/profiles", b"", PROTOBUF, {}),
    ):
        assert await process.post(path, body, kind, **more) == status, (path, body[:9])
    (span,) = await process.kept(TRACE, 1)
    assert (span.service, span.name, span.error, span.key) == ("stranger", "GET /x", "no", "o-7")
    assert span.attributes["n"] == 7
    assert await process.kept("ab" * 16, 1)
    assert process.popen.poll() is None


async def test_after_kill_9_all_that_was_written_is_there_and_more_is_taken(
    process: Process,
) -> None:
    """At most what was not yet written is lost; the port and the file are taken up again."""
    await process.ready()
    assert await process.post("/v1/traces", protobuf_traces(spans=50)) == 200
    await process.kept(TRACE, 50)
    process.popen.send_signal(signal.SIGKILL)
    process.popen.wait(TIMEOUT_S)
    process.start()
    await process.ready()
    assert await process.post("/v1/traces", protobuf_traces("ab" * 16)) == 200
    await process.kept("ab" * 16, 1)
    assert len(await process.kept(TRACE, 50)) == 50


async def test_on_sigterm_it_writes_what_it_has(process: Process) -> None:
    """A range that goes down in order loses nothing."""
    await process.ready()
    assert await process.post("/v1/traces", protobuf_traces()) == 200
    process.popen.terminate()
    process.popen.wait(TIMEOUT_S)
    assert len(await process.kept(TRACE, 1)) == 1


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_are_more_than_unreadable(body: bytes, is_json: bool) -> None:
    """Whatever is sent is read, or refused in one way."""
    for read in (read_spans, read_figures, read_lines):
        with contextlib.suppress(Unreadable):
            read(body, is_json=is_json)


def spans(count: int, trace: int = 1) -> list[SpanRecord]:
    """Spans of about half a kilobyte."""
    return [
        SpanRecord(
            *(f"{trace:032x}", f"{number:016x}", "", "x", 1, "a", "a-1", number, number + 1),
            *("", f"o-{trace}", ""),
            {"filler": "x" * 300},
        )
        for number in range(count)
    ]


def test_the_file_stays_within_its_limit_and_the_newest_are_kept(tmp_path: Path) -> None:
    """However much is written; the space of the old is used again."""
    limit = 10_000_000
    store = Store(tmp_path, bytes_max=limit)
    for trace in range(1, 60):
        store.write(spans(1000, trace))
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= limit
    with Archive(tmp_path) as archive:
        assert len(archive.spans(f"{59:032x}")) == 1000
        assert archive.spans(f"{1:032x}") == []
    store.close()


def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    """After a power cut, say: old telemetry is not worth a receiver that does not start."""
    (tmp_path / FILE).write_bytes(b"this is no database" * 1000)
    store = Store(tmp_path, bytes_max=20_000_000)
    store.write(spans(1))
    store.close()
    with Archive(tmp_path) as archive:
        assert archive.traces_of("o-1") == [f"{1:032x}"]
    assert len(list(tmp_path.glob("*.unreadable"))) == 1


def test_a_span_that_comes_twice_is_kept_once(tmp_path: Path) -> None:
    """A relay that died after publishing tells of it again."""
    store = Store(tmp_path, bytes_max=20_000_000)
    store.write(spans(2))
    store.write(spans(2))
    with Archive(tmp_path) as archive:
        assert len(archive.spans(f"{1:032x}")) == 2
        (summary,) = archive.slow(since_ns=0)
    assert (summary.spans, summary.errors, summary.key) == (2, 0, "o-1")
    store.close()


def test_text_that_sqlite_cannot_hold_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Neither lone surrogates nor numbers of any size."""
    store = Store(tmp_path, bytes_max=20_000_000)
    (odd,) = spans(1)
    odd.name, odd.attributes = "\ud800", {"n": 1 << 62}
    with contextlib.suppress(sqlite3.Error, ValueError):
        store.write([odd])
    store.write(spans(1, trace=2))
    with Archive(tmp_path) as archive:
        assert archive.traces_of("o-2")
    store.close()


# The services' side.


def exporter_to(url: str) -> tuple[RecordingTracer, Exporter, LiveMeter]:
    """A service's tracer."""
    meter = LiveMeter()
    exporter = Exporter(url, "order", meter, member="order-1")
    return RecordingTracer(LiveWorld(), exporter, meter), exporter, meter


async def test_spans_travel_from_a_service_to_the_disk(process: Process) -> None:
    """With their parents, errors and the technology's names."""
    await process.ready()
    tracer, exporter, _ = exporter_to(process.url)
    root = Trace(TRACE, "cd" * 8)
    with (
        contextlib.suppress(OperationError),
        tracer.span("GET /x", kind="client", parent=root, attributes={"a": 1.5}) as inner,
    ):
        raise OperationError("unavailable", "broke")
    now = time.time()
    tracer.finished(
        *("publish x",), kind="producer", parent=inner, start=now, end=now, span_id="ef" * 8
    )
    await asyncio.to_thread(exporter.close, TIMEOUT_S)
    kept = {span.name: span for span in await process.kept(TRACE, 2)}
    call, publish = kept["GET /x"], kept["publish x"]
    assert (call.parent_id, call.service, call.member) == ("cd" * 8, "order", "order-1")
    assert call.attributes == {
        "a": 1.5,
        "error.type": "unavailable",
        "http.response.status_code": 502,
    }
    assert call.error == "unavailable: broke"
    assert (publish.span_id, publish.parent_id) == ("ef" * 8, call.span_id)
    assert publish.attributes["messaging.system"] == "nats"


def test_a_trace_that_is_not_sampled_tells_only_of_its_failures() -> None:
    """And its context travels on unsampled; its figures count all the same."""
    tracer, exporter, meter = exporter_to("http://127.0.0.1:9")
    told: list[str] = []
    exporter.span = lambda span: told.append(span.name)  # type: ignore[method-assign]
    unsampled = Trace(TRACE, "cd" * 8, sampled=False)
    with tracer.span("fine", kind="server", parent=unsampled) as trace:
        assert (trace.trace_id, trace.sampled) == (TRACE, False)
    with (
        contextlib.suppress(RuntimeError),
        tracer.span("bad", kind="server", parent=unsampled),
    ):
        raise RuntimeError
    with (
        contextlib.suppress(OperationError),
        tracer.span("their fault", kind="server", parent=unsampled),
    ):
        raise OperationError("not_found", "no")
    tracer.finished("commit", kind="client", parent=unsampled, start=0.0, end=1.0)
    assert told == ["bad"]
    assert len(meter.collect()) == 3
    exporter.close()


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_head_share_is_chosen_by_trace_id_alike_in_every_service(share: float) -> None:
    """A trace is whole or not there."""
    meter = LiveMeter()
    exporter = Exporter("http://127.0.0.1:9", "x", meter)
    first, second = (
        RecordingTracer(LiveWorld(), exporter, meter, head_share=share) for _ in range(2)
    )
    ids = [f"{'ab' * 9}{n * ((1 << 56) // 1000):014x}" for n in range(1000)]
    chosen = [id for id in ids if first.samples(id)]
    assert chosen == [id for id in ids if second.samples(id)]
    assert abs(len(chosen) - 1000 * share) <= 1
    exporter.close()


def test_of_the_traces_that_begin_here_only_so_many_a_second_are_sampled() -> None:
    """Telemetry does not cost more under more load; metrics still count everything."""
    meter, clock = LiveMeter(), LiveWorld()
    exporter = Exporter("http://127.0.0.1:9", "x", meter)
    tracer = RecordingTracer(clock, exporter, meter, head_per_s=10)
    times = iter([0.0] * 30 + [0.5] * 30)
    tracer.now = lambda: next(times)
    sampled = []
    for _ in range(30):
        around = tracer.span("x", kind="server", parent=None)
        sampled.append(around.place.sampled)
    assert sampled == [True] * 10 + [False] * 20
    assert sum(tracer.span("x", kind="server", parent=None).place.sampled for _ in range(30)) == 5
    begun_elsewhere = Trace("ab" * 16, "cd" * 8)
    assert tracer.span("x", kind="server", parent=begun_elsewhere).place.sampled
    exporter.close()


def test_nobody_waits_for_a_receiver_that_is_away_and_what_is_dropped_is_counted() -> None:
    """The queue has an end; the count is told when somebody listens again."""
    tracer, exporter, _ = exporter_to("http://127.0.0.1:9")
    for _ in range(2 * HELD_MAX):
        with tracer.span("x", kind="server", parent=None):
            pass
    assert len(exporter._spans) <= HELD_MAX
    exporter.close()
    assert exporter._dropped >= HELD_MAX


# The user's own backend.


@pytest.fixture
async def backend() -> AsyncIterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Keeps what it is sent: path, content type, body."""
    seen: list[tuple[str, str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.path, request.headers["content-type"], await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", seen
    await runner.cleanup()


async def test_everything_goes_on_to_the_users_backend_as_protobuf(
    backend: tuple[str, list[tuple[str, str, bytes]]],
) -> None:
    """As the standard variables ask for it."""
    url, seen = backend
    forwarder = forwarder_of_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": url + "/"})
    assert forwarder is not None
    running = asyncio.create_task(forwarder.run())
    spans = (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s",'
        b'"name":"x","startTimeUnixNano":"5","endTimeUnixNano":6}]}]}]}'
        % (TRACE.encode(), b"cd" * 8)
    )
    forwarder.forward("/v1/traces", spans, "application/json")
    forwarder.forward("/v1/logs", b"", PROTOBUF)
    await until(lambda: len(seen) == 2)
    running.cancel()
    path, kind, body = seen[0]
    assert (path, kind, seen[1][0]) == ("/v1/traces", PROTOBUF, "/v1/logs")
    (span,) = read_spans(body, is_json=False)
    assert (span.trace_id, span.span_id, span.start_ns) == (TRACE, "cd" * 8, 5)


def test_figures_and_lines_become_protobuf_too() -> None:
    """Of the kinds that services send."""
    metric = b'{"name":"n","gauge":{"dataPoints":[{"asDouble":2}]}}'
    figures = b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[%s]}]}]}' % metric
    (figure,) = read_figures(as_protobuf("/v1/metrics", figures), is_json=False)
    assert (figure.name, figure.value) == ("n", 2)
    lines = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}'
    (line,) = read_lines(as_protobuf("/v1/logs", lines), is_json=False)
    assert line.text == "hi"
    assert ExportMetricsServiceRequest.FromString(as_protobuf("/v1/metrics", figures))
    assert ExportLogsServiceRequest.FromString(as_protobuf("/v1/logs", lines))


async def test_a_backend_that_is_away_costs_nothing_but_a_count() -> None:
    """What does not fit into the queue is dropped."""
    forwarder = Forwarder({"/v1/traces": "http://127.0.0.1:9/"}, {}, timeout_s=1.0)
    for _ in range(100):
        forwarder.forward("/v1/traces", b"", PROTOBUF)
    assert forwarder.dropped == 36
    running = asyncio.create_task(forwarder.run())
    await until(lambda: forwarder.dropped == 100)
    assert not running.done()
    running.cancel()


def test_without_the_variables_nothing_is_forwarded() -> None:
    """Nor when the SDK is switched off by its own variable."""
    assert forwarder_of_environment({}) is None
    off = {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}
    assert forwarder_of_environment(off) is None
