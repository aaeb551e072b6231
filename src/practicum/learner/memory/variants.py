"""A question that comes back: as another variant, if it has one."""

from __future__ import annotations

from practicum.curriculum.question import AnyQuestion
from practicum.learner.exam.variant import Item, single

TRIED = 32
"""Seeds that are looked through for another variant; what has one shows it long before."""


def next_variant(question: AnyQuestion, last_seed: int | None) -> Item:
    """The question under the next seed that gives its text other values than the last did; any
    next one shuffles what is offered anew. Raises BadPaper if it cannot be asked."""
    if last_seed is None:
        return single(question, 1)
    before = single(question, last_seed)
    for seed in range(last_seed + 1, last_seed + TRIED):
        item = single(question, seed)
        if item.values != before.values:
            return item
    return single(question, last_seed + 1)
