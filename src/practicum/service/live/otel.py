"""Spans by the OpenTelemetry SDK, in our own trace context and with ids from the world."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from importlib.metadata import version

from opentelemetry.context import Context as OtelContext
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from practicum.service.errors import OperationError
from practicum.service.tracing import Trace
from practicum.service.world import World

_KINDS = {kind.name.lower(): kind for kind in SpanKind}


class OtelTracer:
    """`service.tracing.Tracer` that exports in batches from a thread of its own. When the
    exporter falls behind, spans are dropped; the work that they describe never waits."""

    def __init__(
        self, service: str, world: World, *, exporter: SpanExporter, member: str = ""
    ) -> None:
        attributes = {
            "service.name": service,
            "service.namespace": "practicum",
            "service.version": version("practicum"),
        }
        if member:
            attributes["service.instance.id"] = member
        self._ids = _WorldIds(world)
        self._provider = TracerProvider(
            resource=Resource.create(attributes),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._processor = BatchSpanProcessor(exporter)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("practicum")

    @contextlib.contextmanager
    def span(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace | None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> Iterator[Trace]:
        """A recorded span around a block; what the block raises is its status."""
        span = self._tracer.start_span(
            name, context=_context(parent), kind=_KINDS[kind], attributes=attributes
        )
        place = span.get_span_context()
        try:
            yield Trace(
                f"{place.trace_id:032x}", f"{place.span_id:016x}", place.trace_flags.sampled
            )
        except BaseException as error:
            _note(span, error, kind)
            raise
        finally:
            span.end()

    def finished(
        self,
        name: str,
        *,
        kind: str,
        parent: Trace,
        start: float,
        end: float,
        span_id: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> None:
        """See `Tracer.finished`."""
        self._ids.next_span = int(span_id, 16) if span_id else None
        self._tracer.start_span(
            name,
            context=_context(parent),
            kind=_KINDS[kind],
            attributes=attributes,
            start_time=int(start * 1e9),
        ).end(int(end * 1e9))

    def close(self, timeout_s: float = 2.0) -> None:
        """Hand over what is held, for at most ``timeout_s`` seconds."""
        # A daemon, because the exporter's own patience is longer than that of who closes.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(timeout_s)


class _WorldIds(IdGenerator):
    def __init__(self, world: World) -> None:
        self._world = world
        self.next_span: int | None = None

    def generate_span_id(self) -> int:
        given, self.next_span = self.next_span, None
        return given or self._world.random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self._world.random.getrandbits(128) or 1


def _context(parent: Trace | None) -> OtelContext:
    if parent is None:
        return OtelContext()
    place = SpanContext(
        int(parent.trace_id, 16),
        int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT),
    )
    return set_span_in_context(NonRecordingSpan(place), OtelContext())


def _note(span: Span, error: BaseException, kind: str) -> None:
    if isinstance(error, OperationError):
        span.set_attribute("error.type", error.code)
        # What the caller did wrong is not a failure of the server (semantic conventions).
        if kind == "server" and error.kind.status < 500:
            return
    elif isinstance(error, Exception):
        span.record_exception(error)
    span.set_status(StatusCode.ERROR, str(error))
