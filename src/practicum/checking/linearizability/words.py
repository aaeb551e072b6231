"""Why operations cannot be ordered, in words."""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import begun, did, ended, when, who, whose
from practicum.checking.linearizability import queues, zones
from practicum.checking.linearizability.reachable import DeadEnd
from practicum.checking.linearizability.zones import Conflict, Why
from practicum.checking.objects.model import Model
from practicum.checking.proof import Proof, in_order

STATES_SHOWN = 4


def without_place(model: Model, few: Sequence[Operation], end: DeadEnd | None) -> Proof:
    """An operation that fits no state in which the object can have been."""
    if end is None:
        words = f"no order of these {len(few)} operations agrees with time and a {model.name}"
        return Proof(words, tuple(few))
    told = sorted(model.tell(state) for state in end.states)
    more = len(told) - STATES_SHOWN
    states = " or ".join(told[:STATES_SHOWN]) + (f" or {more} others" if more > 0 else "")
    words = (
        f"{who(end.operation)} {did(end.operation)}, {when(end.operation)}; however these "
        f"operations are ordered, the {model.name} is then {states}"
    )
    return Proof(words, tuple(few))


def proof_of_zones(
    model: Model, found: Conflict, operations: Sequence[Operation], read: str
) -> Proof:
    """Values of a register that cannot have been there as they were read."""
    side = _Side(found.cluster, operations, read)
    if found.why is Why.UNWRITTEN:
        return _unwritten(side)
    if found.why is Why.EARLY or found.other is None:
        reader, write = side.first, side.write
        assert reader is not None
        assert write is not None
        words = (
            f"{who(reader)} {did(reader)}, {when(reader)}, before anyone began to write it: "
            f"{whose(write)} began {begun(write)}"
        )
        return Proof(words, in_order(reader, write))
    other = _Side(found.other, operations, read)
    for old, new in ((side, other), (other, side)):
        if old.outlives(new.write):
            new.first = new.last = new.write
            return Proof(_overwritten(old, new), in_order(*old.all(), *new.all()))
    proof = in_order(*side.all(), *other.all())
    if found.why is Why.BOTH:
        words = (
            f"the {model.name} was certainly {side.span(model)}, and certainly "
            f"{other.span(model)}: it cannot be both, and each was written once"
        )
        return Proof(words, proof)
    return Proof(_overwritten(side, other), proof)


class _Side:
    """A value, its write, and those of its operations that ended first and began last."""

    def __init__(self, cluster: zones.Cluster, operations: Sequence[Operation], read: str) -> None:
        self.value = tell_value(cluster.value)
        self.cluster = cluster
        mine = [
            each
            for each in operations
            if (each.output if each.kind == read else each.input) == cluster.value
            and (each.outcome is Outcome.OK or each.kind != read)
        ]
        self.failed = [each for each in mine if each.outcome is Outcome.FAIL]
        mine = [each for each in mine if each.outcome is not Outcome.FAIL]
        self.write = next((each for each in mine if each.kind != read), None)
        self.first = next((each for each in mine if each.completed == cluster.first_end), None)
        self.last = next((each for each in mine if each.invoked == cluster.last_begin), None)

    def all(self) -> list[Operation]:
        return [each for each in (self.write, self.first, self.last) if each is not None]

    def outlives(self, write: Operation | None) -> bool:
        """Whether the value was certainly there before the write, and after it."""
        return (
            write is not None
            and self.cluster.first_end < write.invoked
            and write.completed < self.cluster.last_begin
        )

    def span(self, model: Model) -> str:
        """From when to when the value was certainly there."""
        assert self.last is not None
        since = (
            "the start"
            if self.first is None
            else f"{ended(self.first).removeprefix('at ')}, when {whose(self.first)} had ended,"
        )
        until = begun(self.last).removeprefix("at ")
        value = model.tell(self.cluster.value)
        return f"{value} from {since} to {until}, when {whose(self.last)} began"


def _unwritten(side: _Side) -> Proof:
    reader = side.first
    assert reader is not None
    words = f"{who(reader)} {did(reader)}, {when(reader)}, and nobody ever wrote {side.value}"
    if side.failed:
        words = f"{who(reader)} {did(reader)}, {when(reader)}, but {whose(side.failed[0])} failed"
    return Proof(words, in_order(reader, *side.failed[:1]))


def _overwritten(old: _Side, new: _Side) -> str:
    """``old`` was read after ``new`` had come and must have replaced it."""
    reader, write = old.last, new.write
    assert reader is not None
    assert write is not None
    assert new.first is not None
    assert new.last is not None
    words = f"{who(reader)} {did(reader)}, {when(reader)}, although "
    if new.first is new.last is write:
        words += f"{whose(write)} had ended before it began"
        before = f"{who(write)} began to write {new.value}"
    else:
        words += f"{new.value} had come before it began ({whose(new.first)} had ended)"
        before = f"{whose(new.last)} began"
    if old.first is None:
        return f"{words}, and nothing brought back the initial value"
    words += f" and nothing wrote {old.value} afterwards"
    if old.first is old.write:
        return f"{words}: {whose(old.first)} had ended before {before}"
    return f"{words}: {who(old.first)} had {did(old.first)} before {before}"


def proof_of_queue(found: queues.Conflict, operations: Sequence[Operation]) -> Proof:
    """What was taken out of a queue out of turn."""
    *_, last = found.proof
    words = f"{who(last)} {did(last)}, {when(last)}"
    value = tell_value(last.output)
    if found.why is queues.Why.UNKNOWN:
        failed = [
            each for each in operations if each.kind == "enqueue" and each.input == last.output
        ]
        words += f", but {whose(failed[0])} failed" if failed else ", and nobody ever put it in"
        return Proof(words, in_order(last, *failed[:1]))
    if found.why is queues.Why.EARLY:
        words += f", before {who(found.proof[0])} began to put it in, {begun(found.proof[0])}"
    elif found.why is queues.Why.TWICE:
        first = found.proof[0]
        words += f", and so did {who(first)}, {when(first)}; {value} was put in once"
    else:
        words = _overtaken(found.proof)
    return Proof(words, in_order(*found.proof))


def _overtaken(proof: tuple[Operation, ...]) -> str:
    first, second, taken, *late = proof
    left = tell_value(first.input)
    after = (
        f"{who(late[0])} took {left} out only later, {when(late[0])}"
        if late
        else (f"{left} was never taken out")
    )
    return (
        f"{who(taken)} {did(taken)}, {when(taken)}, although {who(first)} had put {left} in "
        f"before {who(second)} began to put {tell_value(second.input)} in; {after}"
    )
