"""The tracker in the words that both of its pages use."""

from __future__ import annotations

from practicum.authoring.quality import Quality
from practicum.authoring.tracker.status import Row, Statistics
from practicum.authoring.tracker.upkeep import Due

MARKS = {"complete": "✅", "in work": "🚧", "pending": "⏳"}
NEXT_SHOWN = 5


def status_words(row: Row) -> str:
    """How far a module is."""
    if row.status == "in work" and row.has_changed:
        return "in work: changed since it was proved"
    return row.status


def why(row: Row) -> str:
    """What keeps a module from being complete; empty if nothing does."""
    if row.status == "pending":
        return row.pending
    told = [*row.missing]
    if row.status == "in work" and row.pending and not row.file:
        told.append(row.pending)
    return "; ".join(told)


def by_what(quality: Quality) -> str:
    """Which rules met an item, or why it is not met."""
    if quality.met:
        return f"met by {', '.join(quality.rules)}"
    if not quality.rules:
        return "no rule judges it: somebody has to read it"
    said = []
    if quality.broken:
        said.append(f"broken: {', '.join(quality.broken)}")
    if quality.unjudged:
        said.append(f"not run on these files: {', '.join(quality.unjudged)}")
    return "; ".join(said)


def counted(statistics: Statistics) -> str:
    """The counts in a line."""
    return (
        f"{statistics.complete} of {statistics.total} complete ({statistics.percent:g} %), "
        f"{statistics.in_work} in work, {statistics.pending} pending"
    )


def due_words(due: Due) -> str:
    """When a round of upkeep was made and is due."""
    last = f"made last on {due.last}" if due.last else "never made"
    return f"{last}, {'overdue since' if due.is_overdue else 'due on'} {due.due}"
