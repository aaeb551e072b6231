"""Which write a read got its value from, and what a client can know by then.

Where each value is written to a key once, a read tells which write it saw. From this and from
the order within each session follows what is before what for sure: the causal order, the
smallest transitive order that has both (Ahamad et al., Causal Memory, 1995).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator

from practicum.checking.graphs import knots, shortest_path
from practicum.checking.history.building import History, HistoryError
from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import describe, on_key, who

READS = frozenset({"read", "get"})
WRITES = frozenset({"write", "put"})

Id = int
"""An operation, by the position at which it was invoked."""


class ReadsFrom:
    """The reads and writes of a history, with where each read got its value.

    ``source`` of a read is None if it found the initial value. What surely did not happen, and
    what is unknown and was never read, is left out. ``repeated`` names values that were written
    twice, so that nothing can be said; ``phantoms`` are reads of values that nobody wrote.
    Raises ``HistoryError`` for operations that are neither reads nor writes.
    """

    def __init__(self, history: History, initial: Hashable = None) -> None:
        self.repeated: list[str] = []
        self.phantoms: list[Operation] = []
        self.source: dict[Id, Operation | None] = {}
        writes = self._writes(history, initial)
        reads = [each for each in history if each.kind in READS and each.outcome is Outcome.OK]
        seen = set()
        for each in reads:
            write = writes.get((each.key, each.output))
            self.source[each.invoked] = write
            if write is not None:
                seen.add(write.invoked)
            elif each.output != initial:
                self.phantoms.append(each)
        kept = [
            each for each in writes.values() if each.outcome is Outcome.OK or each.invoked in seen
        ]
        self.operations = sorted((*reads, *kept), key=lambda each: each.invoked)
        self.by_id = {each.invoked: each for each in self.operations}
        self.sessions: dict[int | str, list[Operation]] = defaultdict(list)
        self.place: dict[Id, int] = {}
        for each in self.operations:
            session = self.sessions[each.process]
            self.place[each.invoked] = len(session)
            session.append(each)

    def _writes(
        self, history: History, initial: Hashable
    ) -> dict[tuple[Hashable, Hashable], Operation]:
        writes: dict[tuple[Hashable, Hashable], Operation] = {}
        for each in history:
            if each.kind in WRITES:
                if each.outcome is Outcome.FAIL:
                    continue
                if (each.key, each.input) in writes or each.input == initial:
                    where = describe(each.key)
                    value = tell_value(each.input)
                    self.repeated.append(f"{value} was written twice{where and f' to {where}'}")
                writes[each.key, each.input] = each
            elif each.kind not in READS:
                raise HistoryError(
                    [f"{history.name}:{each.line}: {each.kind!r} is neither a read nor a write"]
                )
        return writes

    def before(self, id: Id) -> Iterator[Id]:
        """What is directly before an operation: its session's last one, and its source."""
        operation = self.by_id[id]
        place = self.place[id]
        if place:
            yield self.sessions[operation.process][place - 1].invoked
        source = self.source.get(id)
        if source is not None:
            yield source.invoked

    def circle(self) -> list[Operation]:
        """Operations each of which is before the next, and the last before the first."""
        graph = {id: list(self.before(id)) for id in self.by_id}
        for knot in knots(graph):
            path = shortest_path(lambda id: graph[id], knot[0], knot[0], set(knot))
            return [self.by_id[id] for id in reversed(path or ())][:-1]
        return []

    def chain(self, first: Operation, last: Operation) -> list[str]:
        """How ``last`` can know of ``first``, step by step in words."""
        path = shortest_path(self.before, last.invoked, first.invoked) or []
        steps = [self.by_id[id] for id in reversed(path)]
        return [
            f"{who(each)} {'then ' if before and before.process == each.process else ''}"
            f"{on_key(each)}"
            for before, each in zip((None, *steps), steps, strict=False)
        ]


class Causality:
    """The causal order of reads and writes that have no circle, as vector clocks.

    ``clock`` of an operation says, for each session, how many of its operations are known
    there, the operation itself included.
    """

    def __init__(self, known: ReadsFrom) -> None:
        self._known = known
        self._number = {process: number for number, process in enumerate(known.sessions)}
        self.clock: dict[Id, list[int]] = {}
        self._writes: dict[tuple[Hashable, int | str], tuple[list[int], list[Operation]]] = {}
        for process, session in known.sessions.items():
            for place, each in enumerate(session):
                if each.kind in WRITES:
                    places, writes = self._writes.setdefault((each.key, process), ([], []))
                    places.append(place)
                    writes.append(each)
        for each in known.operations:
            self._reach(each.invoked)

    def _reach(self, id: Id) -> None:
        stack = [id]
        while stack:
            top = stack[-1]
            if top in self.clock:
                stack.pop()
                continue
            missing = [each for each in self._known.before(top) if each not in self.clock]
            if missing:
                stack += missing
                continue
            clocks = [self.clock[each] for each in self._known.before(top)]
            clock = list(map(max, *clocks)) if len(clocks) > 1 else [*(clocks or [self._none])[0]]
            operation = self._known.by_id[top]
            clock[self._number[operation.process]] = self._known.place[top] + 1
            self.clock[top] = clock
            stack.pop()

    @property
    def _none(self) -> list[int]:
        return [0] * len(self._number)

    def precedes(self, first: Operation, second: Operation) -> bool:
        """Whether ``second`` can know of ``first``."""
        seen = self.clock[second.invoked][self._number[first.process]]
        return first is not second and self._known.place[first.invoked] < seen

    def known_writes(self, read: Operation) -> Iterator[Operation]:
        """The last write to the read's key that is before it, of each session."""
        clock = self.clock[read.invoked]
        for process, number in self._number.items():
            lists = self._writes.get((read.key, process))
            if lists is None:
                continue
            places, writes = lists
            at = bisect_left(places, clock[number])
            if at:
                yield writes[at - 1]
