"""Decide on what a person's history says now, and record it only if it still does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from practicum.learner.events import AnyEvent
from practicum.learner.record import SomebodyWasFaster, View, fold_on
from practicum.study.desk import Desk

TRIES = 25
StateT = TypeVar("StateT")


def decide_on(
    desk: Desk,
    view: View[StateT],
    decision: Callable[[StateT], Sequence[AnyEvent]],
    *,
    by: str = "",
) -> StateT:
    """Record what follows from a view as it is, and return it with that. Where others were
    faster, everything is read and decided again: a decision that no longer holds raises.

    Raises whatever the decision raises; SomebodyWasFaster if others never pause; RecordError.
    """
    for left in reversed(range(TRIES)):
        folded = desk.record.folded(view, desk.person)
        events = decision(folded.state)
        if not events:
            break
        try:
            entries = desk.note(*events, after=folded.number, by=by)
        except SomebodyWasFaster:
            if not left:
                raise
            continue
        fold_on(view, folded, entries)
        break
    return folded.state
