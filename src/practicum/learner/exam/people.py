"""Grades that people give by a rubric: who may, which one counts, and how far two agree.

A mentor's grade counts before the median of the peers', and that before one's own. Until a mentor
or a peer has come the result is provisional, and nobody waits for them longer than
`WAIT_DAYS`: then one's own grade stands.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.question import Criterion, Design, ExamPaper
from practicum.learner.events import AnswerGraded, Grader
from practicum.learner.exam.answers import plain_text
from practicum.learner.exam.grading import points_of
from practicum.learner.exam.refusal import BadGrade, NotSubmitted
from practicum.learner.exam.sitting import MACHINE, WHOLE, Grade, Sitting
from practicum.learner.exam.variant import Item

WAIT_DAYS = 14
"""So long a result waits for a peer or a mentor."""

NAME_MAX, NOTE_MAX = 100, 2_000

CRITERIA_MIN = 5
"""Of fewer criteria no agreement can be told from chance."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Which grade counts: its points (None while there is none), who gave it, and why it may
    still change; ``waits`` is empty once it is final."""

    points: float | None
    grader: Grader | None = None
    note: str = ""
    waits: str = ""


def counted(grades: Sequence[Grade], *, submitted_at: dt.datetime, now: dt.datetime) -> Counted:
    """The grade of an answer that counts among all that it got."""
    by: dict[str, list[Grade]] = {}
    for each in grades:
        by.setdefault(each.grader, []).append(each)
    if "machine" in by:
        (own,) = by["machine"]
        return Counted(points=own.points, grader="machine", note=own.note)
    for kind in ("mentor", "peer"):
        if kind in by:
            return _of(by[kind])
    until = submitted_at + dt.timedelta(days=WAIT_DAYS)
    over = now >= until
    if "self" in by:
        waits = "" if over else f"counts until a peer or a mentor grades it, by {until:%Y-%m-%d}"
        found = _of(by["self"])
        return Counted(points=found.points, grader="self", note=found.note, waits=waits)
    return Counted(points=None, waits="nobody has graded it: grade it yourself by the rubric")


def _of(grades: Sequence[Grade]) -> Counted:
    notes = [each.note for each in grades if each.note]
    points = statistics.median(each.points for each in grades)
    return Counted(points=points, grader=grades[0].grader, note="; ".join(notes))


def rubrics(items: Sequence[Item], paper: ExamPaper) -> dict[str, tuple[Criterion, ...]]:
    """What people grade in a sitting: designs, and the paper as a whole if it has a rubric."""
    found = {each.id: each.question.rubric for each in items if isinstance(each.question, Design)}
    return {**found, WHOLE: paper.rubric} if paper.rubric else found


def graded_by(
    sitting: Sitting,
    rubric: Sequence[Criterion],
    question: str,
    *,
    person: str,
    grader: Grader,
    by: str,
    levels: Mapping[str, Any],
    note: str = "",
) -> AnswerGraded:
    """A person's grade of one answer, or (`WHOLE`) of the paper. ``person`` sat the exam, ``by``
    grades it.

    Raises NotSubmitted; BadGrade for levels that there are not, and for who may not grade so;
    BadAnswer for a name or a note that is no text.
    """
    if sitting.submitted_at is None:
        raise NotSubmitted(sitting.id)
    if grader == "machine" or by == MACHINE:
        raise BadGrade("a person grades as self, peer or mentor")
    if (grader == "self") != (by == person):
        own = "nobody is her own peer or mentor: name who grades"
        raise BadGrade(own if by == person else f"only {person} grades as self")
    plain_text("by", "a name", by, NAME_MAX)
    if note:
        plain_text("note", "a few sentences", note, NOTE_MAX)
    if question != WHOLE and sitting.answers.get(question) is None:
        raise BadGrade(f"{question} was not answered: there is nothing to grade")
    points = points_of(rubric, levels)
    return AnswerGraded(
        sitting=sitting.id,
        question=question,
        points=points,
        of=sum(each.points for each in rubric),
        grader=grader,
        levels=dict(levels),
        note=note,
    )


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far two graders agree over the criteria that both judged. ``kappa`` is 1 for always,
    0 for no more than by chance, and None where it cannot be told."""

    first: str
    second: str
    criteria: int
    kappa: float | None


def agreements(
    sitting: Sitting, graded: Mapping[str, Sequence[Criterion]]
) -> tuple[Agreement, ...]:
    """The agreement of each two who graded a sitting by its rubrics, as `rubrics` gives them."""
    levels: dict[str, dict[tuple[str, str], float]] = {}
    for question, rubric in graded.items():
        for grade in sitting.grades.get(question, []):
            name = "self" if grade.grader == "self" else f"{grade.grader} {grade.by}"
            mine = levels.setdefault(name, {})
            for criterion in rubric:
                if criterion.name in grade.levels:
                    most = len(criterion.levels) - 1
                    mine[question, criterion.name] = grade.levels[criterion.name] / most
    found = []
    names = sorted(name for name, mine in levels.items() if mine)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            both = sorted(levels[first].keys() & levels[second].keys())
            if both:
                pairs = [(levels[first][each], levels[second][each]) for each in both]
                kappa = None
                if len(both) >= CRITERIA_MIN:
                    kappa = quadratic_kappa([a for a, _ in pairs], [b for _, b in pairs])
                found.append(Agreement(first=first, second=second, criteria=len(both), kappa=kappa))
    return tuple(found)


def quadratic_kappa(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Cohen's kappa with quadratic weights (Cohen, "Weighted kappa", 1968) of two graders'
    levels for the same things: 1 less the mean square of their differences over that of chance.
    None for nothing to compare, and where both give one and the same level throughout.

    Raises ValueError for two lists of different length.
    """
    count = len(first)
    if count != len(second):
        raise ValueError(f"{count} levels cannot be compared with {len(second)}")
    if not count:
        return None
    seen = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / count
    squares = (sum(a * a for a in first) + sum(b * b for b in second)) / count
    chance = squares - 2 * (sum(first) / count) * (sum(second) / count)
    if chance <= 1e-12:
        return None
    return 1 - seen / chance
