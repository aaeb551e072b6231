"""Start an exam, save answers, hand it in, go on with it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from practicum.authoring.papers import find_paper
from practicum.curriculum.question import ExamPaper
from practicum.learner.events import AnyEvent, Reflected
from practicum.learner.exam import sitting as rules
from practicum.learner.exam.answers import checked, plain_text, read
from practicum.learner.exam.refusal import ExamRefused, NotSubmitted, TimeIsOver
from practicum.learner.exam.sitting import Draft, Exams, Sitting
from practicum.learner.exam.variant import Item, draw
from practicum.study.desk import Desk
from practicum.study.exams.deciding import decide, exams_of
from practicum.study.exams.papers import items_of, keep_paper

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_SUFFIX = 4
REFLECTION_MAX = 20_000


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A sitting, its paper and its questions as they are asked."""

    sitting: Sitting
    paper: ExamPaper
    items: tuple[Item, ...]

    def item(self, question: str) -> Item:
        """A question by its id. Raises NotAsked."""
        self.sitting.draft(question)
        return next(each for each in self.items if each.id == question)


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that is in the record. ``replaced`` is what stood there, ``is_new`` is false where
    it said the same."""

    sitting: Sitting
    draft: Draft
    replaced: Draft
    is_new: bool


def start(desk: Desk, exam: str, *, seed: int | None = None) -> Open:
    """Begin a sitting of an exam; without a seed a variant that nobody knows.

    Raises OpenAlready, BadPaper; CannotBeUsed for a paper that is not there or cannot be used.
    """
    found = find_paper(desk.folders, exam)
    seed = secrets.randbits(32) if seed is None else seed
    items = draw(found.paper, seed)
    keep_paper(desk, found.file, found.sha256)

    def begin(exams: Exams) -> Sequence[AnyEvent]:
        return [
            rules.start(
                exams,
                sitting=_new_name(exams, found.paper.of),
                exam=found.paper.of,
                paper_sha256=found.sha256,
                seed=seed,
                questions=[each.id for each in items],
                minutes=found.paper.minutes,
                now=desk.now(),
            )
        ]

    exams = decide(desk, begin)
    sitting = list(exams.sittings.values())[-1]
    return Open(sitting=sitting, paper=found.paper, items=items)


def sittings(desk: Desk) -> dict[str, Sitting]:
    """All sittings of the person by id; those whose time is over are handed in first."""
    return hand_in_what_is_due(desk).sittings


def hand_in_what_is_due(desk: Desk) -> Exams:
    """Hand in, with what was saved, each sitting whose time is over."""

    def due(exams: Exams) -> Sequence[AnyEvent]:
        now = desk.now()
        return [
            rules.submit(each, now)
            for each in exams.sittings.values()
            if each.submitted_at is None and not each.is_open(now)
        ]

    return decide(desk, due)


def opened(desk: Desk, name: str) -> Open:
    """A sitting, open or handed in. Raises NoSuchSitting, CannotBeUsed."""
    sitting = hand_in_what_is_due(desk).sitting(named(desk, name))
    paper, items = items_of(desk, sitting)
    return Open(sitting=sitting, paper=paper, items=items)


def opened_again(desk: Desk, opened: Open) -> Open:
    """The same as it is now, whoever saved something in the meantime."""
    sitting = hand_in_what_is_due(desk).sitting(opened.sitting.id)
    return msgspec.structs.replace(opened, sitting=sitting)


def named(desk: Desk, words: str) -> str:
    """The sitting that somebody means: by its id, by the end of it, or by its exam if there is
    one open of it, or one at all; without a word the only one that is open.

    Raises NoSuchSitting; ExamRefused for several.
    """
    exams = exams_of(desk)
    now = desk.now()
    running = [each for each in exams.sittings.values() if each.is_open(now)]
    if words in exams.sittings:
        return words
    if not words:
        found = running
    else:
        exam = words.removeprefix("exam:")
        of_exam = [each for each in exams.sittings.values() if each.exam == exam]
        found = [each for each in of_exam if each.is_open(now)] or of_exam
        found = found or [each for name, each in exams.sittings.items() if name.endswith(words)]
    if len(found) > 1:
        raise ExamRefused(f"which sitting? {', '.join(each.id for each in found)}")
    if not found and not words:
        raise ExamRefused("no exam is open: `practicum exam list` shows what there is")
    return found[0].id if found else exams.sitting(words).id


def save(
    desk: Desk,
    opened: Open,
    question: str,
    answer: Any,
    *,
    seen: int | None = None,
    flagged: bool | None = None,
) -> Saved:
    """Save an answer as it is recorded (None withdraws it); it is in the record when this
    returns. ``seen`` is the revision that the writer saw. Who comes after the deadline has handed
    in what was saved before.

    Raises BadAnswer, NotAsked, StaleDraft, AlreadySubmitted, TimeIsOver.
    """
    item = opened.item(question)
    kept = checked(item.question, answer)
    name = opened.sitting.id
    before: list[Draft] = []

    def draft(exams: Exams) -> Sequence[AnyEvent]:
        there = exams.sitting(name)
        before.append(there.draft(question))
        event = rules.save(there, question, kept, seen=seen, flagged=flagged, now=desk.now())
        return [event] if event is not None else []

    try:
        sitting = decide(desk, draft).sitting(name)
    except TimeIsOver:
        hand_in_what_is_due(desk)
        raise
    now = sitting.draft(question)
    return Saved(
        sitting=sitting,
        draft=now,
        replaced=before[-1],
        is_new=now.revision != before[-1].revision,
    )


def say(
    desk: Desk,
    opened: Open,
    question: str,
    said: Any,
    *,
    seen: int | None = None,
    flagged: bool | None = None,
) -> Saved:
    """Save an answer as a person says it who sees her variant's letters. See `save`."""
    answer = read(opened.item(question), said)
    return save(desk, opened, question, answer, seen=seen, flagged=flagged)


def submit(desk: Desk, name: str) -> Sitting:
    """Hand in what is saved. Raises NoSuchSitting, AlreadySubmitted."""
    exams = decide(desk, lambda exams: [rules.submit(exams.sitting(name), desk.now())])
    return exams.sitting(name)


def reflect(desk: Desk, name: str, answers: dict[str, str]) -> Sitting:
    """Keep what she thought of an exam afterwards, by the questions that the paper asks.

    Raises NoSuchSitting, NotSubmitted; BadAnswer for what is no text.
    """
    for asked, said in answers.items():
        plain_text(asked, "what you think", said, REFLECTION_MAX)

    def think(exams: Exams) -> Sequence[AnyEvent]:
        if exams.sitting(name).submitted_at is None:
            raise NotSubmitted(name)
        return [Reflected(on=name, answers=answers)]

    return decide(desk, think).sitting(name)


def _new_name(exams: Exams, exam: str) -> str:
    while True:
        name = f"{exam}-{''.join(secrets.choice(_LETTERS) for _ in range(_SUFFIX))}"
        if name not in exams.sittings:
            return name
