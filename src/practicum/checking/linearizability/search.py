"""Search an order in which the operations on one object can have happened.

The algorithm is Wing and Gong's (1993) with Lowe's just-in-time linearization and memoisation
(2017): go through the completions in order; an operation takes effect at the latest when it
completes, and earlier only if that helps another. A configuration is the state, and which of
the operations now open have taken effect: an integer bitset over slots that are used again, so
that it stays as narrow as the history is concurrent. Four things keep the search small:

- What only observes and fits the state takes effect at once, for it can do no harm.
- Of operations that do the same, the one that completes first goes first.
- An operation of unknown outcome may be needed or not: whoever failed with fewer of them used
  up in the same configuration would have failed with more.
- Memory costs nothing before the first wrong turn: a configuration is remembered when its other
  ways are tried, and most histories are ordered without that.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import attrgetter

import msgspec

from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.objects.model import REJECTED, Model
from practicum.checking.verdict import Verdict

STEPS_MAX = 3_000_000
"""Steps after which a search gives up, some seconds."""

Open = tuple[int, Operation, bool]
"""An operation that is open: its bit, itself, whether it only observes."""

Completion = tuple[int, Operation, bool, tuple[Open, ...], int]
"""An operation that completes, the others open then, and how many unknown ones have begun."""


_Way = tuple[int, Hashable, int, int, bool]


class Found(msgspec.Struct, frozen=True):
    """How a search ended, after how many steps; ``stuck`` is the operation, of those that no
    order gets past, which completes last."""

    verdict: Verdict
    steps: int = 0
    stuck: Operation | None = None


def relevant(model: Model, operations: Sequence[Operation]) -> list[Operation]:
    """Without what surely did not happen, and what nobody knows and that changed nothing."""
    known, unknown = Outcome.OK, Outcome.INFO
    return [
        each
        for each in operations
        if each.outcome is known or (each.outcome is unknown and not model.observes(each))
    ]


def schedule(model: Model, operations: Sequence[Operation]) -> list[Completion]:
    """The completions in order; ``operations`` are relevant ones, in order of invocation."""
    certain = [each for each in operations if each.completed != NEVER]
    unknown = [each.invoked for each in operations if each.completed == NEVER]
    unknown.append(NEVER)
    begins = [*map(attrgetter("invoked"), certain), NEVER]
    ends = list(map(attrgetter("completed"), certain))
    opened: dict[int, Open] = {}
    free: list[int] = []
    at, widest, lost = 0, 0, 0
    plan: list[Completion] = []
    for place in sorted(range(len(certain)), key=ends.__getitem__):
        end = ends[place]
        while unknown[lost] < end:
            lost += 1
        if not opened and begins[at + 1] > end:  # It is alone: nothing else needs to know it.
            operation = certain[at]
            plan.append((0, operation, model.observes(operation), (), lost))
            at += 1
            continue
        while begins[at] < end:
            if free:
                bit = free.pop()
            else:
                bit = 1 << widest
                widest += 1
            operation = certain[at]
            opened[at] = (bit, operation, model.observes(operation))
            at += 1
        bit, operation, observes = opened.pop(place)
        free.append(bit)
        plan.append((bit, operation, observes, tuple(opened.values()), lost))
    return plan


def search(model: Model, operations: Sequence[Operation], steps_max: int = STEPS_MAX) -> Found:
    """Whether the operations on one object, in order of invocation, can be ordered.

    Unknown after ``steps_max`` steps. Takes time in proportion to the operations while few are
    concurrent; in the worst case, exponential in how many are.
    """
    wanted = relevant(model, operations)
    return _Search(model, wanted).run(steps_max)


class _Search:
    """Configurations are (completions passed, state, those open that took effect, those unknown
    that did). ``_ways`` holds those still to be tried, and whether to try others first there
    than the operation that completes; ``_tried`` those for which that was done, by the unknown
    ones used."""

    def __init__(self, model: Model, wanted: Sequence[Operation]) -> None:
        self._model = model
        self._plan = schedule(model, wanted)
        self._unknown = [each for each in wanted if each.completed == NEVER]
        self._tried: dict[tuple[int, Hashable, int], list[int]] = {}
        self._ways: list[_Way] = []

    def run(self, steps_max: int) -> Found:
        plan, step, ways, tried = self._plan, self._model.step, self._ways, self._tried
        at, state, taken, used = 0, self._model.initial, 0, 0
        end, steps, furthest = len(plan), 0, 0
        while at < end:
            steps += 1
            if steps > steps_max:
                return Found(Verdict.UNKNOWN, steps_max)
            bit, operation, observes, others, lost = plan[at]
            if taken & bit:
                taken ^= bit
                at += 1
                continue
            after = step(state, operation)
            if observes and after is not REJECTED:
                at += 1
                continue
            choice = lost > 0
            for that, other, only in others:
                if not taken & that:
                    if not only:
                        choice = True
                    elif step(state, other) is not REJECTED:
                        taken |= that
            if choice:
                if tried and self._dominated(at, state, taken, used):
                    after = REJECTED
                else:
                    ways.append((at, state, taken, used, True))
            if after is not REJECTED:
                at, state = at + 1, after
                continue
            furthest = max(furthest, at)
            while ways:
                at, state, taken, used, others_first = ways.pop()
                if not others_first:
                    break
                steps += self._expand(at, state, taken, used)
            else:
                return Found(Verdict.FAIL, steps, plan[furthest][1])
        return Found(Verdict.PASS, steps)

    def _dominated(self, at: int, state: Hashable, taken: int, used: int) -> bool:
        """Whether this was tried before, with no unknown operation used that is not used now."""
        before = self._tried.get((at, state, taken))
        return before is not None and any(less & used == less for less in before)

    def _expand(self, at: int, state: Hashable, taken: int, used: int) -> int:
        """Put down the ways in which another operation goes before the one that completes, the
        most promising on top; returns how many operations were looked at."""
        self._tried.setdefault((at, state, taken), []).append(used)
        step = self._model.step
        _, completing, _, others, lost = self._plan[at]
        free = [each for each in others if not (each[2] or taken & each[0])]
        free.sort(key=_completed)
        ways: list[_Way] = []
        last: list[_Way] = []
        for bit, operation, _ in self._distinct(free):
            after = step(state, operation)
            if after is not REJECTED:
                helps = step(after, completing) is not REJECTED
                (last if helps else ways).append((at, after, taken | bit, used, False))
        fresh = [
            (1 << place, self._unknown[place], False)
            for place in range(lost)
            if not used >> place & 1
        ]
        for bit, operation, _ in self._distinct(fresh):
            after = step(state, operation)
            if after is not REJECTED and after != state:
                helps = step(after, completing) is not REJECTED
                (last if helps else ways).append((at, after, taken, used | bit, False))
        self._ways += ways[::-1]
        self._ways += last[::-1]
        return len(free) + len(fresh)

    def _distinct(self, candidates: list[Open]) -> list[Open]:
        """The first of those that do the same."""
        if len(candidates) < 2:
            return candidates
        first: dict[Hashable, Open] = {}
        for each in candidates:
            operation = each[1]
            process = operation.process if self._model.personal else None
            same = (operation.kind, operation.input, operation.output, process)
            first.setdefault(same, each)
        return list(first.values())


def _completed(entry: Open) -> int:
    return entry[1].completed
