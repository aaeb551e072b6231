"""The timeline: faults, orders per second, latency and sagas over one axis of time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec

from practicum.labs.experiment.observations import FaultSeen, Observations, Saga, Second
from practicum.labs.report.scale import Scale, decade_ticks, path, round_ticks, span_text

WIDTH, LEFT, RIGHT = 1080.0, 66.0, 1064.0
ROW_HEIGHT = 22.0
PANEL_GAP = 46.0
LETTER_WIDTH = 6.4
"""About that wide is a letter of a label; enough to know where there is room for one."""
LASTING_SHARE = 0.6
"""A fault that lasts for more of the experiment than this is weather: it gets no band."""


class Tick(msgspec.Struct, frozen=True):
    """A mark on an axis."""

    at: float
    text: str


class FaultRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fault's line above the panels, and its band through them."""

    y: float
    x: float
    ended_x: float
    recovered_x: float | None
    label: str
    label_x: float
    anchor: str
    banded: bool
    struck: bool
    what: str


class Curve(msgspec.Struct, frozen=True):
    """One series: ``kind`` is its class in the style sheet."""

    kind: str
    name: str
    d: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A field with its own vertical axis."""

    title: str
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    areas: tuple[Curve, ...] = ()
    lines: tuple[Curve, ...] = ()
    dots: tuple[Curve, ...] = ()


class Column(msgspec.Struct, frozen=True):
    """One second: a place to point at."""

    x: float
    width: float
    text: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at its place, in a drawing of ``width`` by ``height``."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    faults: tuple[FaultRow, ...]
    panels: tuple[Panel, ...]
    columns: tuple[Column, ...]


class SecondRow(msgspec.Struct, frozen=True):
    """A second in the table beside the drawing; times in words."""

    second: Second
    p99: str
    begun: int
    median: str
    slowest: str


def timeline(seen: Observations, sagas: Mapping[str, Saga]) -> Timeline:
    """The drawing of an experiment and of the sagas known from it."""
    until_s = _until_s(seen, sagas)
    time = Scale(0.0, until_s, LEFT, RIGHT)
    top = 12.0 + ROW_HEIGHT * len(seen.faults)
    panels: list[Panel] = []
    for make, height in ((_rates, 150.0), (_latency, 110.0), (_sagas, 170.0)):
        y = (panels[-1].bottom if panels else top) + PANEL_GAP
        panels.append(make(seen, sagas, time, (y, y + height)))
    bottom = panels[-1].bottom
    return Timeline(
        width=WIDTH,
        height=bottom + 44,
        left=LEFT,
        right=RIGHT,
        top=top,
        bottom=bottom,
        ticks=tuple(Tick(time(s), f"{s:g}") for s in round_ticks(until_s, 12) if s <= until_s),
        faults=tuple(_fault_row(each, n, time) for n, each in enumerate(seen.faults)),
        panels=tuple(panels),
        columns=tuple(_column(each, time) for each in seen.seconds),
    )


def by_second(seen: Observations, sagas: Mapping[str, Saga]) -> tuple[SecondRow, ...]:
    """The drawing's data as a table."""
    begun: dict[int, list[float]] = {}
    for saga in sagas.values():
        begun.setdefault(int(saga.began_s), []).append(saga.ended_s - saga.began_s)
    rows = []
    for second in seen.seconds:
        times = sorted(begun.get(second.at_s, []))
        rows.append(
            SecondRow(
                second,
                "" if second.p99_ms is None else span_text(second.p99_ms / 1000),
                len(times),
                span_text(times[(len(times) - 1) // 2]) if times else "",
                span_text(times[-1]) if times else "",
            )
        )
    return tuple(rows)


def _until_s(seen: Observations, sagas: Mapping[str, Saga]) -> float:
    ends = [each.began_s + (each.recovery_s or 0.0) for each in seen.faults]
    ends += [each.ended_s for each in seen.faults]
    ends += [float(second.at_s + 1) for second in seen.seconds]
    ends += [saga.ended_s for saga in sagas.values()]
    return max([1.0, *ends])


def _fault_row(fault: FaultSeen, number: int, time: Scale) -> FaultRow:
    x, ended_x = time(fault.began_s), time(fault.ended_s)
    recovered_x, label = None, fault.what
    if not fault.struck:
        label += f" (did not strike: {fault.outcome})"
    if fault.recovery_s is not None:
        recovered_x = time(fault.began_s + fault.recovery_s)
        label += f", recovered after {span_text(fault.recovery_s)}"
    last_x = max(ended_x, recovered_x or 0.0)
    label_x, anchor = last_x + 8, "start"
    if label_x + len(label) * LETTER_WIDTH > RIGHT:
        label_x, anchor = x - 8, "end"
        if label_x - len(label) * LETTER_WIDTH < LEFT:
            inside = recovered_x is not None and ended_x + len(label) * LETTER_WIDTH < RIGHT
            label_x, anchor = (ended_x if inside else x) + 8, "start"
    return FaultRow(
        y=8.0 + ROW_HEIGHT * number,
        x=x,
        ended_x=max(ended_x, x + 2),
        recovered_x=recovered_x,
        label=label,
        label_x=label_x,
        anchor=anchor,
        banded=ended_x - x < LASTING_SHARE * (RIGHT - LEFT),
        struck=fault.struck,
        what=fault.what,
    )


def _rates(
    seen: Observations, sagas: Mapping[str, Saga], time: Scale, place: tuple[float, float]
) -> Panel:
    series = {
        "accepted": [second.accepted for second in seen.seconds],
        "ended": [second.ended for second in seen.seconds],
        "refused": [second.refused for second in seen.seconds],
    }
    ticks = round_ticks(max([1, *(n for values in series.values() for n in values)]), 4)
    y = Scale(0.0, ticks[-1], place[1], place[0])
    steps = {
        name: path([(time(s), y(n)) for at, n in enumerate(values) for s in (at, at + 1)])
        for name, values in series.items()
        if name != "refused" or any(values)
    }
    floor = f"L{time(len(seen.seconds)):g} {place[1]:g}L{time(0):g} {place[1]:g}Z"
    return Panel(
        title="orders per second",
        top=place[0],
        bottom=place[1],
        ticks=tuple(Tick(y(n), f"{n:g}") for n in ticks),
        areas=(Curve("accepted", "", steps["accepted"] + floor),) if seen.seconds else (),
        lines=tuple(Curve(name, name, d) for name, d in steps.items()),
    )


def _latency(
    seen: Observations, sagas: Mapping[str, Saga], time: Scale, place: tuple[float, float]
) -> Panel:
    known = [(each.at_s + 0.5, each.p99_ms) for each in seen.seconds if each.p99_ms is not None]
    ticks = round_ticks(max((ms for _, ms in known), default=1.0), 4)
    y = Scale(0.0, ticks[-1], place[1], place[0])
    points = [(time(at_s), y(ms)) for at_s, ms in known]
    gaps = {n for n, (a, b) in enumerate(pairwise(known), 1) if b[0] - a[0] > 1}
    line = "".join(
        ("M" if n == 0 or n in gaps else "L") + f"{x:g} {at:g}" for n, (x, at) in enumerate(points)
    )
    return Panel(
        title="answer of the edge, 99th percentile",
        top=place[0],
        bottom=place[1],
        ticks=tuple(Tick(y(ms), _axis_text(ms / 1000)) for ms in ticks),
        lines=(Curve("latency", "p99", line),) if line else (),
        dots=(Curve("latency", "", _dots(points)),),
    )


def _sagas(
    seen: Observations, sagas: Mapping[str, Saga], time: Scale, place: tuple[float, float]
) -> Panel:
    ticks = decade_ticks(saga.ended_s - saga.began_s for saga in sagas.values())
    y = Scale(ticks[0], ticks[-1], place[1], place[0], logarithmic=True)
    points: dict[str, list[tuple[float, float]]] = {"confirmed": [], "cancelled": [], "other": []}
    for saga in sagas.values():
        place_ = time(saga.began_s), y(saga.ended_s - saga.began_s)
        points[saga.status if saga.status in points else "other"].append(place_)
    return Panel(
        title="time of each saga, by when it began (logarithmic)",
        top=place[0],
        bottom=place[1],
        ticks=tuple(Tick(y(s), _axis_text(s)) for s in ticks),
        dots=tuple(Curve(name, name, _dots(found)) for name, found in points.items() if found),
    )


def _dots(points: Sequence[tuple[float, float]]) -> str:
    # Orders by the hundred thousand share pixels: one dot for each place is all one can see.
    places = sorted({(round(x), round(y)) for x, y in points})
    return "".join(f"M{x} {y}h0" for x, y in places)


def _axis_text(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:g} ms"


def _column(second: Second, time: Scale) -> Column:
    p99 = "no answer" if second.p99_ms is None else f"p99 {span_text(second.p99_ms / 1000)}"
    x = time(second.at_s)
    return Column(
        x,
        round(time(second.at_s + 1) - x, 1),
        f"second {second.at_s}: {second.accepted} accepted, {second.ended} ended, "
        f"{second.refused} refused, {p99}",
    )
