"""Decide on what a person's sittings are now, and record it only if they still are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from practicum.learner.events import AnyEvent
from practicum.learner.exam.sitting import Exams, ExamsView
from practicum.study.deciding import decide_on
from practicum.study.desk import Desk

VIEW = ExamsView()


def exams_of(desk: Desk) -> Exams:
    """All sittings of the person."""
    return desk.record.folded(VIEW, desk.person).state


def decide(desk: Desk, decision: Callable[[Exams], Sequence[AnyEvent]], *, by: str = "") -> Exams:
    """Record what follows from the sittings as they are, and return them with it; see
    `decide_on`."""
    return decide_on(desk, VIEW, decision, by=by)
