"""Figures kept in memory until the exporter fetches them: `service.metrics.Meter`, live.

Everything is counted since the last fetch (delta temporality), so a process that dies takes
only the last few seconds with it, and nobody has to notice that a counter began again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from math import ceil, log2

from practicum.service.live import otlp
from practicum.service.log import EventLog, LogUnavailable
from practicum.service.metrics import NONE, Attributes, Meter

_logger = logging.getLogger(__name__)
_SERIES_MAX = 2000
_PER_OCTAVE = 2**otlp.SCALE
LAG_EVERY_S = 5.0

Pairs = tuple[tuple[str, str | int | float | bool], ...]
_Key = tuple[str, Pairs]


class Histogram:
    """A distribution in exponential buckets (OpenTelemetry's, positive values only)."""

    __slots__ = ("buckets", "sum", "zeros")

    def __init__(self) -> None:
        self.sum, self.zeros = 0.0, 0
        self.buckets: dict[int, int] = {}

    def record(self, value: float) -> None:
        """Take one observation."""
        if value <= 0:
            self.zeros += 1
            return
        self.sum += value
        index = ceil(log2(value) * _PER_OCTAVE) - 1
        buckets = self.buckets  # once: the exporter's thread may put an empty one there
        buckets[index] = buckets.get(index, 0) + 1

    def take(self, now_ns: int, attributes: list[otlp.KeyValue]) -> otlp.HistogramPoint:
        """What was observed since the last call, as OTLP."""
        taken, self.buckets = self.buckets, {}
        total, self.sum = self.sum, 0.0
        zeros, self.zeros = self.zeros, 0
        buckets = dict(taken)  # in one step: a last observation may be on its way there
        low = min(buckets, default=0)
        counts = [buckets.get(i, 0) for i in range(low, max(buckets, default=low - 1) + 1)]
        return otlp.HistogramPoint(
            now_ns,
            attributes,
            zeros + sum(counts),
            total,
            otlp.SCALE,
            zeros,
            otlp.Buckets(low, counts),
        )


class LiveMeter:
    """`service.metrics.Meter`; `collect` fetches, from any thread. More than 2000 different
    series are a mistake in somebody's attributes: the later ones are dropped."""

    def __init__(self) -> None:
        self._counters: dict[_Key, int] = {}
        self._gauges: dict[_Key, float] = {}
        self._histograms: dict[_Key, Histogram] = {}

    def count(self, name: str, by: int = 1, attributes: Attributes = NONE) -> None:
        """See the port."""
        key = (name, tuple(attributes.items()))
        if key in self._counters or len(self._counters) < _SERIES_MAX:
            self._counters[key] = self._counters.get(key, 0) + by

    def record(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """See the port."""
        self.histogram(name, tuple(attributes.items())).record(value)

    def histogram(self, name: str, attributes: Pairs) -> Histogram:
        """The series' distribution; it stays the same object, and may be kept."""
        key = (name, attributes)
        found = self._histograms.get(key)
        if found is None:
            found = Histogram()
            if len(self._histograms) < _SERIES_MAX:
                self._histograms[key] = found
        return found

    def gauge(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """See the port."""
        key = (name, tuple(attributes.items()))
        if key in self._gauges or len(self._gauges) < _SERIES_MAX:
            self._gauges[key] = value

    def collect(self) -> list[otlp.Metric]:
        """Everything since the last call."""
        now_ns = time.time_ns()
        counters, self._counters = self._counters, {}
        points = [
            (name, histogram.take(now_ns, _attributes(pairs)))
            for (name, pairs), histogram in list(self._histograms.items())
        ]
        found = [
            otlp.Metric(
                name,
                sum=otlp.Sum(
                    [otlp.NumberPoint(now_ns, _attributes(pairs), as_int=value)], otlp.DELTA, True
                ),
            )
            for (name, pairs), value in list(counters.items())
        ]
        found += [
            otlp.Metric(
                name,
                unit=_unit(name),
                gauge=otlp.Gauge([otlp.NumberPoint(now_ns, _attributes(pairs), as_double=value)]),
            )
            for (name, pairs), value in list(self._gauges.items())
        ]
        found += [
            otlp.Metric(
                name,
                unit=_unit(name),
                exponential_histogram=otlp.ExponentialHistogram([point], otlp.DELTA),
            )
            for name, point in points
            if point.count
        ]
        return found


def _unit(name: str) -> str:
    return "s" if name.endswith(("duration", "view.lag")) else ""


def _attributes(pairs: Iterable[tuple[str, object]]) -> list[otlp.KeyValue]:
    return [otlp.key_value(key, value) for key, value in pairs]


async def watch_lag(log: EventLog, topics: Iterable[str], group: str, meter: Meter) -> None:
    """Measure again and again how far a group is behind, until cancelled."""
    wanted = sorted(topics)
    while True:
        await asyncio.sleep(LAG_EVERY_S)
        for topic in wanted:
            try:
                lag = await log.lag([topic], group)
            except LogUnavailable:
                continue  # the relay and the consumer say so already
            meter.gauge(
                "practicum.consumer.lag",
                lag,
                {"messaging.destination.name": topic, "messaging.consumer.group.name": group},
            )
