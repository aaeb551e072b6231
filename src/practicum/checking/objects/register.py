"""Registers: one value that is read, written, and compared and set."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from practicum.checking.history.operation import Operation
from practicum.checking.history.values import tell_value
from practicum.checking.objects.model import REJECTED, State


def is_pair(operation: Operation) -> str | None:
    """What is wrong with the input of a compare-and-set."""
    if isinstance(operation.input, tuple) and len(operation.input) == 2:
        return None
    return f"cas wants [old, new], not {tell_value(operation.input)}"


class _Leaving:
    """What leaves a register together: a write with all that may have found its value, or that
    found another one. No operation can have found it if the same value was written in between
    for sure: by a write that began after it had ended, and ended before the operation began.
    """

    def __init__(self, model: _Values, kept: Sequence[Operation]) -> None:
        self._model, self._kept = model, kept
        writes: defaultdict[Hashable, list[tuple[int, int]]] = defaultdict(list)
        for each in kept:
            for value in model.gives(each):
                writes[value].append((each.completed, each.invoked))
        self._ends: dict[Hashable, list[int]] = {}
        self._latest: dict[Hashable, list[int]] = {}
        for value, times in writes.items():
            times.sort()
            self._ends[value] = [end for end, _ in times]
            self._latest[value] = list(accumulate((begin for _, begin in times), max))

    def with_all(self, chosen: Sequence[Operation]) -> Sequence[Operation]:
        """``chosen`` and whatever must leave with them."""
        missed = [each for each in self._kept if each.kind == "cas" and each.output is False]
        leaving = {each.invoked: each for each in (*chosen, *missed)}
        new = list(chosen)
        while new:
            lost: dict[Hashable, int] = {}
            for each in new:
                for value in self._model.gives(each):
                    lost[value] = max(lost.get(value, 0), each.completed)
            new = [
                each
                for each in self._kept
                if each.invoked not in leaving and self._needs(each, lost)
            ]
            leaving.update((each.invoked, each) for each in new)
        return tuple(leaving.values())

    def _needs(self, operation: Operation, lost: Mapping[Hashable, int]) -> bool:
        for value in self._model.expects(operation):
            if value in lost:
                before = bisect_left(self._ends[value], operation.invoked)
                return not before or lost[value] > self._latest[value][before - 1]
        return False


class _Values(Protocol):
    def gives(self, operation: Operation) -> Sequence[Hashable]: ...

    def expects(self, operation: Operation) -> Sequence[Hashable]: ...


class Register:
    """Read, write, and cas of ``[old, new]``.

    A cas whose output is ``False`` found something else than ``old`` and changed nothing.
    """

    name = "register"
    personal = False

    def __init__(self, initial: Hashable = None) -> None:
        self.initial = initial
        self.kinds = {"read": None, "write": None, "cas": is_pair}

    def step(self, state: State, operation: Operation) -> State:
        """The value after the operation."""
        kind = operation.kind
        if kind == "read":
            return state if operation.output == state else REJECTED
        if kind == "write":
            return operation.input
        old, new = operation.input
        if operation.output is False:
            return REJECTED if state == old else state
        return new if state == old else REJECTED

    def observes(self, operation: Operation) -> bool:
        """Reads, and a cas that found something else."""
        return operation.kind == "read" or (operation.kind == "cas" and operation.output is False)

    def tell(self, state: State) -> str:
        """The value."""
        return "empty" if state is None else tell_value(state)

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """A write may go with all that may have found its value, or that found another one."""
        if all(map(self.observes, chosen)):
            return chosen
        return _Leaving(self, kept).with_all(chosen)

    def gives(self, operation: Operation) -> Sequence[Hashable]:
        """The value that is there afterwards, if the operation changes it."""
        if self.observes(operation):
            return ()
        if operation.kind == "cas":
            return (operation.input[1],)
        return (operation.input,)

    def expects(self, operation: Operation) -> Sequence[Hashable]:
        """The value that must be there before, if there is one."""
        if operation.kind == "read":
            return (operation.output,)
        if operation.kind == "cas" and operation.output is not False:
            return (operation.input[0],)
        return ()


class KeyValue:
    """Get, put, delete, append to a text, and cas of ``[old, new]``; a missing key is None."""

    name = "key"
    personal = False

    def __init__(self) -> None:
        self.initial: State = None
        self.kinds = {"get": None, "put": None, "delete": None, "append": _text, "cas": is_pair}

    def step(self, state: State, operation: Operation) -> State:
        """The value after the operation."""
        kind = operation.kind
        if kind == "get":
            return state if operation.output == state else REJECTED
        if kind == "put":
            return operation.input
        if kind == "delete":
            return None
        if kind == "append":
            if state is not None and not isinstance(state, str):
                return REJECTED
            return (state or "") + str(operation.input)
        return _REGISTER.step(state, operation)

    def observes(self, operation: Operation) -> bool:
        """Gets, and a cas that found something else."""
        return operation.kind == "get" or _REGISTER.observes(operation)

    def tell(self, state: State) -> str:
        """The value."""
        return "missing" if state is None else tell_value(state)

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """As with a register; what was appended may be in any later value, and stays."""
        reads = [each for each in chosen if self.observes(each)]
        if len(reads) == len(chosen) or any(each.kind == "append" for each in kept):
            return reads
        return _Leaving(self, kept).with_all(chosen)

    def gives(self, operation: Operation) -> Sequence[Hashable]:
        """The value that is there afterwards, if the operation changes it."""
        if operation.kind == "delete":
            return (None,)
        return () if operation.kind == "get" else _REGISTER.gives(operation)

    def expects(self, operation: Operation) -> Sequence[Hashable]:
        """The value that must be there before, if there is one."""
        return (operation.output,) if operation.kind == "get" else _REGISTER.expects(operation)


_REGISTER = Register()


def _text(operation: Operation) -> str | None:
    if isinstance(operation.input, str):
        return None
    return f"append wants a text, not {tell_value(operation.input)}"
