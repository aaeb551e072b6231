"""Objects that gather: a counter, a set, a queue, and a list that only grows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.history.values import members, tell_value
from practicum.checking.objects.model import REJECTED, State, closure


def is_number(operation: Operation) -> str | None:
    """What is wrong with the amount of an addition."""
    if isinstance(operation.input, int):
        return None
    return f"{operation.kind} wants a whole number, not {tell_value(operation.input)}"


def is_something(operation: Operation) -> str | None:
    """What is wrong with what is put into a queue."""
    return (
        "enqueue wants a value: nothing stands for an empty queue"
        if (operation.input is None)
        else None
    )


def reads_many(operation: Operation) -> str | None:
    """What is wrong with the output of a read that returns members."""
    try:
        members(operation.output)
    except TypeError as error:
        return f"read returns a list or a set: {error}"
    return None


class Counter:
    """Add a number, which may be negative, and read the sum."""

    name = "counter"
    personal = False

    def __init__(self, initial: int = 0) -> None:
        self.initial: State = initial
        self.kinds = {"add": is_number, "read": None}

    def step(self, state: State, operation: Operation) -> State:
        """The sum after the operation."""
        if operation.kind == "read":
            return state if operation.output == state else REJECTED
        return state + operation.input

    def observes(self, operation: Operation) -> bool:
        """Reads."""
        return operation.kind == "read"

    def tell(self, state: State) -> str:
        """The sum."""
        return str(state)

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """Every sum holds every addition: only reads may go."""
        return [each for each in chosen if self.observes(each)]


class Members:
    """A set: add, remove, ask whether it contains, and read all."""

    name = "set"
    personal = False

    def __init__(self) -> None:
        self.initial: State = frozenset()
        self.kinds = {"add": None, "remove": None, "contains": None, "read": reads_many}

    def step(self, state: State, operation: Operation) -> State:
        """The members after the operation."""
        kind, value = operation.kind, operation.input
        if kind == "add":
            return state if value in state else state | {value}
        if kind == "remove":
            return state - {value}
        if kind == "contains":
            return state if (value in state) == bool(operation.output) else REJECTED
        found = operation.output
        return (
            state
            if state == (found if isinstance(found, frozenset) else frozenset(members(found)))
            else REJECTED
        )

    def observes(self, operation: Operation) -> bool:
        """Reads and questions."""
        return operation.kind in ("read", "contains")

    def tell(self, state: State) -> str:
        """The members."""
        return tell_value(state) if state else "empty"

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """An addition may go with all that saw its member; a removal with all that missed it."""
        added = {each.input for each in chosen if each.kind == "add"}
        removed = {each.input for each in chosen if each.kind == "remove"}
        gone = {each.invoked for each in chosen}
        return [
            each
            for each in kept
            if each.invoked in gone or _saw(each, added) or _missed(each, removed)
        ]


def _saw(operation: Operation, values: set[Hashable]) -> bool:
    """Whether it found one of the values there."""
    if operation.kind == "contains":
        return bool(operation.output) and operation.input in values
    return operation.kind == "read" and not values.isdisjoint(members(operation.output))


def _missed(operation: Operation, values: set[Hashable]) -> bool:
    """Whether it found one of the values missing."""
    if operation.kind == "contains":
        return not operation.output and operation.input in values
    return operation.kind == "read" and not values <= set(members(operation.output))


class Queue:
    """First in, first out: enqueue, and dequeue, whose output None means that it was empty."""

    name = "queue"
    personal = False

    def __init__(self) -> None:
        self.initial: State = ()
        self.kinds = {"enqueue": is_something, "dequeue": None}

    def step(self, state: State, operation: Operation) -> State:
        """What is in the queue after the operation."""
        if operation.kind == "enqueue":
            return (*state, operation.input)
        if operation.outcome is not Outcome.OK:
            return state[1:] if state else REJECTED
        if operation.output is None:
            return REJECTED if state else state
        return state[1:] if state and state[0] == operation.output else REJECTED

    def observes(self, operation: Operation) -> bool:
        """A dequeue that found it empty."""
        return (
            operation.kind == "dequeue"
            and operation.output is None
            and operation.outcome is Outcome.OK
        )

    def tell(self, state: State) -> str:
        """What is in it, the oldest first."""
        return tell_value(state) if state else "empty"

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """All that concerns one value may go; a dequeue of unknown outcome concerns all."""
        empty = [each for each in chosen if self.observes(each)]
        taken = [each for each in kept if each.kind == "dequeue"]
        if any(each.outcome is not Outcome.OK for each in taken):
            return empty
        values = {_moved(each) for each in chosen} - {None}
        return [*empty, *(each for each in kept if _moved(each) in values)]


def _moved(operation: Operation) -> Hashable:
    value: Hashable = operation.input if operation.kind == "enqueue" else operation.output
    return value


class AppendList:
    """A list that only grows: append, and read all."""

    name = "list"
    personal = False

    def __init__(self) -> None:
        self.initial: State = ()
        self.kinds = {"append": None, "read": reads_many}

    def step(self, state: State, operation: Operation) -> State:
        """The list after the operation."""
        if operation.kind == "append":
            return (*state, operation.input)
        return state if state == (operation.output or ()) else REJECTED

    def observes(self, operation: Operation) -> bool:
        """Reads."""
        return operation.kind == "read"

    def tell(self, state: State) -> str:
        """The list."""
        return tell_value(state) if state else "empty"

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """An append may go with the reads that show its value."""
        return closure(chosen, kept, _appended, _shown)


def _appended(operation: Operation) -> Iterable[Hashable]:
    return (operation.input,) if operation.kind == "append" else ()


def _shown(operation: Operation) -> Iterable[Hashable]:
    return members(operation.output) if operation.kind == "read" else ()
