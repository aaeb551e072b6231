"""Choose where spans go: to the range's receiver, to OpenTelemetry's SDK, or nowhere.

In a range spans are recorded here, because the SDK takes 20 microseconds for each and an
order has about thirty. Finished spans are tuples; a thread sends them (`exporter`).
"""

from __future__ import annotations

import importlib
import logging
import math
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol

from practicum.service.errors import OperationError
from practicum.service.live.exporter import Exporter, Recorded
from practicum.service.live.metrics import Histogram, LiveMeter, Pairs
from practicum.service.tracing import QuietTracer, Trace, Tracer
from practicum.service.world import World

_logger = logging.getLogger(__name__)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class LiveTracer(Tracer, Protocol):
    """A tracer that may hold spans back, and hands them over when it is closed."""

    def close(self, timeout_s: float = 2.0) -> None:
        """Hand over what is held, for at most ``timeout_s`` seconds."""
        ...


class SilentTracer(QuietTracer):
    """Records nothing; there is nothing to close."""

    def close(self, timeout_s: float = 2.0) -> None:
        """Nothing is held."""


def make_tracer(service: str, world: World, *, member: str = "") -> LiveTracer:
    """The tracer that the environment asks for.

    ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``..._TRACES_ENDPOINT``) turns export on. Without the
    extra ``practicum[otlp]`` there is one warning, and no export.
    """
    wanted = any(os.environ.get(name) for name in _ENDPOINTS)
    if not wanted or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return SilentTracer(world)
    # By name, because importing the SDK costs a process tens of milliseconds when it starts.
    try:
        exporter = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError:
        _logger.warning(
            "an OTLP endpoint is set but spans cannot be sent: pip install 'practicum[otlp]'"
        )
        return SilentTracer(world)
    otel = importlib.import_module("practicum.service.live.otel")
    tracer: LiveTracer = otel.OtelTracer(
        service, world, member=member, exporter=exporter.OTLPSpanExporter()
    )
    return tracer


Attributes = Mapping[str, str | int | float | bool]
_LOW_CARDINALITY = (
    "http.request.method",
    "http.route",
    "peer.service",
    "messaging.operation.name",
    "messaging.destination.name",
)
_DURATIONS = {
    "server": "http.server.request.duration",
    "client": "http.client.request.duration",
    "producer": "messaging.client.operation.duration",
    "consumer": "messaging.process.duration",
    "internal": "practicum.internal.duration",
}
_RANDOM_BITS = 56


class RecordingTracer:
    """Records spans for an exporter, and how often, how long and how well each name went for
    a meter: of all spans, also of traces that are not sampled.

    A trace is sampled if whoever began it said so and its id is within ``head_share``, so that
    all services agree. Of the traces that begin here at most ``head_per_s`` a second are
    sampled (a token bucket of one second): what telemetry costs does not grow with the load. A
    span that fails is recorded in any case.
    """

    def __init__(
        self,
        world: World,
        exporter: Exporter,
        meter: LiveMeter,
        *,
        head_share: float = 1.0,
        head_per_s: float = math.inf,
    ) -> None:
        self.now = world.now
        self._per_s = self._room = head_per_s
        self._room_at = world.now()
        self._random_bits = world.random.getrandbits
        self._world = world
        self._exporter = exporter
        self._series: dict[tuple[str, str, str, object], Histogram] = {}
        self._meter = meter
        # The last 56 bits are random (W3C Trace Context level 2); the highest are kept.
        self._lowest = f"{round((1 - head_share) * (1 << _RANDOM_BITS)):014x}"
        self._all, self._none = head_share >= 1, head_share <= 0

    def span(
        self, name: str, *, kind: str, parent: Trace | None, attributes: Attributes | None = None
    ) -> _Around:
        """See `Tracer.span`."""
        if parent is None:
            parent = Trace(f"{self._random_bits(128) or 1:032x}", "", self._has_room())
        trace_id = parent.trace_id
        sampled = parent.sampled and (self._all or self.samples(trace_id))
        place = Trace(trace_id, f"{self._random_bits(64) or 1:016x}", sampled)
        return _Around(self, (name, kind, attributes), place, parent.span_id)

    def finished(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace,
        start: float,
        end: float,
        span_id: str | None = None,
        attributes: Attributes | None = None,
    ) -> None:
        """See `Tracer.finished`."""
        if parent.sampled and self.samples(parent.trace_id):
            id = span_id or parent.child(self._world).span_id
            self._exporter.span(
                Recorded(
                    name, kind, parent.trace_id, id, parent.span_id, start, end, "", attributes
                )
            )

    def samples(self, trace_id: str) -> bool:
        """Whether the trace is among those of which everything is recorded."""
        return self._all or (not self._none and trace_id[-14:] >= self._lowest)

    def _has_room(self) -> bool:
        now = self.now()
        if self._per_s < math.inf:
            gained = max(0.0, now - self._room_at) * self._per_s
            self._room = min(self._per_s, self._room + gained)
        self._room_at = now
        if self._room < 1:
            return False
        self._room -= 1
        return True

    def end(self, span: _Around, error: BaseException | None) -> None:
        """Note how a span went."""
        end = self.now()
        name, kind, attributes = span.what
        failure, wrong = _failure(error, kind) if error is not None else ("", False)
        series = (name, kind, failure, attributes and attributes.get("peer.service"))
        durations = self._series.get(series)
        if durations is None:
            pairs = _pairs(span.what, failure, wrong)
            durations = self._series[series] = self._meter.histogram(_DURATIONS[kind], pairs)
        durations.record(end - span.start)
        if not (span.place.sampled or wrong):
            return
        said = ""
        if failure:
            attributes = {**(attributes or {}), "error.type": failure}
            if isinstance(error, OperationError) and kind in ("server", "client"):
                attributes["http.response.status_code"] = error.kind.status
            said = (str(error) or failure)[:500] if wrong else ""
        place = span.place
        self._exporter.span(
            Recorded(
                *(name, kind, place.trace_id, place.span_id, span.parent_id),
                *(span.start, end, said, attributes),
            )
        )

    def close(self, timeout_s: float = 2.0) -> None:
        """Hand over what is held, for at most ``timeout_s`` seconds."""
        self._exporter.close(timeout_s)


class _Around:
    """The context manager of one span; a class, because a generator costs twice as much."""

    __slots__ = ("parent_id", "place", "start", "tracer", "what")

    def __init__(
        self,
        tracer: RecordingTracer,
        what: tuple[str, str, Attributes | None],
        place: Trace,
        parent_id: str,
    ) -> None:
        self.tracer, self.what, self.place, self.parent_id = tracer, what, place, parent_id
        self.start = 0.0

    def __enter__(self) -> Trace:
        self.start = self.tracer.now()
        return self.place

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.tracer.end(self, error)


def _pairs(what: tuple[str, str, Attributes | None], failure: str, wrong: bool) -> Pairs:
    """The attributes of a span that its figures have too: those of few values."""
    name, _, attributes = what
    pairs: Pairs = (("practicum.span", name),)
    if attributes:
        pairs += tuple((k, attributes[k]) for k in _LOW_CARDINALITY if k in attributes)
    if failure:
        pairs += (("error.type", failure), ("practicum.failed", wrong))
    return pairs


def _failure(error: BaseException, kind: str) -> tuple[str, bool]:
    """What went wrong, and whether it is this span's fault (semantic conventions: what the
    caller did wrong is not a failure of the server)."""
    if isinstance(error, OperationError):
        return error.code, not (kind == "server" and error.kind.status < 500)
    return type(error).__name__, isinstance(error, Exception)
