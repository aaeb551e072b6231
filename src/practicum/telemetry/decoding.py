"""OTLP bodies, JSON or protobuf, become records. ValueError for what is neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from practicum.service.live import otlp
from practicum.telemetry.records import FigureRecord, LineRecord, SpanRecord

KEY, CONVERSATION = "practicum.key", "messaging.message.conversation_id"
TEXT_MAX = 4_000
_INT64_MAX = (1 << 63) - 1
_TRACE_ID, _SPAN_ID = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{16}")

_traces = msgspec.json.Decoder(otlp.Traces, strict=False)
_metrics = msgspec.json.Decoder(otlp.Metrics, strict=False)
_logs = msgspec.json.Decoder(otlp.Logs, strict=False)


class Unreadable(ValueError):
    """The body is no OTLP of the form that its media type says."""


def read_spans(body: bytes, *, is_json: bool) -> list[SpanRecord]:
    """The spans of a body of ``/v1/traces``; those without valid ids are left out, as the
    specification asks. Raises `Unreadable`."""
    traces = _json(_traces, body) if is_json else _traces_of(body)
    return [
        _span(span, who)
        for resource in traces.resource_spans
        for who in [_who(resource.resource)]
        for scope in resource.scope_spans
        for span in scope.spans
        if _TRACE_ID.fullmatch(span.trace_id) and _SPAN_ID.fullmatch(span.span_id)
    ]


def read_figures(body: bytes, *, is_json: bool) -> list[FigureRecord]:
    """The figures of a body of ``/v1/metrics``. Explicit-bucket histograms and summaries are
    not kept. Raises `Unreadable`."""
    metrics = _json(_metrics, body) if is_json else _metrics_of(body)
    return [
        figure
        for resource in metrics.resource_metrics
        for who in [_who(resource.resource)]
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for figure in _figures(metric, who)
    ]


def read_lines(body: bytes, *, is_json: bool) -> list[LineRecord]:
    """The lines of a body of ``/v1/logs``. Raises `Unreadable`."""
    logs = _json(_logs, body) if is_json else _logs_of(body)
    return [
        _line(line, who)
        for resource in logs.resource_logs
        for who in [_who(resource.resource)]
        for scope in resource.scope_logs
        for line in scope.log_records
    ]


def _json(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not OTLP in JSON: {error}") from error


def _who(resource: otlp.Resource) -> tuple[str, str]:
    known = otlp.flat(resource.attributes)
    service = str(known.get("service.name", "unknown_service"))
    return service, str(known.get("service.instance.id", service))


def _span(span: otlp.Span, who: tuple[str, str]) -> SpanRecord:
    attributes = otlp.flat(span.attributes)
    failed = span.status.code == otlp.ERROR
    return SpanRecord(
        span.trace_id,
        span.span_id,
        span.parent_span_id if _SPAN_ID.fullmatch(span.parent_span_id) else "",
        span.name[:TEXT_MAX],
        span.kind,
        *who,
        _time(span.start_time_unix_nano),
        _time(span.end_time_unix_nano),
        (span.status.message or "failed")[:TEXT_MAX] if failed else "",
        str(attributes.get(KEY, "")),
        str(attributes.get(CONVERSATION, "")),
        attributes,
    )


def _time(nanoseconds: int) -> int:
    return min(max(nanoseconds, 0), _INT64_MAX)


def _figures(metric: otlp.Metric, who: tuple[str, str]) -> Iterator[FigureRecord]:
    numbers: list[otlp.NumberPoint] = []
    if metric.sum is not None and metric.sum.aggregation_temporality == otlp.DELTA:
        numbers += metric.sum.data_points
    if metric.gauge is not None:
        numbers += metric.gauge.data_points
    for number in numbers:
        value = number.as_double if number.as_double is not None else float(number.as_int or 0)
        yield FigureRecord(
            _time(number.time_unix_nano), *who, metric.name, otlp.flat(number.attributes), value
        )
    histogram = metric.exponential_histogram
    if histogram is None or histogram.aggregation_temporality != otlp.DELTA:
        return
    for point in histogram.data_points:
        counts = enumerate(point.positive.bucket_counts, point.positive.offset)
        yield FigureRecord(
            _time(point.time_unix_nano),
            *who,
            metric.name,
            otlp.flat(point.attributes),
            point.sum,
            point.count,
            point.scale,
            point.zero_count,
            {index: count for index, count in counts if count},
        )


def _line(line: otlp.LogRecord, who: tuple[str, str]) -> LineRecord:
    attributes = otlp.flat(line.attributes)
    return LineRecord(
        _time(line.time_unix_nano),
        *who,
        line.severity_number,
        (line.body.string_value or "")[:TEXT_MAX],
        line.trace_id,
        line.span_id,
        str(attributes.get("correlation_id", "")),
        attributes,
    )


# Protobuf: emptied into the same structures, so that the rest is written once.


def _parsed(message: Any, body: bytes) -> Any:
    try:
        message.ParseFromString(body)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not OTLP in protobuf: {error}") from error
    return message


def _traces_of(body: bytes) -> otlp.Traces:
    request = _parsed(ExportTraceServiceRequest(), body)
    return otlp.Traces(
        [
            otlp.ResourceSpans(
                otlp.Resource(_pairs(resource.resource.attributes)),
                [otlp.ScopeSpans(list(map(_proto_span, s.spans))) for s in resource.scope_spans],
            )
            for resource in request.resource_spans
        ]
    )


def _proto_span(span: Any) -> otlp.Span:
    return otlp.Span(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.name,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.parent_span_id.hex(),
        span.kind,
        _pairs(span.attributes),
        otlp.Status(span.status.code, span.status.message),
    )


def _metrics_of(body: bytes) -> otlp.Metrics:
    request = _parsed(ExportMetricsServiceRequest(), body)
    return otlp.Metrics(
        [
            otlp.ResourceMetrics(
                otlp.Resource(_pairs(resource.resource.attributes)),
                [
                    otlp.ScopeMetrics(list(map(_proto_metric, s.metrics)))
                    for s in resource.scope_metrics
                ],
            )
            for resource in request.resource_metrics
        ]
    )


def _proto_metric(metric: Any) -> otlp.Metric:
    which = metric.WhichOneof("data")
    data: Any = getattr(metric, which) if which else None
    found = otlp.Metric(metric.name, metric.unit)
    if which == "sum":
        points = [_proto_number(point) for point in data.data_points]
        found.sum = otlp.Sum(points, data.aggregation_temporality, data.is_monotonic)
    elif which == "gauge":
        found.gauge = otlp.Gauge([_proto_number(point) for point in data.data_points])
    elif which == "exponential_histogram":
        found.exponential_histogram = otlp.ExponentialHistogram(
            [
                otlp.HistogramPoint(
                    point.time_unix_nano,
                    _pairs(point.attributes),
                    point.count,
                    point.sum,
                    point.scale,
                    point.zero_count,
                    otlp.Buckets(point.positive.offset, list(point.positive.bucket_counts)),
                )
                for point in data.data_points
            ],
            data.aggregation_temporality,
        )
    return found


def _proto_number(point: Any) -> otlp.NumberPoint:
    is_int = point.WhichOneof("value") == "as_int"
    return otlp.NumberPoint(
        point.time_unix_nano,
        _pairs(point.attributes),
        None if is_int else point.as_double,
        point.as_int if is_int else None,
    )


def _logs_of(body: bytes) -> otlp.Logs:
    request = _parsed(ExportLogsServiceRequest(), body)
    return otlp.Logs(
        [
            otlp.ResourceLogs(
                otlp.Resource(_pairs(resource.resource.attributes)),
                [
                    otlp.ScopeLogs(list(map(_proto_line, s.log_records)))
                    for s in resource.scope_logs
                ],
            )
            for resource in request.resource_logs
        ]
    )


def _proto_line(line: Any) -> otlp.LogRecord:
    return otlp.LogRecord(
        line.time_unix_nano or line.observed_time_unix_nano,
        line.severity_number,
        line.severity_text,
        otlp.AnyValue(string_value=str(_value(line.body) or "")),
        _pairs(line.attributes),
        line.trace_id.hex(),
        line.span_id.hex(),
    )


def _pairs(attributes: Iterable[Any]) -> list[otlp.KeyValue]:
    return [otlp.key_value(each.key, _value(each.value)) for each in attributes]


def _value(value: Any) -> object:
    which = value.WhichOneof("value")
    return "" if which is None else getattr(value, which)
