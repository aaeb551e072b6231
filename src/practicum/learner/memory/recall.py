"""One thing that is remembered: its reviews, and what the model makes of them.

The model is FSRS-6 (Ye et al., https://github.com/open-spaced-repetition), by ``fsrs``, without
chance. Memory has a stability (the days after which it is recalled with 90 %) and a difficulty
(1 to 10). What was just learnt, or forgotten, is asked again after minutes, and only then after
days.
"""

from __future__ import annotations

import datetime as dt
import functools

import fsrs
import msgspec

RETENTION = 0.9
"""How likely something should be known when it comes back, unless the learner tuned it."""

DEFAULTS = tuple(fsrs.Scheduler().parameters)
"""The parameters that fit many people; the published ones of FSRS-6."""

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
LAPSES_OF_A_LEECH = 8
_RATINGS = {int(each): each for each in fsrs.Rating}
_STATES = {int(each): each for each in fsrs.State}


class Recall(msgspec.Struct, kw_only=True):
    """Something to be remembered. Without reviews it is new, and ``due`` is when it may first be
    asked. ``reviews`` are when, in UTC, and how well (1 to 4); the rest
    follows from them and the parameters. ``lapses`` counts how often it was forgotten after it
    had been learnt."""

    due: dt.datetime
    reviews: list[tuple[dt.datetime, int]] = msgspec.field(default_factory=list)
    state: int = int(fsrs.State.Learning)
    step: int | None = 0
    stability: float | None = None
    difficulty: float | None = None
    lapses: int = 0

    @property
    def is_new(self) -> bool:
        """Whether it was never reviewed."""
        return not self.reviews

    @property
    def last(self) -> dt.datetime | None:
        """When it was reviewed last."""
        return self.reviews[-1][0] if self.reviews else None

    def was_reviewed_since(self, at: dt.datetime) -> bool:
        """Whether it was reviewed at that moment or later."""
        return bool(self.reviews) and self.reviews[-1][0] >= at

    @property
    def is_leech(self) -> bool:
        """Whether it was forgotten so often that it should be learnt in another way."""
        return self.lapses >= LAPSES_OF_A_LEECH


class _Scratch(fsrs.Card):
    """A card for one review. The scheduler copies what it is given, so that its caller may keep
    it; nobody keeps this one, and copying takes a quarter of the time."""

    def __copy__(self) -> _Scratch:
        return self


@functools.lru_cache(maxsize=8)
def scheduler(parameters: tuple[float, ...], retention: float) -> fsrs.Scheduler:
    """The model with these parameters. Raises ValueError for some that FSRS does not allow."""
    return fsrs.Scheduler(parameters, desired_retention=retention, enable_fuzzing=False)


def review(model: fsrs.Scheduler, recall: Recall, at: dt.datetime, rating: int) -> None:
    """Take a review into account. One by a clock that went back counts as made at the time of
    the one before, so that due dates never go back with it."""
    last = recall.last
    at = at.astimezone(dt.UTC)
    if last is not None and at < last:
        at = last
    if rating == AGAIN and recall.state == fsrs.State.Review:
        recall.lapses += 1
    scratch = _Scratch(
        card_id=0,
        state=_STATES[recall.state],
        step=recall.step,
        stability=recall.stability,
        difficulty=recall.difficulty,
        due=recall.due,
        last_review=last,
    )
    card, _ = model.review_card(scratch, _RATINGS[rating], at)
    recall.reviews.append((at, rating))
    recall.state, recall.step, recall.due = int(card.state), card.step, card.due
    recall.stability, recall.difficulty = card.stability, card.difficulty


def replayed(model: fsrs.Scheduler, recall: Recall) -> Recall:
    """The same reviews under other parameters."""
    again = Recall(due=recall.due)
    for at, rating in recall.reviews:
        review(model, again, at, rating)
    return again


def retrievability(model: fsrs.Scheduler, recall: Recall, now: dt.datetime) -> float:
    """How likely it is known now: from 0 to 1, falling with time; 0 for what is new. Parts of
    days count, so that what was learnt today has an order."""
    if recall.stability is None or recall.last is None:
        return 0.0
    days = max(0.0, (now - recall.last) / dt.timedelta(days=1))
    decay = -model.parameters[20]
    factor = 0.9 ** (1 / decay) - 1
    return float((1 + factor * days / recall.stability) ** decay)
