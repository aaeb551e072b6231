"""A module's gauntlet, asked and marked: the same from a terminal and from a page."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.curriculum.question import AnyQuestion
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.learner.events import (
    AnyEvent,
    CardReviewed,
    GauntletEnded,
    ModuleStarted,
    QuestionAnswered,
)
from practicum.learner.exam.variant import Item, single
from practicum.learner.memory.gauntlet import (
    PASS_SHARE,
    Gauntlet,
    Gauntlets,
    GauntletView,
    Tier,
    ending,
    gauntlet_of,
)
from practicum.learner.memory.memory import MemoryView
from practicum.learner.memory.names import question_name
from practicum.learner.memory.rating import rating_of
from practicum.learner.record import SomebodyWasFaster
from practicum.study.decks import module_files
from practicum.study.desk import Desk
from practicum.study.exams.grading import RunCode
from practicum.study.marking import Given, Marked, mark

TRIES = 25


class GauntletRefused(CannotBeUsed):
    """What a gauntlet does not allow; nothing was recorded."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A module's gauntlet, and the questions of one tier that are left, as they are asked now.
    Without ``tier`` there is none left to pass."""

    gauntlet: Gauntlet
    tier: Tier | None
    items: tuple[Item, ...]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer was marked; with the last of a tier, the tier's ``ended`` and whether it
    ``passed``."""

    marked: Marked
    ended: GauntletEnded | None
    passed: bool


def gauntlet(desk: Desk, module: str, tier: int | None = None) -> Asked:
    """A module's gauntlet (COURSE/MODULE) at a tier, without one at the first that is open and
    not passed. GauntletRefused for a tier that is not there, or not open."""
    questions = _questions(desk, module)
    return _asked(desk.record.folded(GauntletView(), desk.person).state, module, questions, tier)


def answer(
    desk: Desk, module: str, tier: int, question: str, given: Given, run: RunCode
) -> Answered:
    """Mark an answer and record it at once; with the last of a tier, its end.

    Raises GauntletRefused for what is not asked, or was answered in this attempt already;
    BadAnswer, BadGrade, NotMarkedYet.
    """
    questions = _questions(desk, module)
    seen: dict[int, Marked] = {}
    for left in reversed(range(TRIES)):
        folded = desk.record.folded(GauntletView(), desk.person)
        item = _item(_asked(folded.state, module, questions, tier), question)
        if item.seed not in seen:  # running code takes time: once is enough
            seen[item.seed] = mark(item, given, run)
        marked = seen[item.seed]
        answered = QuestionAnswered(
            module=module,
            question=question,
            answer=marked.answer,
            points=marked.points,
            of=marked.of,
            tier=tier,
            seed=item.seed,
            seconds=given.seconds,
            grader=marked.grader,
        )
        ended = ending(folded.state, module, questions, answered)
        events = _events(desk, item, answered, ended)
        try:
            desk.note(*events, after=folded.number)
        except SomebodyWasFaster:
            if not left:
                raise
            continue
        break
    passed = ended is not None and ended.points >= PASS_SHARE * ended.of
    return Answered(marked=marked, ended=ended, passed=passed)


def _events(
    desk: Desk, item: Item, answered: QuestionAnswered, ended: GauntletEnded | None
) -> list[AnyEvent]:
    """The answer with all that follows. It reviews the question, if that is reviewed already."""
    memory = desk.record.folded(MemoryView(), desk.person).state
    events: list[AnyEvent] = [answered]
    if answered.module not in memory.started:
        events.insert(0, ModuleStarted(module=answered.module))
    name = question_name(answered.module, answered.question)
    if name in memory.recalls and not memory.recalls[name].is_new:
        rating = rating_of(
            item.question, points=answered.points, of=answered.of, seconds=answered.seconds
        )
        events.append(
            CardReviewed(card=name, rating=rating, source="question", seconds=answered.seconds)
        )
    if ended is not None:
        events.append(ended)
    return events


def _questions(desk: Desk, module: str) -> Sequence[AnyQuestion]:
    files, findings = module_files(desk.folders, module)
    if files is None or files.questions is None:
        raise CannotBeUsed(
            f"{module} has no gauntlet yet: `practicum catalogue` tells which modules are written",
            findings=findings,
        )
    return files.questions.questions


def _asked(
    state: Gauntlets, module: str, questions: Sequence[AnyQuestion], number: int | None
) -> Asked:
    whole = gauntlet_of(state, module, questions)
    tiers = {each.tier: each for each in whole.tiers}
    if not tiers:
        raise GauntletRefused(f"no question of {module} is in a tier: it has no gauntlet")
    chosen = whole.next_tier if number is None else number
    if chosen is None:
        return Asked(gauntlet=whole, tier=None, items=())
    if chosen not in tiers:
        there = ", ".join(map(str, tiers))
        raise GauntletRefused(f"the gauntlet of {module} has no tier {chosen}: it has {there}")
    tier = tiers[chosen]
    if not tier.is_open:
        raise GauntletRefused(
            f"tier {chosen} opens when tier {whole.next_tier} is passed, with {PASS_SHARE:.0%} of "
            "its points"
        )
    by_id = {each.id: each for each in questions}
    items = tuple(single(by_id[each], tier.attempt) for each in tier.left)
    return Asked(gauntlet=whole, tier=tier, items=items)


def _item(asked: Asked, question: str) -> Item:
    tier = asked.tier
    assert tier is not None
    for item in asked.items:
        if item.id == question:
            return item
    if question in tier.questions:
        raise GauntletRefused(
            f"{question} is answered already in this attempt, and that answer counts; left are "
            f"{', '.join(tier.left)}"
        )
    near = did_you_mean(question, tier.left)
    raise GauntletRefused(f"tier {tier.tier} has no question {question!r}: {near}")
