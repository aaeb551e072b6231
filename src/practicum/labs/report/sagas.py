"""A saga as a drawing: its waterfall, bar by bar, with the faults that fell into it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.labs.experiment.observations import FaultSeen
from practicum.labs.report.choosing import Chosen
from practicum.labs.report.scale import Scale, round_ticks, span_text
from practicum.labs.report.timeline import LETTER_WIDTH, WIDTH, Tick
from practicum.telemetry.waterfall import Row

LABEL_X, SERVICE_X, LEFT, RIGHT = 8.0, 352.0, 446.0, 1064.0
TOP, STRIKE_HEIGHT, ROW_HEIGHT = 34.0, 16.0, 19.0
INDENT, INDENTS_MAX = 8.0, 14
COLOURS = ("order", "inventory", "payment", "bank", "shipping", "notification", "catalog")
"""Services with a colour of their own in the style sheet."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A span, or a wait between two."""

    y: float
    label: str
    label_x: float
    text: str
    service: str
    kind: str
    x: float
    width: float
    took: str
    took_x: float
    anchor: str
    began: str
    error: str


class Strike(msgspec.Struct, frozen=True):
    """A fault that was there during the saga."""

    x: float
    width: float
    y: float
    label_x: float
    anchor: str
    what: str


class SagaDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """One chosen order, everything at its place."""

    chosen: Chosen
    took: str
    traced: str
    services: tuple[str, ...]
    errors: int
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    strikes: tuple[Strike, ...]
    bars: tuple[Bar, ...]


def draw_saga(chosen: Chosen, faults: Sequence[FaultSeen], *, since_s: float) -> SagaDrawing:
    """The drawing of one order; ``since_s`` is the experiment's beginning (Unix time)."""
    story = chosen.waterfall
    time = Scale(0.0, max(story.duration_ms, 0.001), LEFT, RIGHT)
    strikes = _strikes(faults, story.start_ns / 1e9 - since_s, time)
    top = TOP + STRIKE_HEIGHT * len(strikes)
    bottom = top + ROW_HEIGHT * len(story.rows)
    return SagaDrawing(
        chosen=chosen,
        took=span_text(chosen.saga.ended_s - chosen.saga.began_s),
        traced=span_text(story.duration_ms / 1000),
        services=tuple(dict.fromkeys(row.service for row in story.rows if row.service)),
        errors=sum(1 for row in story.rows if row.error),
        width=WIDTH,
        height=bottom + 10,
        left=LEFT,
        right=RIGHT,
        top=top,
        bottom=bottom,
        ticks=tuple(
            Tick(time(ms), f"{ms:g} ms") for ms in round_ticks(time.high, 6) if ms <= time.high
        ),
        strikes=strikes,
        bars=tuple(_bar(row, top + ROW_HEIGHT * n, time) for n, row in enumerate(story.rows)),
    )


def _bar(row: Row, y: float, time: Scale) -> Bar:
    x, end_x = time(row.offset_ms), time(row.offset_ms + row.duration_ms)
    took = span_text(row.duration_ms / 1000)
    took_x, anchor = max(end_x, x + 2) + 6, "start"
    if took_x + len(took) * LETTER_WIDTH > RIGHT:
        took_x, anchor = x - 6, "end"
    label_x = LABEL_X + INDENT * min(row.depth, INDENTS_MAX)
    room = int((SERVICE_X - label_x) / LETTER_WIDTH)
    return Bar(
        y=y,
        label=row.label if len(row.label) <= room else row.label[: room - 1] + "…",
        label_x=label_x,
        text=row.label,
        service=row.service,
        kind=_kind(row),
        x=x,
        width=round(max(end_x - x, 2.0), 1),
        took=took,
        took_x=round(took_x, 1),
        anchor=anchor,
        began=span_text(row.offset_ms / 1000),
        error=row.error,
    )


def _kind(row: Row) -> str:
    if row.error:
        return "failed"
    if row.span is None:
        return "wait"
    return row.service if row.service in COLOURS else "unknown-service"


def _strikes(faults: Sequence[FaultSeen], offset_s: float, time: Scale) -> tuple[Strike, ...]:
    found: list[Strike] = []
    for fault in faults:
        began_ms, ended_ms = ((at - offset_s) * 1000 for at in (fault.began_s, fault.ended_s))
        lasting = fault.kind == "hesitate"  # weather: it was there all the time
        if fault.struck and not lasting and ended_ms >= 0 and began_ms <= time.high:
            x = time(began_ms)
            width = round(max(time(ended_ms) - x, 1.5), 1)
            label_x, anchor = x + width + 5, "start"
            if label_x + len(fault.what) * LETTER_WIDTH > RIGHT:
                label_x, anchor = x - 5, "end"
            y = STRIKE_HEIGHT * len(found)
            found.append(Strike(x, width, y, round(label_x, 1), anchor, fault.what))
    return tuple(found)
