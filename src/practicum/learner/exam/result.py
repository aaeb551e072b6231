"""What came of a sitting: points, whether it passed, what to look at again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

import msgspec

from practicum.curriculum.question import Code, ExamPaper
from practicum.learner.events import ExamGraded, Grader
from practicum.learner.exam.grading import worth
from practicum.learner.exam.people import (
    Agreement,
    Counted,
    agreements,
    counted,
    rubrics,
)
from practicum.learner.exam.refusal import NotSubmitted
from practicum.learner.exam.sheet import key_of, kind_of, model, right, said, spelled
from practicum.learner.exam.sitting import WHOLE, Sitting
from practicum.learner.exam.variant import Item


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One question: its points (None while it waits for a grade), who gave them and why;
    ``waits`` says what may still change them."""

    question: str
    kind: str
    section: int
    points: float | None
    of: int
    grader: Grader | None
    note: str
    waits: str


class InWords(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, said and right, in the letters of the variant, and ``spelled`` in the
    question's words; ``model`` is a good answer in full, ``explain`` why it is so."""

    question: str
    text: str
    answer: str
    answer_spelled: tuple[str, ...]
    right: str
    right_spelled: tuple[str, ...]
    model: str
    explain: str


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a section or an objective; ``waiting`` are those not yet given or refused."""

    name: str
    points: float
    of: int
    waiting: int
    percent: float


class ToReview(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was not answered in full: ``share`` of its points were given. ``block``
    teaches it, ``tests`` are its objectives."""

    question: str
    share: float
    block: str
    tests: tuple[str, ...]


class ForLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the result counts for a level, which may ask for more than the exam."""

    level: int
    needed: int
    passed: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """``percent`` of all points, from 0 to 100, what still waits counting as nothing;
    ``percent_most`` if all that waits were given. ``passed`` stands on ``percent``.
    ``provisional`` while anything waits."""

    sitting: str
    exam: str
    title: str
    submitted_at: dt.datetime
    by_clock: bool
    percent: float
    percent_most: float
    pass_score: int
    passed: bool
    provisional: bool
    levels: tuple[ForLevel, ...]
    sections: tuple[Share, ...]
    objectives: tuple[Share, ...]
    questions: tuple[Judged, ...]
    review: tuple[ToReview, ...]
    whole: Counted | None
    agreements: tuple[Agreement, ...]
    reflection: tuple[str, ...]
    reflected: Mapping[str, str]
    resources: tuple[str, ...]

    def event(self) -> ExamGraded:
        """What is recorded of it."""
        return ExamGraded(
            sitting=self.sitting,
            exam=self.exam,
            percent=self.percent,
            passed=self.passed,
            provisional=self.provisional,
        )


def needed(pass_score: int, level_score: int = 0) -> int:
    """The percent that an exam must reach to count: its own pass score or that of the level,
    whichever is more."""
    return max(pass_score, level_score)


def passes(percent: float, pass_score: int, level_score: int = 0) -> bool:
    """Whether a result counts."""
    return percent >= needed(pass_score, level_score)


def result(
    paper: ExamPaper,
    items: Sequence[Item],
    sitting: Sitting,
    now: dt.datetime,
    *,
    levels: Mapping[int, int] | None = None,
    doubts: Mapping[str, str] | None = None,
) -> Result:
    """What came of a sitting so far. ``levels`` are the scores that levels ask for, by number;
    ``doubts`` say by question why a machine could not judge an answer in code.

    Raises NotSubmitted.
    """
    if sitting.submitted_at is None:
        raise NotSubmitted(sitting.id)
    why = doubts or {}
    judged = tuple(_judged(each, sitting, now, why.get(each.id, "")) for each in items)
    all_of_it = _share("", judged)
    most = all_of_it.points + all_of_it.waiting
    of_items = list(zip(items, judged, strict=True))
    by_rubric = rubrics(items, paper)
    return Result(
        sitting=sitting.id,
        exam=sitting.exam,
        title=paper.title,
        submitted_at=sitting.submitted_at,
        by_clock=sitting.by_clock,
        percent=all_of_it.percent,
        percent_most=_percent(most, all_of_it.of),
        pass_score=paper.pass_score,
        passed=passes(all_of_it.percent, paper.pass_score),
        provisional=any(each.waits for each in judged),
        levels=tuple(
            ForLevel(
                level=level,
                needed=needed(paper.pass_score, score),
                passed=passes(all_of_it.percent, paper.pass_score, score),
            )
            for level, score in (levels or {}).items()
        ),
        sections=tuple(
            _share(section.title, [each for each in judged if each.section == place])
            for place, section in enumerate(paper.sections)
        ),
        objectives=tuple(
            _share(name, [each for item, each in of_items if name in item.question.tests])
            for name in dict.fromkeys(name for item in items for name in item.question.tests)
        ),
        questions=judged,
        review=tuple(to_review(of_items)),
        whole=_whole(paper, sitting, now),
        agreements=agreements(sitting, by_rubric),
        reflection=paper.reflection,
        reflected=dict(sitting.reflected),
        resources=paper.resources,
    )


def in_words(items: Sequence[Item], sitting: Sitting) -> tuple[InWords, ...]:
    """What was asked, said and right. Raises NotSubmitted."""
    if sitting.submitted_at is None:
        raise NotSubmitted(sitting.id)
    answers = sitting.answers
    return tuple(
        InWords(
            question=item.id,
            text=item.text,
            answer=said(item, answers.get(item.id)),
            answer_spelled=spelled(item, answers.get(item.id)),
            right=right(item),
            right_spelled=spelled(item, key_of(item)),
            model=model(item),
            explain=item.explain,
        )
        for item in items
    )


def to_review(judged: Sequence[tuple[Item, Judged]]) -> list[ToReview]:
    """The questions that were not answered in full, the worst first."""
    found = [
        ToReview(
            question=item.id,
            share=(each.points or 0) / each.of,
            block=item.question.block or "",
            tests=item.question.tests,
        )
        for item, each in judged
        if each.points is not None and each.points < each.of
    ]
    return sorted(found, key=lambda each: each.share)


def _judged(item: Item, sitting: Sitting, now: dt.datetime, doubt: str) -> Judged:
    assert sitting.submitted_at is not None
    grades = sitting.grades.get(item.id, [])
    found = counted(grades, submitted_at=sitting.submitted_at, now=sitting.time(now))
    of, waits = worth(item.question), found.waits
    if found.points is None and isinstance(item.question, Code):
        waits = f"the machine could not judge it yet{f' ({doubt})' if doubt else ''}"
        waits += f": `practicum exam result {sitting.id}` tries again"
    return Judged(
        question=item.id,
        kind=kind_of(item),
        section=item.section,
        points=found.points if found.points is None else min(found.points, of),
        of=of,
        grader=found.grader,
        note=found.note,
        waits=waits,
    )


def _share(name: str, judged: Sequence[Judged]) -> Share:
    points = math.fsum(each.points or 0 for each in judged)
    of = sum(each.of for each in judged)
    waiting = sum(each.of for each in judged if each.points is None)
    return Share(name=name, points=points, of=of, waiting=waiting, percent=_percent(points, of))


def _percent(points: float, of: int) -> float:
    """In hundredths, so that what is shown is what is compared with the pass score."""
    return round(100 * points / of, 2) if of else 0.0


def _whole(paper: ExamPaper, sitting: Sitting, now: dt.datetime) -> Counted | None:
    """How the paper as a whole was judged; told beside the result, and no part of it."""
    grades = sitting.grades.get(WHOLE, [])
    if not grades or sitting.submitted_at is None:
        return None
    return counted(grades, submitted_at=sitting.submitted_at, now=now)
