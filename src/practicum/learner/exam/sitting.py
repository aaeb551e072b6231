"""A sitting of an exam, folded from what happened: what is drafted, how long there is, whether
it was handed in.

The server's clock rules, and it only goes forwards here: a sitting's time is the latest that any
of its events has seen, or now if that is later. A clock that goes back stands still for the
sitting until it has caught up; nobody gains a minute beyond the deadline by it, and no draft
is lost.

Each draft of a question has the next revision. Two windows that saw the same revision cannot both
save: the fold takes the first, and the second is refused before it is recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from practicum.learner.events import (
    AnswerDrafted,
    AnswerGraded,
    ExamGraded,
    ExamStarted,
    ExamSubmitted,
    Grader,
    Reflected,
)
from practicum.learner.exam.refusal import (
    AlreadySubmitted,
    BadAnswer,
    NoSuchSitting,
    NotAsked,
    OpenAlready,
    StaleDraft,
    TimeIsOver,
    Words,
)
from practicum.learner.record import Entry

WHOLE = "*"
"""Stands for the paper as a whole where a grade names a question."""

MACHINE = "practicum"
ANSWERS_BYTES_MAX = 900_000
"""All answers of a sitting together, as JSON: they are handed in as one entry of the record."""


class Draft(msgspec.Struct, kw_only=True):
    """An answer as it was saved last. ``flagged``: she wants to come back to it."""

    answer: Any = None
    revision: int = 0
    flagged: bool = False
    at: dt.datetime | None = None


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody gave for an answer."""

    grader: Grader
    by: str
    points: float
    of: float
    levels: dict[str, int] = {}
    note: str = ""
    at: dt.datetime


class Sitting(msgspec.Struct, kw_only=True):
    """One person's sitting of one exam. ``seen`` is the latest time that it knows of; ``drafts``
    has each question, ``answers`` are those that count, once it is submitted."""

    id: str
    exam: str
    paper_sha256: str
    seed: int
    questions: tuple[str, ...]
    started_at: dt.datetime
    deadline: dt.datetime
    seen: dt.datetime
    drafts: dict[str, Draft] = {}
    submitted_at: dt.datetime | None = None
    by_clock: bool = False
    answers: dict[str, Any] = {}
    grades: dict[str, list[Grade]] = {}
    result: ExamGraded | None = None
    reflected: dict[str, str] = {}

    def time(self, now: dt.datetime) -> dt.datetime:
        """What time it is for this sitting."""
        return max(self.seen, now)

    def left(self, now: dt.datetime) -> dt.timedelta:
        """How long there is; nothing once it is over or submitted."""
        if self.submitted_at is not None:
            return dt.timedelta(0)
        return max(dt.timedelta(0), self.deadline - self.time(now))

    def is_open(self, now: dt.datetime) -> bool:
        """Whether answers can still be saved."""
        return self.submitted_at is None and self.time(now) < self.deadline

    def draft(self, question: str) -> Draft:
        """What is saved for a question. Raises NotAsked."""
        if question not in self.drafts:
            raise NotAsked(
                f"{self.id} does not ask {question}: it asks {', '.join(self.questions)}"
            )
        return self.drafts[question]

    def drafted(self) -> dict[str, Any]:
        """The answers that are saved, by question."""
        return {
            name: draft.answer for name, draft in self.drafts.items() if draft.answer is not None
        }


class Exams(msgspec.Struct):
    """All sittings of a person, by id, in the order in which they began."""

    sittings: dict[str, Sitting] = {}

    def sitting(self, name: str) -> Sitting:
        """The sitting of that id. Raises NoSuchSitting."""
        if name in self.sittings:
            return self.sittings[name]
        known = f"yours are {', '.join(self.sittings)}" if self.sittings else "you have none yet"
        raise NoSuchSitting(
            f"there is no sitting {name!r}: {known}; `practicum exam list` shows what there is"
        )


class ExamsView:
    """The fold. Events that a sitting could not have accepted are passed over: drafts that are
    stale, late or of another paper, second submissions, grades of what was not submitted."""

    name = "exams"
    version = 1
    state = Exams

    def begin(self) -> Exams:
        """Nobody has sat anything."""
        return Exams()

    def step(self, state: Exams, entry: Entry) -> None:
        """Take one more entry into account."""
        event = entry.event
        if isinstance(event, ExamStarted):
            if event.sitting not in state.sittings:
                state.sittings[event.sitting] = _begun(event, entry.at)
            return
        if isinstance(event, Reflected):
            if found := state.sittings.get(event.on):
                found.reflected = {**found.reflected, **event.answers}
            return
        if not isinstance(event, AnswerDrafted | ExamSubmitted | AnswerGraded | ExamGraded):
            return
        sitting = state.sittings.get(event.sitting)
        if sitting is None:
            return
        match event:
            case AnswerDrafted():
                _take_draft(sitting, event, entry.at)
            case ExamSubmitted() if sitting.submitted_at is None:
                sitting.seen = sitting.time(entry.at)
                sitting.submitted_at = sitting.seen
                sitting.by_clock = event.by_clock
                asked = sitting.drafts
                sitting.answers = {k: v for k, v in event.answers.items() if k in asked}
            case AnswerGraded() if sitting.submitted_at is not None:
                _take_grade(sitting, event, entry)
            case ExamGraded() if sitting.submitted_at is not None:
                sitting.result = event


