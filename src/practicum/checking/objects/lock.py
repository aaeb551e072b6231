"""A lock: one process holds it at a time."""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.history.building import by_process
from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.objects.model import REJECTED, State


class Lock:
    """Acquire and release; the state is the process that holds it, or None.

    An acquire whose output is ``False`` found it taken. With ``owned`` false, anybody may
    release it, as with a semaphore of one.
    """

    name = "lock"
    personal = True

    def __init__(self, *, owned: bool = True) -> None:
        self.initial: State = None
        self.owned = owned
        self.kinds = {"acquire": None, "release": None}

    def step(self, state: State, operation: Operation) -> State:
        """Who holds it after the operation."""
        if operation.kind == "acquire":
            if operation.output is False:
                return REJECTED if state is None else state
            return operation.process if state is None else REJECTED
        if state is None or (self.owned and state != operation.process):
            return REJECTED
        return None

    def observes(self, operation: Operation) -> bool:
        """Acquires that found it taken."""
        return operation.kind == "acquire" and operation.output is False

    def tell(self, state: State) -> str:
        """Who holds it."""
        return "free" if state is None else f"held by client {state}"

    def bundle(self, chosen: Sequence[Operation], kept: Sequence[Operation]) -> Sequence[Operation]:
        """A holder's acquire may go with the release that follows it, if nobody has seen the
        lock taken and the holder did nothing of unknown outcome."""
        seen = [each for each in chosen if self.observes(each)]
        if not self.owned or any(map(self.observes, kept)):
            return seen
        mine = by_process(kept)
        pairs: list[Operation] = []
        for each in chosen:
            line = mine[each.process]
            if each.kind == "acquire" and all(one.outcome is Outcome.OK for one in line):
                after = line[line.index(each) + 1 :][:1]
                if after and after[0].kind == "release":
                    pairs += (each, *after)
        return pairs
