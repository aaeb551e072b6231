"""Rate, errors and durations from exponential histograms."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.live import otlp
from practicum.service.live.metrics import Histogram, LiveMeter
from practicum.telemetry.decoding import read_figures
from practicum.telemetry.records import FigureRecord
from practicum.telemetry.red import red


def figure(values: list[float], **attributes: str | bool) -> FigureRecord:
    """What a receiver makes of a histogram of these seconds."""
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    point = histogram.take(1, [])
    counts = dict(enumerate(point.positive.bucket_counts, point.positive.offset))
    return FigureRecord(
        *(1, "order", "order-1", "http.server.request.duration", dict(attributes), point.sum),
        *(point.count, point.scale, point.zero_count, counts),
    )


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=200))
def test_percentiles_are_off_by_at_most_half_a_bucket(values: list[float]) -> None:
    """Of the nearest-rank percentile: 2 ** (1 / 16), 4.5 %."""
    (row,) = red([figure(values, **{"practicum.span": "GET /x"})], seconds=10.0)
    ordered = sorted(values)
    for share, got in ((0.5, row.p50_ms), (0.95, row.p95_ms), (0.99, row.p99_ms)):
        exact = ordered[max(0, -int(-share * len(ordered) // 1) - 1)] * 1000
        assert exact / 1.0443 <= got <= exact * 1.0443
    assert row.rate_per_s == len(values) / 10


def test_processes_of_one_service_are_added_and_failures_counted() -> None:
    """Errors that are the caller's fault are no errors of the service."""
    name = {"practicum.span": "GET /x"}
    rows = red(
        [
            figure([0.1] * 8, **name),
            figure([0.2], **name, **{"error.type": "not_found", "practicum.failed": False}),
            figure([0.2] * 2, **name, **{"error.type": "internal", "practicum.failed": True}),
        ],
        seconds=1.0,
    )
    assert [(row.what, row.count, row.errors) for row in rows] == [("GET /x", 11, 2)]


def test_sagas_have_a_row_for_each_outcome() -> None:
    """How long orders take stands beside how long requests take."""
    took = [
        msgspec.structs.replace(
            figure(seconds, **{"practicum.outcome": outcome}), name="practicum.saga.duration"
        )
        for outcome, seconds in (("confirmed", [1.0, 1.0]), ("cancelled", [4.0]))
    ]
    rows = red(took, seconds=1.0)
    assert [(row.kind, row.what, row.count) for row in rows] == [
        ("practicum.saga", "cancelled", 1),
        ("practicum.saga", "confirmed", 2),
    ]


def test_a_meter_tells_each_observation_once() -> None:
    """What was fetched is not fetched again; a gauge stays."""
    meter = LiveMeter()
    meter.count("c", 2, {"a": 1})
    meter.count("c", 3, {"a": 1})
    meter.record("d.duration", 0.5)
    meter.gauge("g", 7)

    def told() -> dict[str, float]:
        scope = otlp.ScopeMetrics(meter.collect())
        body = otlp.Metrics([otlp.ResourceMetrics(otlp.Resource([]), [scope])])
        found = read_figures(msgspec.json.encode(body), is_json=True)
        return {each.name: each.value for each in found}

    assert told() == {"c": 5, "d.duration": 0.5, "g": 7}
    assert told() == {"g": 7}
