"""A learner's daily reviews: what is asked today, and what she answers.

An answer is recorded at once, under an id made of what was asked and how often it had been
asked before. Two terminals that ask the same thing write the same id: what comes second is found
to be recorded, or is refused if it says something else. Nothing is counted twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from practicum.labs.finding import CannotBeUsed, Finding, did_you_mean
from practicum.learner.events import (
    AnyEvent,
    CardReviewed,
    CardSuspended,
    MemoryTuned,
    QuestionAnswered,
    ReviewsCapped,
)
from practicum.learner.exam.variant import Item
from practicum.learner.memory.days import day_of, end_of
from practicum.learner.memory.deck import Deck, Prompt
from practicum.learner.memory.forecast import Change, Load, change, forecast
from practicum.learner.memory.memory import Memory, MemoryView
from practicum.learner.memory.names import ORIGINS
from practicum.learner.memory.queue import Queue, queue_at
from practicum.learner.memory.rating import rating_of
from practicum.learner.memory.recall import AGAIN, EASY, GOOD, HARD, Recall
from practicum.learner.memory.tuning import Fit, Tuning, tune
from practicum.learner.memory.variants import next_variant
from practicum.learner.record import Folded, IdReused, Noted, fold_on
from practicum.study.decks import Gathered, gather
from practicum.study.desk import Desk
from practicum.study.exams.grading import RunCode
from practicum.study.marking import Given, Marked, mark

AHEAD = dt.timedelta(minutes=20)
"""What is due so soon may be asked when nothing else is left."""


class ReviewRefused(CannotBeUsed):
    """A review that cannot be recorded; nothing was."""


class AnsweredElsewhere(ReviewRefused):
    """Another terminal answered the same card since it was shown."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was answered in another terminal meanwhile: that answer counts, this one "
            "was not recorded"
        )


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """A review that stands in the record, and when its card is due again."""

    card: str
    rating: int
    due: dt.datetime
    is_leech: bool


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer was marked, and the review that it was."""

    marked: Marked
    reviewed: Reviewed


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What came of fitting, and what better parameters would do to the load."""

    tuning: Tuning
    change: Change | None = None


