"""Queues in which every value is put in once: linearizable or not, without a search.

Henzinger, Sezgin and Vafeiadis (Aspect-Oriented Linearizability Proofs, 2013) show that such a
history, if no dequeue found the queue empty, can be ordered unless a value was taken out that
was not put in before, or twice, or out of turn: put in after another, and taken out before it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import StrEnum

import msgspec

from practicum.checking.history.operation import NEVER, Operation, Outcome


class Why(StrEnum):
    """What keeps such a queue from being ordered."""

    UNKNOWN = "a value was taken out that nobody had put in"
    EARLY = "a value was taken out before its putting in began"
    TWICE = "a value was taken out twice"
    TURN = "a value was taken out before one that had been put in earlier"


class Conflict(msgspec.Struct, frozen=True):
    """Why, and the operations that prove it: the dequeues last, that of the earlier value, if
    there is one, at the end."""

    why: Why
    proof: tuple[Operation, ...]


def applies(operations: Iterable[Operation]) -> bool:
    """Whether no value is put in twice, and every dequeue ended and returned one."""
    values = []
    for each in operations:
        if each.kind == "enqueue":
            values.append(each.input)
        elif each.outcome is not Outcome.FAIL and (each.output is None or each.completed == NEVER):
            return False
    return len(set(values)) == len(values)


def conflict(operations: Sequence[Operation]) -> Conflict | None:
    """Why the operations cannot be ordered; None if they can. Where this ``applies`` only."""
    put: dict[Hashable, Operation] = {}
    taken: dict[Hashable, Operation] = {}
    for each in operations:
        if each.outcome is Outcome.FAIL:
            continue
        if each.kind == "enqueue":
            put[each.input] = each
        elif each.output in taken:
            return Conflict(Why.TWICE, (taken[each.output], each))
        else:
            taken[each.output] = each
    for value, each in taken.items():
        if value not in put:
            return Conflict(Why.UNKNOWN, (each,))
        if each.completed < put[value].invoked:
            return Conflict(Why.EARLY, (put[value], each))
    return _out_of_turn(put, taken)


def _out_of_turn(
    put: dict[Hashable, Operation], taken: dict[Hashable, Operation]
) -> Conflict | None:
    """Goes through the values by when their putting in began; of those put in before, the one
    whose taking out began last, or never, tells whether anyone was overtaken."""
    ended = sorted(put.values(), key=lambda each: each.completed)
    at, latest, earlier = 0, -1, None
    for each in sorted(put.values(), key=lambda each: each.invoked):
        while ended[at].completed < each.invoked:
            out = taken.get(ended[at].input)
            begun = NEVER if out is None else out.invoked
            if begun > latest:
                latest, earlier = begun, ended[at]
            at += 1
        mine = taken.get(each.input)
        if earlier is not None and mine is not None and mine.completed < latest:
            late = taken.get(earlier.input)
            proof = (earlier, each, mine, *(() if late is None else (late,)))
            return Conflict(Why.TURN, proof)
    return None
