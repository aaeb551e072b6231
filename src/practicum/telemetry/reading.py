"""Questions to the telemetry on disk. Opens the file for reading only; the writer never waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from practicum.telemetry.records import (
    Attributes,
    FigureRecord,
    LineRecord,
    SpanRecord,
    TraceSummary,
)
from practicum.telemetry.store import FILE

_SUMMARIES = """
with found as (
  select trace_id, min(start_ns) as began, max(end_ns) as ended, count(*) as spans,
    sum(error <> '') as errors, max(key) as key
  from spans where trace_id in (select trace_id from spans where end_ns >= ?)
  group by trace_id)
select f.trace_id, s.name, s.service, f.began, max(0, f.ended - f.began) / 1e6, f.spans, f.errors,
  coalesce((select error from spans e where e.trace_id = f.trace_id and error <> ''
    order by start_ns limit 1), ''), f.key
from found f join spans s on s.trace_id = f.trace_id and s.start_ns = f.began
where {condition} group by f.trace_id order by {order} limit ?
"""
_attributes = msgspec.json.Decoder(Attributes)
_buckets = msgspec.json.Decoder(dict[int, int], strict=False)


class NothingKept(Exception):
    """No telemetry was ever kept there."""


class Archive:
    """What a receiver kept in ``folder``. Raises `NothingKept`. A context manager."""

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        if not path.exists():
            raise NothingKept(str(path))
        try:
            self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10.0)
            self._connection.execute("select 1 from spans limit 1")
        except sqlite3.Error as error:
            raise NothingKept(f"{path}: {error}") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def traces_of(self, id: str) -> list[str]:
        """The traces in which an order (or a correlation or trace id) occurs, oldest first."""
        rows = self._connection.execute(
            "select trace_id, min(start_ns) as began from spans where trace_id in ("
            "select trace_id from names where id = :id union select :id) "
            "group by trace_id order by began",
            {"id": id},
        )
        return [row[0] for row in rows]

    def spans(self, trace_id: str) -> list[SpanRecord]:
        """All spans of a trace."""
        rows = self._connection.execute(
            "select * from spans where trace_id = ? order by start_ns", (trace_id,)
        )
        return [SpanRecord(*_decoded(row)) for row in rows]

    def lines(self, trace_id: str) -> list[LineRecord]:
        """The log lines of a trace."""
        rows = self._connection.execute(
            "select * from lines where trace_id = ? order by time_ns", (trace_id,)
        )
        return [LineRecord(*_decoded(row)) for row in rows]

    def slow(
        self, *, since_ns: int, at_least_ms: float = 0.0, limit: int = 20
    ) -> list[TraceSummary]:
        """The traces that took longest, of those that ended since."""
        return list(
            self._summaries(
                "f.ended - f.began >= ?",
                "f.ended - f.began desc",
                since_ns,
                at_least_ms * 1e6,
                limit,
            )
        )

    def failing(self, *, since_ns: int, limit: int = 20) -> list[TraceSummary]:
        """The newest traces in which something failed, of those that ended since."""
        return list(self._summaries("f.errors >= ?", "f.began desc", since_ns, 1, limit))

    def _summaries(self, condition: str, order: str, *values: Any) -> Iterator[TraceSummary]:
        query = _SUMMARIES.format(condition=condition, order=order)
        for row in self._connection.execute(query, values):
            yield TraceSummary(*row)

    def figures(self, *, since_ns: int, name: str = "") -> list[FigureRecord]:
        """The figures since then, of one name or of all."""
        rows = self._connection.execute(
            "select * from figures where time_ns >= ? and (? = '' or name = ?) order by time_ns",
            (since_ns, name, name),
        )
        return [_figure(row) for row in rows]

    def newest_gauges(self, name: str) -> list[FigureRecord]:
        """Of every series of a gauge the newest value."""
        newest: dict[tuple[str, str], FigureRecord] = {}
        for figure in self.figures(since_ns=0, name=name):
            newest[figure.member, str(sorted(figure.attributes.items()))] = figure
        return list(newest.values())


def _decoded(row: Any) -> Any:
    *plain, attributes = row
    return *plain, _attributes.decode(attributes)


def _figure(row: Any) -> FigureRecord:
    fields = dict(zip(FigureRecord.__struct_fields__, row, strict=True))
    fields["attributes"] = _attributes.decode(fields["attributes"])
    fields["buckets"] = _buckets.decode(fields["buckets"])
    return FigureRecord(**fields)
