"""Parameters fitted to a learner's own reviews, and whether they are worth having.

The reviews are split by time: what was fitted to the earlier ones must predict the later ones
better than what she has now. The measure is the log loss (binary cross-entropy) of the
predicted retrievability, over reviews a day or more after the one before: within a day FSRS
predicts nothing. Few reviews fit chance; below `REVIEWS_MIN` nothing is fitted.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence

import fsrs
import msgspec

from practicum.learner.memory.memory import Memory
from practicum.learner.memory.recall import AGAIN, Recall, review, scheduler

REVIEWS_MIN = 2_000
HELD_OUT_SHARE = 0.2
HELD_OUT_MIN = 100

History = Sequence[tuple[dt.datetime, int]]
"""The reviews of one thing, in order: when (UTC), and how well (1 to 4)."""

Fit = Callable[[Sequence[History]], tuple[float, ...]]
"""What fits parameters to histories. Raises ValueError if it cannot, and says why."""


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """What came of fitting: ``parameters`` that predict the ``held_out`` reviews better, or None
    and why they were ``refused``. Losses are per review held out; the smaller, the better."""

    reviews: int
    held_out: int = 0
    loss_before: float | None = None
    loss_after: float | None = None
    parameters: tuple[float, ...] | None = None
    refused: str = ""


def tune(memory: Memory, fit: Fit) -> Tuning:
    """Fit parameters to a learner's reviews, and judge them."""
    histories = [each.reviews for each in memory.recalls.values() if each.reviews]
    reviews = memory.reviews
    if reviews < REVIEWS_MIN:
        why = f"there are {reviews} reviews; below {REVIEWS_MIN:,} one would fit chance"
        return Tuning(reviews=reviews, refused=why)
    cut = _cut(histories)
    loss_before, held_out = loss(histories, memory.parameters, since=cut)
    if held_out < HELD_OUT_MIN:
        why = (
            f"only {held_out} of the latest reviews came a day or more after the one before; "
            f"{HELD_OUT_MIN} are needed to judge by"
        )
        return Tuning(reviews=reviews, held_out=held_out, refused=why)
    told = Tuning(reviews=reviews, held_out=held_out, loss_before=loss_before)
    earlier = [[each for each in history if each[0] < cut] for history in histories]
    try:
        parameters = fit([history for history in earlier if history])
        loss_after, _ = loss(histories, parameters, since=cut)
    except ValueError as error:
        return msgspec.structs.replace(told, refused=f"nothing could be fitted: {error}")
    if not loss_after < loss_before:
        why = (
            f"the reviews held out are not predicted better: the loss is {loss_after:.4f}, and "
            f"{loss_before:.4f} with the parameters that hold now"
        )
        return msgspec.structs.replace(told, loss_after=loss_after, refused=why)
    return msgspec.structs.replace(told, loss_after=loss_after, parameters=parameters)


def loss(
    histories: Iterable[History],
    parameters: tuple[float, ...],
    *,
    since: dt.datetime | None = None,
) -> tuple[float, int]:
    """The mean log loss of the predictions of reviews from ``since`` on, and how many they are;
    NaN for none. Raises ValueError for parameters that FSRS does not allow."""
    model = scheduler(parameters, 0.9)
    total, count = 0.0, 0
    for history in histories:
        for predicted, recalled, at in _predictions(model, history):
            if since is None or at >= since:
                total -= math.log(predicted if recalled else 1 - predicted)
                count += 1
    return (total / count if count else math.nan), count


_EDGE = 1e-4
"""No prediction is surer than this, or one surprise would outweigh everything."""


def _predictions(
    model: fsrs.Scheduler, history: History
) -> Iterable[tuple[float, bool, dt.datetime]]:
    """What was predicted before each review that came a day or more after the one before, and
    whether it was recalled."""
    recall = Recall(due=history[0][0])
    for at, rating in history:
        if recall.last is not None and (at - recall.last).days >= 1:
            card = fsrs.Card(
                card_id=0,
                stability=recall.stability,
                due=recall.due,
                last_review=recall.last,
            )
            predicted = float(model.get_card_retrievability(card, at))
            yield min(max(predicted, _EDGE), 1 - _EDGE), rating != AGAIN, at
        review(model, recall, at, rating)


def _cut(histories: Iterable[History]) -> dt.datetime:
    """The moment before which the earlier reviews lie."""
    times = sorted(at for history in histories for at, _ in history)
    return times[int(len(times) * (1 - HELD_OUT_SHARE))]
