"""Decide about one object in the quickest way that applies to it."""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.history.operation import Operation
from practicum.checking.linearizability import queues, zones
from practicum.checking.linearizability.search import Found, search
from practicum.checking.objects.gathering import Queue
from practicum.checking.objects.model import Model
from practicum.checking.objects.register import KeyValue, Register
from practicum.checking.verdict import Verdict


def decide(model: Model, operations: Sequence[Operation], steps_max: int) -> Found:
    """Whether the operations on one object, in order of invocation, can be ordered.

    Takes no step if there is a conflict to look for: in a register whose values are written
    once, or a queue whose values are put in once.
    """
    names = reads_and_writes(model)
    if names is not None and zones.applies(operations, *names, model.initial):
        return _known(zones.conflict(operations, names[0], model.initial))
    if isinstance(model, Queue) and queues.applies(operations):
        return _known(queues.conflict(operations))
    return search(model, operations, steps_max)


def reads_and_writes(model: Model) -> tuple[str, str] | None:
    """What reads and writes are called in a model that is a register."""
    if isinstance(model, Register):
        return "read", "write"
    if isinstance(model, KeyValue):
        return "get", "put"
    return None


def _known(conflict: object) -> Found:
    return Found(Verdict.PASS if conflict is None else Verdict.FAIL)
