"""The few operations that prove that a history cannot be ordered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.checking.history.operation import NEVER, Operation
from practicum.checking.linearizability import queues, zones
from practicum.checking.linearizability.deciding import decide, reads_and_writes
from practicum.checking.linearizability.reachable import dead_end
from practicum.checking.linearizability.search import Found, relevant
from practicum.checking.linearizability.words import (
    proof_of_queue,
    proof_of_zones,
    without_place,
)
from practicum.checking.objects.gathering import Queue
from practicum.checking.objects.model import Model
from practicum.checking.proof import Proof
from practicum.checking.shrinking import shrink
from practicum.checking.verdict import Verdict

TRY_STEPS_MAX = 200_000
"""Steps of a search while shrinking; what takes longer is not taken for a failure."""


def prove(model: Model, operations: Sequence[Operation], found: Found) -> Proof:
    """Why the operations on one object, which ``found`` failed, cannot be ordered.

    What is left out could not have helped (see ``Model.bundle``), so that the proof holds for
    the whole history.
    """
    direct = _direct(model, operations)
    if direct is None:
        few = fewest(model, operations, found)
        direct = _direct(model, few) or without_place(model, few, dead_end(model, few))
    return direct


def fewest(model: Model, operations: Sequence[Operation], found: Found) -> list[Operation]:
    """The operations up to the one where every order gets stuck, then as few as still fail."""

    def fails(some: Sequence[Operation]) -> bool:
        return decide(model, some, TRY_STEPS_MAX).verdict is Verdict.FAIL

    def without(chosen: Sequence[Operation], some: Sequence[Operation]) -> list[Operation]:
        gone = {each.invoked for each in model.bundle(chosen, some)}
        return [each for each in some if each.invoked not in gone]

    end = NEVER if found.stuck is None else found.stuck.completed
    return shrink(until(model, operations, end), fails, without)


def until(model: Model, operations: Sequence[Operation], position: int) -> list[Operation]:
    """What had begun by a position in the history. What had not ended may not have happened
    yet; if it only observed, it is left out."""
    begun = [each for each in relevant(model, operations) if each.invoked < position]
    return [
        each if each.completed <= position else msgspec.structs.replace(each, completed=NEVER)
        for each in begun
        if each.completed <= position or not model.observes(each)
    ]


def _direct(model: Model, operations: Sequence[Operation]) -> Proof | None:
    """The proof where there is a conflict to look for."""
    names = reads_and_writes(model)
    if names is not None and zones.applies(operations, *names, model.initial):
        clash = zones.conflict(operations, names[0], model.initial)
        return None if clash is None else proof_of_zones(model, clash, operations, names[0])
    if isinstance(model, Queue) and queues.applies(operations):
        turn = queues.conflict(operations)
        return None if turn is None else proof_of_queue(turn, operations)
    return None
