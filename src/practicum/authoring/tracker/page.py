"""The tracker as one HTML file: nothing fetched, no script, everything escaped, a map drawn."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from practicum.authoring.tracker import words
from practicum.authoring.tracker.status import Row, Statistics, Tracker

TILE, GAP, LABEL, PER_LINE = 34, 6, 120, 10
"""The map's measures in pixels: a tile per module, so many in a line, behind the course's name."""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A module on the map."""

    x: int
    y: int
    kind: str
    label: str
    told: str
    anchor: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A course on the map."""

    y: int
    course: str
    title: str
    counts: str
    tiles: tuple[Tile, ...]


def as_page(tracker: Tracker, beside: Path) -> str:
    """The whole page; files are linked as seen from the folder ``beside``."""
    lines, height = drawn(tracker)
    return (
        _engine()
        .get_template("tracker.html")
        .render(
            tracker=tracker,
            lines=lines,
            height=height,
            width=LABEL + PER_LINE * (TILE + GAP),
            size=TILE,
            words=words,
            link=functools.partial(_link, beside=beside),
            parts=_parts,
        )
    )


def drawn(tracker: Tracker) -> tuple[list[Line], int]:
    """The map, and its height."""
    lines: list[Line] = []
    y = 0
    for course, title in tracker.courses.items():
        rows = tracker.of_course(course)
        tiles = tuple(
            Tile(
                x=LABEL + index % PER_LINE * (TILE + GAP),
                y=y + index // PER_LINE * (TILE + GAP),
                kind=row.status.replace(" ", "-"),
                label=str(row.pillar) if row.pillar is not None else str(index + 1),
                told=f"{row.topic}: {words.status_words(row)}",
                anchor=_anchor(row),
            )
            for index, row in enumerate(rows)
        )
        done = tracker.by_course[course]
        counts = f"{done.complete} of {done.total} complete"
        lines.append(Line(y=y, course=course, title=title, counts=counts, tiles=tiles))
        y += (-(-len(rows) // PER_LINE)) * (TILE + GAP) + GAP * 2
    return lines, max(y, TILE)


def _parts(statistics: Statistics) -> list[tuple[str, float]]:
    """The widths of a bar's parts, in percent."""
    total = statistics.total or 1
    counts = (
        ("complete", statistics.complete),
        ("in-work", statistics.in_work),
        ("pending", statistics.pending),
    )
    return [(name, round(100 * count / total, 2)) for name, count in counts]


def _anchor(row: Row) -> str:
    return row.id.replace("/", "--")


def _link(file: str, *, beside: Path) -> str:
    return os.path.relpath(file, beside)


@functools.cache
def _engine() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