def _begun(event: ExamStarted, at: dt.datetime) -> Sitting:
    return Sitting(
        id=event.sitting,
        exam=event.exam,
        paper_sha256=event.paper_sha256,
        seed=event.seed,
        questions=event.questions,
        started_at=at,
        deadline=event.deadline,
        seen=at,
        drafts={each: Draft() for each in event.questions},
    )


def _take_draft(sitting: Sitting, event: AnswerDrafted, at: dt.datetime) -> None:
    if event.question not in sitting.drafts or not sitting.is_open(at):
        return
    if event.revision != sitting.draft(event.question).revision + 1:
        return
    sitting.seen = sitting.time(at)
    sitting.drafts[event.question] = Draft(
        answer=event.answer, revision=event.revision, flagged=event.flagged, at=sitting.seen
    )


def _take_grade(sitting: Sitting, event: AnswerGraded, entry: Entry) -> None:
    if event.question not in sitting.drafts and event.question != WHOLE:
        return
    given = Grade(
        grader=event.grader,
        by=MACHINE if event.grader == "machine" else entry.by,
        points=event.points,
        of=event.of,
        levels=event.levels,
        note=event.note,
        at=entry.at,
    )
    others = [
        each
        for each in sitting.grades.get(event.question, [])
        if (each.grader, each.by) != (given.grader, given.by)
    ]
    sitting.grades[event.question] = [*others, given]


# ── What may happen next


def start(
    exams: Exams,
    *,
    sitting: str,
    exam: str,
    paper_sha256: str,
    seed: int,
    questions: Sequence[str],
    minutes: int,
    now: dt.datetime,
) -> ExamStarted:
    """Begin a sitting. Raises OpenAlready while another one of the exam is open."""
    for each in exams.sittings.values():
        if each.exam == exam and each.is_open(now):
            raise OpenAlready(each.id)
    return ExamStarted(
        sitting=sitting,
        exam=exam,
        paper_sha256=paper_sha256,
        seed=seed,
        questions=tuple(questions),
        deadline=now + dt.timedelta(minutes=minutes),
    )


def save(
    sitting: Sitting,
    question: str,
    answer: Any,
    *,
    seen: int | None,
    now: dt.datetime,
    flagged: bool | None = None,
) -> AnswerDrafted | None:
    """Save an answer by somebody who saw revision ``seen`` of it; None for ``seen`` overwrites
    whatever is there, and ``flagged`` None leaves the flag. None if all that is saved already.

    Raises NotAsked, AlreadySubmitted, TimeIsOver, StaleDraft; BadAnswer if all answers together
    become too long to be handed in.
    """
    there = sitting.draft(question)
    insist_open(sitting, now)
    flag = there.flagged if flagged is None else flagged
    if (there.answer, there.flagged) == (answer, flag) and type(there.answer) is type(answer):
        return None
    if seen is not None and seen != there.revision:
        raise StaleDraft(question, seen, there.revision, there.at)
    size = len(msgspec.json.encode({**sitting.drafted(), question: answer}))
    if size > ANSWERS_BYTES_MAX:
        said = Words(f"all your answers have {size} bytes then, {ANSWERS_BYTES_MAX} are the most")
        raise BadAnswer(question, "a shorter answer", said)
    return AnswerDrafted(
        sitting=sitting.id,
        question=question,
        answer=answer,
        revision=there.revision + 1,
        flagged=flag,
    )


def submit(sitting: Sitting, now: dt.datetime) -> ExamSubmitted:
    """Hand in what is saved; after the deadline by the clock. Raises AlreadySubmitted."""
    if sitting.submitted_at is not None:
        raise AlreadySubmitted(sitting.id, sitting.submitted_at)
    late = not sitting.is_open(now)
    return ExamSubmitted(sitting=sitting.id, answers=sitting.drafted(), by_clock=late)


def insist_open(sitting: Sitting, now: dt.datetime) -> None:
    """Raises AlreadySubmitted or TimeIsOver if no answer can be saved any more."""
    if sitting.submitted_at is not None and not sitting.by_clock:
        raise AlreadySubmitted(sitting.id, sitting.submitted_at)
    if not sitting.is_open(now):
        raise TimeIsOver(sitting.id, sitting.deadline)
