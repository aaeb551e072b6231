"""In which states an object could be when an operation has no place in any of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import msgspec

from practicum.checking.history.operation import NEVER, Operation
from practicum.checking.linearizability.search import Completion, relevant, schedule
from practicum.checking.objects.model import REJECTED, Model

CONFIGURATIONS_MAX = 20_000

Configuration = tuple[Hashable, int, int]
"""A state, the open operations that took effect, and those of unknown outcome that did."""


class DeadEnd(msgspec.Struct, frozen=True):
    """The first operation that no order gets past, and all states that it might have met."""

    operation: Operation
    states: frozenset[Hashable]


def dead_end(model: Model, operations: Sequence[Operation]) -> DeadEnd | None:
    """Where every order ends, by trying all at once; None if one does not, or if there are too
    many to tell. For the few operations that are left of a failure."""
    wanted = relevant(model, operations)
    unknown = [each for each in wanted if each.completed == NEVER]
    here: set[Configuration] = {(model.initial, 0, 0)}
    for completion in schedule(model, wanted):
        bit, operation = completion[:2]
        reached = set(here)
        waiting = list(here)
        after: set[Configuration] = set()
        while waiting:
            state, taken, used = waiting.pop()
            if taken & bit:
                after.add((state, taken ^ bit, used))
                continue
            for fresh in _next(model, completion, unknown, (state, taken, used)):
                if fresh not in reached:
                    reached.add(fresh)
                    waiting.append(fresh)
            if len(reached) > CONFIGURATIONS_MAX:
                return None
        if not after:
            return DeadEnd(operation, frozenset(state for state, _, _ in reached))
        here = after
    return None


def _next(
    model: Model,
    completion: Completion,
    unknown: Sequence[Operation],
    configuration: Configuration,
) -> Iterator[Configuration]:
    """What one more operation makes of a configuration."""
    state, taken, used = configuration
    bit, operation, observes, others, lost = completion
    for that, other, _ in ((bit, operation, observes), *others):
        if not taken & that and (after := model.step(state, other)) is not REJECTED:
            yield after, taken | that, used
    for place in range(lost):
        if not used >> place & 1:
            after = model.step(state, unknown[place])
            if after is not REJECTED:
                yield after, taken, used | 1 << place
