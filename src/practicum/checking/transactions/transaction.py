"""Transactions that append to lists and read them, as in Jepsen's list-append workload.

A list tells the order in which it was written: that is why anomalies can be inferred from it
(Kingsbury and Alvaro, Elle: Inferring Isolation Anomalies from Experimental Observations, 2020).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import msgspec

from practicum.checking.history.building import PROBLEMS_MAX, History, HistoryError
from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import listed, when, who

Versions = tuple[Hashable, ...]
"""What a list held, the oldest first."""


class Read(msgspec.Struct, frozen=True):
    """A read; ``found`` is None if nobody knows what it found."""

    key: Hashable
    found: Versions | None


class Append(msgspec.Struct, frozen=True):
    """An append."""

    key: Hashable
    value: Hashable


class Transaction(msgspec.Struct, frozen=True, eq=False):
    """An operation that reads and appends, in this order."""

    operation: Operation
    steps: tuple[Read | Append, ...]

    @property
    def id(self) -> int:
        """Its place among all events."""
        return self.operation.invoked

    @property
    def committed(self) -> bool:
        """Whether it surely took effect."""
        return self.operation.outcome is Outcome.OK

    @property
    def failed(self) -> bool:
        """Whether it surely did not."""
        return self.operation.outcome is Outcome.FAIL

    def appends(self) -> Iterator[Append]:
        """What it appended, in order."""
        return (each for each in self.steps if isinstance(each, Append))

    def reads(self) -> Iterator[tuple[Hashable, Versions]]:
        """What it found, if it committed, in order."""
        for each in self.steps:
            if isinstance(each, Read) and each.found is not None:
                yield each.key, each.found

    def last_append(self, key: Hashable) -> Hashable:
        """The value that it left at the end of a list, if it appended to it."""
        values = [each.value for each in self.appends() if each.key == key]
        return values[-1] if values else None

    def told(self) -> str:
        """What it did, in words."""
        did = [
            f"appended {tell_value(each.value)} to {tell_value(each.key)}"
            if isinstance(each, Append)
            else f"read {tell_value(each.key)}"
            + ("" if each.found is None else f" = {tell_value(each.found)}")
            for each in self.steps
        ]
        place = f" (line {self.operation.line})" if self.operation.line else ""
        return f"{who(self.operation)} {listed(did)}, {when(self.operation)}{place}"


def transactions(history: History) -> list[Transaction]:
    """The transactions of a history, whose values are lists of ``["append", key, value]`` and
    ``["r", key, list]``. Raises ``HistoryError`` that names each operation that is none."""
    found, problems = [], []
    for operation in history:
        try:
            found.append(Transaction(operation, tuple(_steps(operation))))
        except ValueError as error:
            problems.append(f"{history.name}:{operation.line}: {error}")
            if len(problems) == PROBLEMS_MAX:
                break
    if problems:
        raise HistoryError(problems)
    return found


def _steps(operation: Operation) -> Iterator[Read | Append]:
    known = operation.outcome is Outcome.OK
    value = operation.output if known and operation.output is not None else operation.input
    if not isinstance(value, tuple):
        raise ValueError(f"a transaction is a list of steps, not {tell_value(value)}")
    for step in value:
        if not isinstance(step, tuple) or len(step) != 3:
            raise ValueError(f"a step is [what, key, value], not {tell_value(step)}")
        what, key, content = step
        if what == "append":
            yield Append(key, content)
        elif what == "r" and (content is None or isinstance(content, tuple)):
            yield Read(key, (content or ()) if known else None)
        else:
            raise ValueError(
                f'a step is ["append", key, value] or ["r", key, list], not {tell_value(step)}'
            )
