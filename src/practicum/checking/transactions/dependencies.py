"""Which transaction must come before which, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from practicum.checking.history.operation import NEVER
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import begun, ended
from practicum.checking.transactions.transaction import Transaction
from practicum.checking.transactions.versions import Lists


class Edge(StrEnum):
    """Why one transaction comes before another: the other's write follows its own, the other
    read what it wrote, it missed what the other wrote, or the other came later in its session
    or in time."""

    WW = "ww"
    WR = "wr"
    RW = "rw"
    PROCESS = "process"
    REALTIME = "realtime"


class Reason(msgspec.Struct, frozen=True):
    """The key and value that an edge is about."""

    key: Hashable = None
    value: Hashable = None
    other: Hashable = None


Edges = dict[int, dict[int, dict[Edge, Reason]]]
"""From each transaction to others, by why, with the reason."""


class Dependencies:
    """All edges between transactions that took effect."""

    def __init__(self, lists: Lists) -> None:
        self.by_id = {each.id: each for each in lists.done}
        self.edges: Edges = {id: {} for id in self.by_id}
        self._lists = lists
        self._unread: defaultdict[Hashable, list[tuple[Hashable, Transaction]]] = defaultdict(list)
        orders = {key: frozenset(found) for key, (_, found) in lists.longest.items()}
        for each in lists.done:
            for append in each.appends():
                if append.value not in orders.get(append.key, ()):
                    self._unread[append.key].append((append.value, each))
        for key in lists.longest:
            self._written(key)
        for each in lists.committed:
            self._read(each)
        self._in_sessions()
        self._in_time(lists.done)

    def _add(
        self, one: Transaction | None, two: Transaction | None, why: Edge, reason: Reason
    ) -> None:
        if one is None or two is None or one is two:
            return
        if one.id in self.edges and two.id in self.edges:
            self.edges[one.id].setdefault(two.id, {}).setdefault(why, reason)

    def _written(self, key: Hashable) -> None:
        order = self._lists.order(key)
        wrote = self._lists.wrote
        for before, after in pairwise(order):
            reason = Reason(key, before, after)
            self._add(wrote(key, before), wrote(key, after), Edge.WW, reason)
        for value, writer in self._unread[key] if order else ():
            reason = Reason(key, order[-1], value)
            self._add(wrote(key, order[-1]), writer, Edge.WW, reason)

    def _read(self, reader: Transaction) -> None:
        for key, found in self._lists.outside[reader.id].items():
            order = self._lists.order(key)
            if order[: len(found)] != found:
                continue
            if found:
                writer = self._lists.wrote(key, found[-1])
                self._add(writer, reader, Edge.WR, Reason(key, found[-1]))
            if len(found) < len(order):
                value = order[len(found)]
                self._add(reader, self._lists.wrote(key, value), Edge.RW, Reason(key, value))
            else:
                for value, writer in self._unread[key]:
                    self._add(reader, writer, Edge.RW, Reason(key, value))

    def _in_sessions(self) -> None:
        """From each that its client knew to be over when it began the next."""
        last: dict[int | str, Transaction] = {}
        for each in sorted(self._lists.done, key=lambda each: each.id):
            process = each.operation.process
            self._add(last.get(process), each, Edge.PROCESS, Reason())
            if each.committed:
                last[process] = each

    def _in_time(self, done: Sequence[Transaction]) -> None:
        """Only from those that ended last before a transaction began: the others came before
        these already."""
        ends = sorted(
            (each for each in done if each.operation.completed != NEVER),
            key=lambda each: each.operation.completed,
        )
        last: list[Transaction] = []
        at = 0
        for each in sorted(done, key=lambda each: each.id):
            while at < len(ends) and ends[at].operation.completed < each.id:
                new = ends[at].operation
                last = [one for one in last if not one.operation.precedes(new)]
                last.append(ends[at])
                at += 1
            for one in last:
                self._add(one, each, Edge.REALTIME, Reason())

    def told(self, one: int, two: int, why: Edge, names: tuple[str, str]) -> str:
        """Why one transaction comes before another, in words."""
        reason = self.edges[one][two][why]
        first, second = names
        key, value = tell_value(reason.key), tell_value(reason.value)
        match why:
            case Edge.WW:
                then = f"{second} appended {tell_value(reason.other)} after it"
                words = f"{first} appended {value} to {key}, and {then}"
            case Edge.WR:
                words = f"{second} read {value} in {key}, which {first} had appended"
            case Edge.RW:
                words = f"{first} read {key} without {value}, which {second} appended"
            case Edge.PROCESS:
                words = f"{second} came after {first} in the same session"
            case Edge.REALTIME:
                ones, twos = self.by_id[one].operation, self.by_id[two].operation
                words = f"{first} had ended, {ended(ones)}, before {second} began, {begun(twos)}"
        return f"{first} is before {second} ({why}): {words}"
