"""OTLP 1.x in its JSON form: what services send, and what the receiver reads.

JSON and not protobuf between our own processes, because msgspec writes and reads it several
times faster than protobuf's Python messages are filled and emptied (decision 7). Field names
and the form of ids are the specification's; 64-bit integers may stand as numbers or strings.
"""

from __future__ import annotations

import msgspec

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
OK, ERROR = 1, 2
DELTA = 1
SCALE = 3
"""Of exponential histograms: a bucket's bounds differ by a factor of 2 ** (1 / 2**3), 9 %."""


class _Otlp(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    pass


class AnyValue(_Otlp):
    """One of them is set. What is none of these is read as empty."""

    string_value: str | None = None
    int_value: int | None = None
    double_value: float | None = None
    bool_value: bool | None = None


class KeyValue(_Otlp):
    """An attribute."""

    key: str
    value: AnyValue = msgspec.field(default_factory=AnyValue)


class Status(_Otlp):
    """``code`` 2 is an error."""

    code: int = 0
    message: str = ""


class Span(_Otlp):
    """Times in nanoseconds since the Unix epoch."""

    trace_id: str
    span_id: str
    name: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    parent_span_id: str = ""
    kind: int = 0
    attributes: list[KeyValue] = []
    status: Status = msgspec.field(default_factory=Status)


class ScopeSpans(_Otlp):
    """The spans of one library."""

    spans: list[Span] = []


class Resource(_Otlp):
    """Who tells."""

    attributes: list[KeyValue] = []


class ResourceSpans(_Otlp):
    """The spans of one process."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_spans: list[ScopeSpans] = []


class Traces(_Otlp):
    """Body of ``/v1/traces``."""

    resource_spans: list[ResourceSpans] = []


class Buckets(_Otlp):
    """Counts from the bucket ``offset`` on."""

    offset: int = 0
    bucket_counts: list[int] = []


class NumberPoint(_Otlp):
    """A value at a time."""

    time_unix_nano: int = 0
    attributes: list[KeyValue] = []
    as_double: float | None = None
    as_int: int | None = None


class HistogramPoint(_Otlp):
    """A distribution since the point before (delta)."""

    time_unix_nano: int = 0
    attributes: list[KeyValue] = []
    count: int = 0
    sum: float = 0.0
    scale: int = 0
    zero_count: int = 0
    positive: Buckets = msgspec.field(default_factory=Buckets)


class Sum(_Otlp):
    """A counter."""

    data_points: list[NumberPoint] = []
    aggregation_temporality: int = 0
    is_monotonic: bool = False


class Gauge(_Otlp):
    """Values as they are now."""

    data_points: list[NumberPoint] = []


class ExponentialHistogram(_Otlp):
    """Distributions."""

    data_points: list[HistogramPoint] = []
    aggregation_temporality: int = 0


class Metric(_Otlp):
    """One of the three is set; other kinds are not read."""

    name: str
    unit: str = ""
    sum: Sum | None = None
    gauge: Gauge | None = None
    exponential_histogram: ExponentialHistogram | None = None


class ScopeMetrics(_Otlp):
    """The metrics of one library."""

    metrics: list[Metric] = []


class ResourceMetrics(_Otlp):
    """The metrics of one process."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_metrics: list[ScopeMetrics] = []


class Metrics(_Otlp):
    """Body of ``/v1/metrics``."""

    resource_metrics: list[ResourceMetrics] = []


class LogRecord(_Otlp):
    """A line; ``severity_number`` 9 is info, 13 a warning, 17 an error."""

    time_unix_nano: int = 0
    severity_number: int = 0
    severity_text: str = ""
    body: AnyValue = msgspec.field(default_factory=AnyValue)
    attributes: list[KeyValue] = []
    trace_id: str = ""
    span_id: str = ""


class ScopeLogs(_Otlp):
    """The lines of one library."""

    log_records: list[LogRecord] = []


class ResourceLogs(_Otlp):
    """The lines of one process."""

    resource: Resource = msgspec.field(default_factory=Resource)
    scope_logs: list[ScopeLogs] = []


class Logs(_Otlp):
    """Body of ``/v1/logs``."""

    resource_logs: list[ResourceLogs] = []


def key_value(key: str, value: object) -> KeyValue:
    """An attribute; what has no form of its own becomes text."""
    if isinstance(value, str):
        return KeyValue(key, AnyValue(string_value=value))
    if isinstance(value, bool):
        return KeyValue(key, AnyValue(bool_value=value))
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return KeyValue(key, AnyValue(int_value=value))
    if isinstance(value, float):
        return KeyValue(key, AnyValue(double_value=value))
    return KeyValue(key, AnyValue(string_value=str(value)))


def flat(attributes: list[KeyValue]) -> dict[str, str | int | float | bool]:
    """Attributes as a dictionary; empty values are left out."""
    found: dict[str, str | int | float | bool] = {}
    for each in attributes:
        value = each.value
        if value.string_value is not None:
            found[each.key] = value.string_value
        elif value.int_value is not None:
            found[each.key] = value.int_value
        elif value.bool_value is not None:
            found[each.key] = value.bool_value
        elif value.double_value is not None:
            found[each.key] = value.double_value
    return found
