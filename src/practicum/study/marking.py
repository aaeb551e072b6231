"""Mark one answer outside of an exam: by machine, and else by the learner herself."""

from __future__ import annotations

from typing import Any

import msgspec

from practicum.curriculum.question import AnyOf, AnyQuestion, Code, Design, OneOf
from practicum.labs.finding import CannotBeUsed
from practicum.learner.events import Grader
from practicum.learner.exam.answers import Answer, read
from practicum.learner.exam.grading import grade, points_of, worth
from practicum.learner.exam.sheet import model, right
from practicum.learner.exam.variant import Item
from practicum.study.exams.grading import RunCode


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What she gave: ``said`` in the letters of her variant; her own ``levels`` by a design's
    rubric; whether her code ``passed``, for where no machine can tell; after ``seconds``."""

    said: Any
    levels: dict[str, int] | None = None
    passed: bool | None = None
    seconds: float = 0


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """Points of ``of``, who gave them, and what is told afterwards: what is ``right`` in the
    letters of her variant, a ``model`` for code and designs, why (``explain``), and what one
    believes who takes, or leaves, the choices that she ``misjudged``."""

    answer: Answer
    points: float
    of: float
    grader: Grader
    note: str
    right: str
    model: str
    explain: str
    misjudged: tuple[str, ...] = ()


class NotMarkedYet(CannotBeUsed):
    """No machine can mark it here: she has to. ``by`` tells how: "levels" or "passed"."""

    def __init__(self, item: Item, by: str, said: str) -> None:
        self.by = by
        super().__init__(f"{item.id}: {said}")


def mark(item: Item, given: Given, run: RunCode) -> Marked:
    """The points of an answer.

    Raises BadAnswer for one of another shape, BadGrade for levels that do not fit the rubric,
    and NotMarkedYet where her own judgement is missing.
    """
    answer = read(item, given.said)
    question = item.question
    grader: Grader = "machine"
    note = ""
    if isinstance(question, Design):
        if given.levels is None:
            raise NotMarkedYet(item, "levels", "grade it by its rubric, a level for each criterion")
        points, grader = points_of(question.rubric, given.levels), "self"
    else:
        outcome = run(question, str(answer)) if isinstance(question, Code) else None
        found = grade(item, answer, outcome)
        if found is not None:
            points, note = found.points, found.note
        elif given.passed is None:
            raise NotMarkedYet(
                item, "passed", "this machine cannot run it: say whether it is right"
            )
        else:
            points, grader = worth(question) * given.passed, "self"
    return Marked(
        answer=answer,
        points=points,
        of=worth(question),
        grader=grader,
        note=note,
        right=right(item),
        model=model(item),
        explain=item.explain,
        misjudged=_misjudged(question, answer),
    )


def _misjudged(question: AnyQuestion, answer: Answer) -> tuple[str, ...]:
    """The choices taken that are wrong, and those left that are right, each with its why."""
    if isinstance(question, OneOf):
        taken = {answer}
        judged = [(place, each) for place, each in enumerate(question.choices) if place == answer]
    elif isinstance(question, AnyOf) and isinstance(answer, list):
        taken = set(answer)
        judged = list(enumerate(question.choices))
    else:
        return ()
    wrong = [each for place, each in judged if each.right != (place in taken)]
    return tuple(f"{each.text}: {each.why}" for each in wrong)
