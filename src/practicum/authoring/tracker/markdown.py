"""The tracker as Markdown: what a person would keep by hand, had it not been generated."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from practicum.authoring.quality import Quality
from practicum.authoring.tracker.status import Row, Statistics, Tracker
from practicum.authoring.tracker.words import (
    MARKS,
    NEXT_SHOWN,
    by_what,
    counted,
    due_words,
    status_words,
    why,
)


def as_markdown(tracker: Tracker, beside: Path) -> str:
    """The whole page; files are linked as seen from the folder ``beside``."""
    lines = [
        "# Tracker",
        "",
        f"Generated on {tracker.made_on} by `practicum author tracker`; do not edit. A module is "
        "complete when the linter finds no error in it, and its listings, questions and labs "
        "were proved on the very files that are there.",
        "",
        f"In all: {counted(tracker.statistics)}.",
        "",
    ]
    for course, title in tracker.courses.items():
        lines += _course(tracker, course, title, beside)
    lines += _exams(tracker, beside)
    lines += _next(tracker)
    for row in (*tracker.rows, *tracker.exams):
        for kind, quality in (("module", row.quality), ("exam", row.exam_quality)):
            lines += _quality(row, kind, quality)
    lines += _upkeep(tracker)
    return "\n".join(lines).rstrip() + "\n"


def _course(tracker: Tracker, course: str, title: str, beside: Path) -> Iterator[str]:
    rows = tracker.of_course(course)
    yield f"## {_cell(title)}"
    yield ""
    yield "| Pillar | Topic | File | Status | Completion date | What is missing |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        file = f"[{Path(row.file).parent.name}]({_link(row.file, beside)})" if row.file else "-"
        pillar = str(row.pillar) if row.pillar is not None else "-"
        done = row.completed if row.status == "complete" else "-"
        status = f"{MARKS[row.status]} {status_words(row)}"
        cells = (pillar, row.topic, file, status, done, why(row) or "-")
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""
    yield from _statistics(tracker.by_course[course])


def _exams(tracker: Tracker, beside: Path) -> Iterator[str]:
    if not tracker.exams:
        return
    yield "## Exams"
    yield ""
    # A list: who counts the rows of tables counts modules.
    for row in tracker.exams:
        paper = f" ([paper]({_link(row.file, beside)}))" if row.file else ""
        done = f" on {row.completed}" if row.status == "complete" else ""
        missing = f": {_cell(why(row))}" if why(row) else ""
        yield f"- **{_cell(row.topic)}**, `{row.id}`{paper}: {status_words(row)}{done}{missing}"
    yield ""


def _statistics(statistics: Statistics) -> Iterator[str]:
    total = statistics.total
    for name, count in (
        ("Completed", statistics.complete),
        ("In work", statistics.in_work),
        ("Pending", statistics.pending),
    ):
        percent = 100 * count / total if total else 0
        yield f"- **{name}**: {count}/{total} ({percent:.0f} %)"
    yield ""


def _next(tracker: Tracker) -> Iterator[str]:
    if not tracker.next:
        return
    yield "## Next"
    yield ""
    for number, each in enumerate(tracker.next[:NEXT_SHOWN], 1):
        yield f"{number}. **{_cell(each.title)}** (`{each.id}`): {_cell('; '.join(each.why))}"
    yield ""


def _quality(row: Row, kind: str, quality: Sequence[Quality]) -> Iterator[str]:
    if not quality:
        return
    yield f"## Quality of the {kind} {row.id}"
    yield ""
    for each in quality:
        yield f"- {'✅' if each.met else '⬜'} {_cell(each.item)}: {_cell(by_what(each))}"
    yield ""


def _upkeep(tracker: Tracker) -> Iterator[str]:
    yield "## Upkeep"
    yield ""
    for due in tracker.upkeep:
        yield f"- {due.name}, {due.every}: {due_words(due)}"
    for each in tracker.overdue:
        yield f"- {each.what}: {_cell(each.why)}"
    yield ""


def _link(file: str, beside: Path) -> str:
    return os.path.relpath(file, beside).replace(" ", "%20")


def _cell(text: str) -> str:
    """A text that cannot leave its cell or list item."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
