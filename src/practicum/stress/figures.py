"""Latencies in an HDR histogram, and errors by their code.

Every request is counted from the moment when it was due (see `open_loop`), so nothing has to be
guessed afterwards to make up for requests that a stalled driver did not send.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from hdrh.histogram import HdrHistogram

_LOWEST_US, _HIGHEST_US, _DIGITS = 1, 600_000_000, 3


class Latencies:
    """Seconds, kept to three digits, from a microsecond to ten minutes."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(_LOWEST_US, _HIGHEST_US, _DIGITS)

    def add(self, seconds: float) -> None:
        """Record one."""
        self._histogram.record_value(min(_HIGHEST_US, max(_LOWEST_US, int(seconds * 1e6))))

    def merge(self, text: bytes) -> None:
        """Add all of another, from its `encoded` form."""
        self._histogram.decode_and_add(text)

    @property
    def encoded(self) -> bytes:
        """Compressed, in the format that all HdrHistogram libraries read."""
        return bytes(self._histogram.encode())

    @property
    def count(self) -> int:
        """How many were recorded."""
        return int(self._histogram.get_total_count())

    def at_ms(self, percent: float) -> float:
        """The latency in milliseconds that so many percent do not exceed; 0 if there are none."""
        return self._histogram.get_value_at_percentile(percent) / 1000 if self.count else 0.0

    @property
    def max_ms(self) -> float:
        """The highest, in milliseconds."""
        return self._histogram.get_max_value() / 1000 if self.count else 0.0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles in milliseconds."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float


def summary(latencies: Latencies) -> Summary:
    """The percentiles that reports show."""
    return Summary(
        p50_ms=round(latencies.at_ms(50), 3),
        p90_ms=round(latencies.at_ms(90), 3),
        p99_ms=round(latencies.at_ms(99), 3),
        p999_ms=round(latencies.at_ms(99.9), 3),
        max_ms=round(latencies.max_ms, 3),
    )


class Tally:
    """What a load came to, while it goes on."""

    def __init__(self) -> None:
        self.good = Latencies()
        self.failed = Latencies()
        self.late = Latencies()
        self.errors: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """Requests that have ended, well or not."""
        return self.good.count + self.failed.count

    def ended(self, latency_s: float, error: str | None) -> None:
        """A request has."""
        if error is None:
            self.good.add(latency_s)
        else:
            self.failed.add(latency_s)
            self.errors[error] += 1

    def merge(self, others: Iterable[TallyText]) -> None:
        """Add what other processes counted."""
        for other in others:
            self.good.merge(other.good)
            self.failed.merge(other.failed)
            self.late.merge(other.late)
            self.errors.update(other.errors)

    def written(self) -> TallyText:
        """To be sent to another process."""
        return TallyText(
            good=self.good.encoded,
            failed=self.failed.encoded,
            late=self.late.encoded,
            errors=dict(self.errors),
        )


class TallyText(msgspec.Struct, frozen=True, kw_only=True):
    """A `Tally` on its way between processes."""

    good: bytes
    failed: bytes
    late: bytes
    errors: dict[str, int]
