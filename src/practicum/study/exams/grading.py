"""Grade what was handed in, by machine and by people, and tell what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from practicum.curriculum.question import Code, Criterion
from practicum.learner.events import AnswerGraded, AnyEvent, Grader
from practicum.learner.exam import grading as rules
from practicum.learner.exam.grading import Outcome
from practicum.learner.exam.people import graded_by, rubrics
from practicum.learner.exam.refusal import BadGrade, NotSubmitted
from practicum.learner.exam.result import InWords, Result, in_words, result
from practicum.learner.exam.sitting import MACHINE, Exams, Sitting
from practicum.learner.exam.variant import Item
from practicum.study.desk import Desk
from practicum.study.exams.deciding import decide
from practicum.study.exams.papers import items_of
from practicum.study.exams.sitting import hand_in_what_is_due


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A result, and its questions with their answers in words."""

    result: Result
    answers: tuple[InWords, ...]


RunCode = Callable[[Code, str], Outcome]
"""Runs an answer in code against its question's check."""


def result_of(
    desk: Desk, name: str, run: RunCode, *, levels: Mapping[int, int] | None = None
) -> Told:
    """What came of a sitting, after grading whatever the machine has not graded yet; recorded
    if it differs from what was recorded last. It may be asked again at any time.

    Raises NoSuchSitting, NotSubmitted, CannotBeUsed.
    """
    sitting = hand_in_what_is_due(desk).sitting(name)
    if sitting.submitted_at is None:
        raise NotSubmitted(name)
    paper, items = items_of(desk, sitting)
    outcomes = {
        each.id: run(each.question, sitting.answers[each.id])
        for each in items
        if isinstance(each.question, Code)
        and isinstance(sitting.answers.get(each.id), str)
        and not _is_graded(sitting, each)
    }
    decide(desk, lambda exams: _grades(exams.sitting(name), items, outcomes), by=MACHINE)
    doubts = {question: each.said for question, each in outcomes.items() if each.passed is None}

    def concluded(there: Sitting) -> Result:
        return result(paper, items, there, desk.now(), levels=levels, doubts=doubts)

    def conclude(exams: Exams) -> Sequence[AnyEvent]:
        event = concluded(exams.sitting(name)).event()
        return [event] if event != exams.sitting(name).result else []

    sitting = decide(desk, conclude, by=MACHINE).sitting(name)
    return Told(result=concluded(sitting), answers=in_words(items, sitting))


def _is_graded(sitting: Sitting, item: Item) -> bool:
    return any(each.grader == "machine" for each in sitting.grades.get(item.id, []))


def _grades(
    sitting: Sitting, items: Sequence[Item], outcomes: Mapping[str, Outcome]
) -> list[AnyEvent]:
    """What the machine gives for each answer that it has not graded."""
    found: list[AnyEvent] = []
    for item in items:
        if _is_graded(sitting, item):
            continue
        mark = rules.grade(item, sitting.answers.get(item.id), outcomes.get(item.id))
        if mark is not None:
            found.append(
                AnswerGraded(
                    sitting=sitting.id,
                    question=item.id,
                    points=mark.points,
                    of=mark.of,
                    grader="machine",
                    note=mark.note,
                )
            )
    return found


def to_grade(desk: Desk, name: str) -> dict[str, tuple[Criterion, ...]]:
    """What people grade in a sitting, by question: the rubric of each design that was answered,
    and of the paper.

    Raises NoSuchSitting, NotSubmitted.
    """
    sitting = hand_in_what_is_due(desk).sitting(name)
    if sitting.submitted_at is None:
        raise NotSubmitted(name)
    paper, items = items_of(desk, sitting)
    unanswered = {each.id for each in items if sitting.answers.get(each.id) is None}
    return {k: v for k, v in rubrics(items, paper).items() if k not in unanswered}


def grade(
    desk: Desk,
    name: str,
    question: str,
    *,
    grader: Grader,
    by: str,
    levels: Mapping[str, Any],
    note: str = "",
) -> Sitting:
    """Record a person's grade of one answer, or (`WHOLE`) of the paper; the desk is that of who
    sat the exam, ``by`` is who grades it.

    Raises NoSuchSitting, NotSubmitted, BadGrade.
    """
    known = to_grade(desk, name)
    if question not in known:
        there = ", ".join(known) or "nothing"
        raise BadGrade(f"{question} is not graded by a rubric; what is: {there}")

    def give(exams: Exams) -> Sequence[AnyEvent]:
        return [
            graded_by(
                exams.sitting(name),
                known[question],
                question,
                person=desk.person,
                grader=grader,
                by=by,
                levels=levels,
                note=note,
            )
        ]

    return decide(desk, give, by=by).sitting(name)
