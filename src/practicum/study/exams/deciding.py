"""Decide on what a person's sittings are now, and record it only if they still are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from practicum.learner.events import AnyEvent
from practicum.learner.exam.sitting import Exams, ExamsView
from practicum.learner.record import SomebodyWasFaster, fold_on
from practicum.study.desk import Desk

TRIES = 25
VIEW = ExamsView()


def exams_of(desk: Desk) -> Exams:
    """All sittings of the person."""
    return desk.record.folded(VIEW, desk.person).state


def decide(desk: Desk, decision: Callable[[Exams], Sequence[AnyEvent]], *, by: str = "") -> Exams:
    """Record what follows from the sittings as they are, and return them with it. Where others
    were faster, everything is read and decided again: a decision that no longer holds raises.

    Raises whatever the decision raises; SomebodyWasFaster if others never pause; RecordError.
    """
    for left in reversed(range(TRIES)):
        folded = desk.record.folded(VIEW, desk.person)
        events = decision(folded.state)
        if not events:
            break
        try:
            entries = desk.note(*events, after=folded.number, by=by)
        except SomebodyWasFaster:
            if not left:
                raise
            continue
        fold_on(VIEW, folded, entries)
        break
    return folded.state
