"""Choose where spans go: to OpenTelemetry when an endpoint is set, otherwise nowhere."""

from __future__ import annotations

import importlib
import logging
import os
from typing import Protocol

from practicum.service.tracing import QuietTracer, Tracer
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
