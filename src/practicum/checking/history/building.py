"""Build operations from events, and name what is wrong with them by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

import msgspec

from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.values import frozen

PROBLEMS_MAX = 20
NEMESIS = "nemesis"
"""The process that makes faults; it is no client."""

COMPLETIONS = {"ok": Outcome.OK, "fail": Outcome.FAIL, "info": Outcome.INFO}


class HistoryError(ValueError):
    """A history that makes no sense. ``problems`` are its first faults, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Event(msgspec.Struct, frozen=True):
    """A line of a history: a process invokes an operation, or learns how it ended.

    ``type`` is invoke, ok, fail or info; ``time_s`` seconds since the start; ``line`` where it
    stands in its file.
    """

    type: str
    process: int | str
    kind: str = ""
    value: object = None
    key: object = None
    time_s: float | None = None
    line: int = 0


class History(msgspec.Struct, frozen=True):
    """Operations in the order in which they were invoked, and the events of the nemesis.
    ``name`` is how the file is called."""

    operations: tuple[Operation, ...]
    nemesis: tuple[Event, ...] = ()
    name: str = "history"

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def by_key(self) -> dict[Hashable, list[Operation]]:
        """The operations on each key, in order; without keys all belong to the key None."""
        return keyed(self.operations)


def keyed(operations: Iterable[Operation]) -> dict[Hashable, list[Operation]]:
    """The operations on each key, in their order."""
    found: defaultdict[Hashable, list[Operation]] = defaultdict(list)
    for operation in operations:
        found[operation.key].append(operation)
    return found


def by_process(operations: Iterable[Operation]) -> dict[int | str, list[Operation]]:
    """The operations of each process, in their order."""
    found: defaultdict[int | str, list[Operation]] = defaultdict(list)
    for operation in operations:
        found[operation.process].append(operation)
    return found


def build(events: Iterable[Event], name: str = "history") -> History:
    """The history that events tell, in the order in which they happened.

    An operation without completion is one of unknown outcome. ``name`` is how the file is
    called in what goes wrong. Raises ``HistoryError`` for a process that invokes while its last
    operation is open, a completion that nobody asked for, one of another kind than was invoked,
    and an unknown type.
    """
    return _Builder(name).build(events)


class _Builder:
    def __init__(self, name: str) -> None:
        self._name = name
        self._open: dict[int | str, tuple[int, Event]] = {}
        self._operations: list[Operation] = []
        self._nemesis: list[Event] = []
        self._problems: list[str] = []

    def build(self, events: Iterable[Event]) -> History:
        for position, event in enumerate(events):
            if event.process == NEMESIS:
                self._nemesis.append(event)
            elif event.type == "invoke":
                self._invoke(position, event)
            elif event.type in COMPLETIONS:
                self._complete(position, event)
            else:
                types = "invoke, ok, fail or info"
                self._wrong(event, f"unknown type {event.type!r}; a line is {types}")
            if len(self._problems) >= PROBLEMS_MAX:
                break
        for invoked, event in self._open.values():
            self._keep(invoked, event, None, NEVER)
        if self._problems:
            raise HistoryError(self._problems[:PROBLEMS_MAX])
        self._operations.sort(key=lambda operation: operation.invoked)
        return History(tuple(self._operations), tuple(self._nemesis), self._name)

    def _invoke(self, position: int, event: Event) -> None:
        if not event.kind:
            self._wrong(event, "an invocation names what is invoked: f, the operation, is missing")
        if event.process in self._open:
            _, before = self._open[event.process]
            self._wrong(
                event,
                f"process {event.process} invokes {event.kind} while its {before.kind} of line "
                f"{before.line} is still open; a client does one thing at a time",
            )
        self._open[event.process] = (position, event)

    def _complete(self, position: int, event: Event) -> None:
        invoked, begun = self._open.pop(event.process, (position, None))
        if begun is None:
            self._wrong(
                event,
                f"process {event.process} completes {event.kind or 'something'} that it has not "
                "invoked; the line of its invocation is missing",
            )
        elif event.kind and event.kind != begun.kind:
            self._wrong(
                event,
                f"process {event.process} completes {event.kind}, but has invoked {begun.kind} "
                f"in line {begun.line}",
            )
        else:
            self._keep(invoked, begun, event, position)

    def _keep(self, invoked: int, begun: Event, ended: Event | None, position: int) -> None:
        outcome = COMPLETIONS[ended.type] if ended else Outcome.INFO
        known = outcome is Outcome.OK
        try:
            operation = Operation(
                process=begun.process,
                kind=begun.kind,
                input=frozen(begun.value),
                output=frozen(ended.value) if known and ended else None,
                key=frozen(begun.key),
                outcome=outcome,
                invoked=invoked,
                completed=position if known else NEVER,
                begun_s=begun.time_s,
                ended_s=ended.time_s if ended else None,
                line=begun.line,
            )
        except TypeError as error:
            self._wrong(begun, f"{error}; use numbers, words, lists and mappings")
            return
        self._operations.append(operation)

    def _wrong(self, event: Event, words: str) -> None:
        self._problems.append(f"{self._name}:{event.line}: {words}")
