"""Everything that the receiver takes goes to the user's own backend too, if the standard
variables name one: ``OTEL_EXPORTER_OTLP_ENDPOINT``, those of one signal
(``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, ...), ``..._HEADERS`` and ``..._TIMEOUT``.

It is sent before tail sampling. JSON that came from our services is turned into protobuf, which
every backend understands, unless ``OTEL_EXPORTER_OTLP_PROTOCOL`` is ``http/json``. A backend
that is slow or away costs nothing but what waits for it: at most 64 bodies; then bodies are
dropped and counted.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import aiohttp
import msgspec
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_logger = logging.getLogger("practicum.telemetry")
HELD_MAX = 64
_PROTOBUF = "application/x-protobuf"
_SIGNALS = {"/v1/traces": "TRACES", "/v1/metrics": "METRICS", "/v1/logs": "LOGS"}
_REQUESTS: Mapping[str, Any] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}
_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


class Forwarder:
    """Sends bodies on, in order, from one task (`run`). ``urls`` are by path."""

    def __init__(
        self,
        urls: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        timeout_s: float = 10.0,
        as_json: bool = False,
    ) -> None:
        self.dropped = 0
        self._urls, self._headers = urls, headers
        self._timeout_s, self._as_json = timeout_s, as_json
        self._queue: asyncio.Queue[tuple[str, bytes, str]] = asyncio.Queue(HELD_MAX)

    def forward(self, path: str, body: bytes, media_type: str) -> None:
        """Queue a readable body; drop it when too many wait."""
        if path not in self._urls:
            return
        try:
            self._queue.put_nowait((path, body, media_type))
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Send until cancelled. What the backend refuses is dropped, and said once."""
        complained = False
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                path, body, media_type = await self._queue.get()
                try:
                    if media_type != _PROTOBUF and not self._as_json:
                        body, media_type = as_protobuf(path, body), _PROTOBUF
                    headers = {**self._headers, "content-type": media_type}
                    async with session.post(
                        self._urls[path], data=body, headers=headers
                    ) as response:
                        response.raise_for_status()
                    complained = False
                except (aiohttp.ClientError, OSError, ValueError, json_format.Error) as error:
                    self.dropped += 1
                    if not complained:
                        _logger.warning("%s takes no telemetry: %s", self._urls[path], error)
                    complained = True


def as_protobuf(path: str, body: bytes) -> bytes:
    """OTLP in JSON as protobuf. Ids are hexadecimal in OTLP's JSON, and base64 in protobuf's."""
    document = msgspec.json.decode(body)
    _rewrite_ids(document)
    request = json_format.ParseDict(document, _REQUESTS[path](), ignore_unknown_fields=True)
    encoded: bytes = request.SerializeToString()
    return encoded


def _rewrite_ids(value: object) -> None:
    if isinstance(value, list):
        for each in value:
            _rewrite_ids(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in _IDS and isinstance(each, str):
                value[key] = base64.b64encode(bytes.fromhex(each)).decode()
            else:
                _rewrite_ids(each)


def forwarder_of_environment(environment: Mapping[str, str] = os.environ) -> Forwarder | None:
    """The forwarder that OpenTelemetry's variables ask for, None when they ask for none."""
    get = environment.get
    if get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    base = get("OTEL_EXPORTER_OTLP_ENDPOINT", "").rstrip("/")
    urls = {}
    for path, signal in _SIGNALS.items():
        url = get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or (base + path if base else "")
        if url:
            urls[path] = url
    if not urls:
        return None
    protocol = get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
    if protocol not in ("http/protobuf", "http/json"):
        _logger.warning("OTEL_EXPORTER_OTLP_PROTOCOL=%s: only HTTP is spoken here", protocol)
    pairs = [each.partition("=") for each in get("OTEL_EXPORTER_OTLP_HEADERS", "").split(",")]
    headers = {key.strip(): unquote(value.strip()) for key, equal, value in pairs if equal}
    try:
        timeout_s = float(get("OTEL_EXPORTER_OTLP_TIMEOUT") or 10_000) / 1000
    except ValueError:
        timeout_s = 10.0
    return Forwarder(urls, headers, timeout_s=timeout_s, as_json=protocol == "http/json")