class Reviews:
    """The reviews of the learner at a desk. What others record meanwhile is taken in by every
    method."""

    def __init__(self, desk: Desk, zone: dt.tzinfo) -> None:
        self.desk, self.zone = desk, zone
        self._view = MemoryView()
        self._folded: Folded[Memory] = desk.record.folded(self._view, desk.person)
        self._gathered: Gathered | None = None
        self._gathered_for: frozenset[str] = frozenset()

    @property
    def memory(self) -> Memory:
        """What she has to remember, by the record as it is now."""
        after = self._folded.number
        fold_on(self._view, self._folded, self.desk.record.read(self.desk.person, after=after))
        return self._folded.state

    @property
    def deck(self) -> Deck:
        """What can be asked of her; read again when something was added that is not in it."""
        return self._gather().deck

    @property
    def has_begun(self) -> bool:
        """Whether there is, or was, anything to remember: a module she began, or evidence."""
        return bool(self.memory.started or self.memory.recalls)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with files that therefore give nothing to ask."""
        return self._gather().findings

    def _gather(self) -> Gathered:
        memory, there = self.memory, self._gathered
        seen = {*memory.started, *memory.recalls, *memory.suspended}
        if there is None or not seen <= self._gathered_for | there.deck.keys():
            there = self._gathered = gather(self.desk.folders, memory)
            self._gathered_for = frozenset(seen)
        return there

    def queue(self) -> Queue:
        """What is to be asked now."""
        return queue_at(self.memory, self.deck, self.desk.now(), self.zone)

    def next(self, skipped: Sequence[str] = ()) -> str | None:
        """What to ask next; what was skipped comes last, and what comes again today when there
        is nothing else and it is nearly due. None if nothing is left for now."""
        queue, soon = self.queue(), self.desk.now() + AHEAD
        later = [name for name in queue.later if self.memory.recalls[name].due <= soon]
        names = dict.fromkeys((*queue.now, *later), -1)
        names |= {name: place for place, name in enumerate(skipped) if name in names}
        return min(names, key=lambda name: names[name], default=None)

    def forecast(self, days: int = 14) -> tuple[Load, ...]:
        """The load of the next days."""
        return forecast(self.memory, self.deck, self.desk.now(), self.zone, days=days)

    # ── Answers

    def prompt(self, name: str) -> Prompt:
        """What is asked under that name. ReviewRefused if nothing is."""
        if name in self.deck:
            return self.deck[name]
        if name in self.memory.recalls:
            raise ReviewRefused(f"{name} cannot be asked: no course on this machine has it")
        near = did_you_mean(name, self.deck)
        if len(near) > 200 or not self.deck:
            near = (
                "`practicum review queue` lists today's; an id begins with "
                f"{', '.join(f'{each}:' for each in ORIGINS)}"
            )
        raise ReviewRefused(f"there is no card {name!r}: {near}")

    def times(self, name: str) -> int:
        """How often it has been reviewed: names the showing that an answer is for."""
        recall = self.memory.recalls.get(name)
        return len(recall.reviews) if recall else 0

    def answer(
        self,
        name: str,
        rating: int,
        *,
        asked: int | None = None,
        seconds: float = 0,
        early: bool = False,
    ) -> Reviewed:
        """Record how well it was remembered, 1 to 4, by her own judgement.

        ``asked`` is what `times` said when it was shown. Raises AnsweredElsewhere, and
        ReviewRefused for what is not due today, unless it may be ``early``.
        """
        self.prompt(name)
        if rating not in (AGAIN, HARD, GOOD, EASY):
            raise ReviewRefused(f"{rating} is no rating: 1 again, 2 hard, 3 good, 4 easy")
        times = self.times(name) if asked is None else asked
        if asked is None and not early:
            self._refuse_early(name)
        reviewed = CardReviewed(card=name, rating=rating, source="card", seconds=seconds)
        return self.record(reviewed, times=times)

    def item(self, name: str) -> Item | None:
        """The question behind a card as it is asked now, in another variant than the last; None
        for what she rates herself. ReviewRefused, BadPaper."""
        question = self.prompt(name).question
        return next_variant(question, self.memory.seeds.get(name)) if question else None

    def front(self, name: str) -> str:
        """What is asked, with the numbers of the variant that it is asked in. Raises as `item`."""
        item = self.item(name)
        return item.text if item else self.prompt(name).front

    def answer_question(
        self,
        name: str,
        given: Given,
        run: RunCode,
        *,
        asked: int | None = None,
        early: bool = False,
    ) -> Graded:
        """Mark an answer, and record it as a review, rated by its points and her time.

        Raises as `answer` does; BadAnswer, BadGrade, NotMarkedYet.
        """
        prompt, item = self.prompt(name), self.item(name)
        if item is None:
            raise ReviewRefused(f"{name} is no question: rate it yourself, from 1 to 4")
        times = self.times(name)
        if asked is not None and asked != times:
            raise AnsweredElsewhere(name)
        if asked is None and not early:
            self._refuse_early(name)
        marked = mark(item, given, run)
        answered = QuestionAnswered(
            module=prompt.module,
            question=item.id,
            answer=marked.answer,
            points=marked.points,
            of=marked.of,
            seed=item.seed,
            seconds=given.seconds,
            grader=marked.grader,
        )
        rating = rating_of(item.question, points=marked.points, of=marked.of, seconds=given.seconds)
        reviewed = CardReviewed(card=name, rating=rating, source="question", seconds=given.seconds)
        return Graded(marked=marked, reviewed=self.record(reviewed, answered, times=times))

    def record(self, reviewed: CardReviewed, *before: AnyEvent, times: int) -> Reviewed:
        """Record a review as the one after ``times`` others, with what it was derived from.
        Raises AnsweredElsewhere."""
        self._append(f"{reviewed.card}/{times}", reviewed.card, *before, reviewed)
        recall = self.memory.recalls[reviewed.card]
        return Reviewed(
            card=reviewed.card,
            rating=recall.reviews[times][1],
            due=recall.due,
            is_leech=recall.is_leech,
        )

    def _append(self, key: str, name: str, *events: AnyEvent) -> None:
        at, person = self.desk.now(), self.desk.person
        noted = [
            Noted(
                id=f"review/{person}/{key}/{place}",
                person=person,
                at=at,
                by=person,
                event=event,
            )
            for place, event in enumerate(events)
        ]
        try:
            self.desk.record.append(noted)
        except IdReused as error:
            raise AnsweredElsewhere(name) from error

    def _refuse_early(self, name: str) -> None:
        memory, now = self.memory, self.desk.now()
        recall: Recall | None = memory.recalls.get(name)
        if name in memory.suspended:
            raise ReviewRefused(
                f"{name} is suspended: `practicum review suspend {name} --off` brings it back"
            )
        if recall is not None and recall.due >= end_of(day_of(now, self.zone), self.zone):
            due = recall.due.astimezone(self.zone)
            raise ReviewRefused(
                f"{name} is not due before {due:%Y-%m-%d}: add --early to review it today"
            )

    # ── What she sets

    def suspend(self, name: str, *, suspended: bool = True) -> bool:
        """Ask it no more, or again; whether anything changed."""
        if name not in self.memory.recalls:
            self.prompt(name)
        if (name in self.memory.suspended) == suspended:
            return False
        self.desk.note(CardSuspended(card=name, suspended=suspended))
        return True

    def cap(self, per_day: int, new_per_day: int, *, days: int = 14, save: bool = True) -> Change:
        """Set the cap; the load before and after. Without ``save`` it is only shown."""
        memory = self.memory
        told = self._change(memory.capped(per_day, new_per_day), days)
        if save and (per_day, new_per_day) != (memory.per_day, memory.new_per_day):
            self.desk.note(ReviewsCapped(per_day=per_day, new_per_day=new_per_day))
        return told

    def tune(self, fit: Fit, *, days: int = 14) -> Tuned:
        """Fit the parameters to her reviews; nothing is recorded. `use` makes them hold."""
        memory = self.memory
        tuning = tune(memory, fit)
        if tuning.parameters is None:
            return Tuned(tuning=tuning)
        after = memory.tuned(tuning.parameters, memory.retention)
        return Tuned(tuning=tuning, change=self._change(after, days))

    def use(self, tuning: Tuning) -> None:
        """Let fitted parameters hold from now on. ValueError if there are none."""
        if tuning.parameters is None or tuning.loss_before is None or tuning.loss_after is None:
            raise ValueError(f"there is nothing to use: {tuning.refused}")
        self.desk.note(
            MemoryTuned(
                parameters=tuning.parameters,
                retention=self.memory.retention,
                reviews=tuning.reviews,
                loss_before=tuning.loss_before,
                loss_after=tuning.loss_after,
            )
        )

    def _change(self, after: Memory, days: int) -> Change:
        return change(self.memory, after, self.deck, self.desk.now(), self.zone, days=days)
