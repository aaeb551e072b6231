"""Rate, errors and duration, merged from the figures of many processes. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from practicum.telemetry.records import FigureRecord

DURATIONS = (
    "http.server.request.duration",
    "http.client.request.duration",
    "messaging.process.duration",
    "practicum.internal.duration",
    "db.client.operation.duration",
    "practicum.saga.duration",
)


class RedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one service did of one kind: times in milliseconds, ``errors`` are its own fault."""

    service: str
    what: str
    kind: str
    count: int
    rate_per_s: float
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class _Sum:
    def __init__(self) -> None:
        self.count = self.errors = self.zeros = 0
        self.bounds: dict[float, int] = {}

    def add(self, figure: FigureRecord) -> None:
        self.count += figure.count
        if figure.attributes.get("practicum.failed"):
            self.errors += figure.count
        self.zeros += figure.zeros
        base: float = 2 ** (2.0**-figure.scale)
        for index, count in figure.buckets.items():
            # The middle of the bucket, by ratio: no observation is off by more than half of it.
            middle = base ** (int(index) + 0.5)
            self.bounds[middle] = self.bounds.get(middle, 0) + count

    def quantile(self, share: float) -> float:
        wanted = share * (self.zeros + sum(self.bounds.values()))
        seen = self.zeros
        for middle, count in sorted(self.bounds.items()):
            seen += count
            if seen >= wanted:
                return middle
        return 0.0


def red(figures: Iterable[FigureRecord], *, seconds: float) -> list[RedRow]:
    """A row for each service and route or message type, of figures from ``seconds``."""
    sums: dict[tuple[str, str, str], _Sum] = {}
    for figure in figures:
        if figure.name not in DURATIONS:
            continue
        attributes = figure.attributes
        names = ("practicum.span", "db.operation.name", "practicum.outcome")
        what = next((attributes[name] for name in names if attributes.get(name)), None)
        if not what:
            route = attributes.get("http.route", figure.name)
            what = f"{attributes.get('http.request.method', '')} {route}".strip()
        kind = figure.name.rpartition(".")[0].replace(".request", "").replace(".operation", "")
        sums.setdefault((figure.service, kind, str(what)), _Sum()).add(figure)
    return [
        RedRow(
            service=service,
            what=what,
            kind=kind,
            count=total.count,
            rate_per_s=total.count / seconds if seconds > 0 else 0.0,
            errors=total.errors,
            p50_ms=total.quantile(0.50) * 1000,
            p95_ms=total.quantile(0.95) * 1000,
            p99_ms=total.quantile(0.99) * 1000,
        )
        for (service, kind, what), total in sorted(sums.items())
    ]
