"""Small histories for tests: of a real object with random delays, arbitrary ones, and a judge
that tries every order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from practicum.checking.history.building import Event, History, build
from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.objects.gathering import AppendList, Counter, Members, Queue
from practicum.checking.objects.lock import Lock
from practicum.checking.objects.model import REJECTED, Model
from practicum.checking.objects.register import KeyValue, Register

FEW = st.integers(0, 2)
ASKED: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    Register: {"read": st.none(), "write": FEW, "cas": st.tuples(FEW, FEW)},
    KeyValue: {
        "get": st.none(),
        "put": st.sampled_from("ab"),
        "append": st.sampled_from("ab"),
        "delete": st.none(),
        "cas": st.tuples(st.sampled_from("ab"), st.sampled_from("ab")),
    },
    Lock: {"acquire": st.none(), "release": st.none()},
    Counter: {"add": st.integers(-2, 2), "read": st.none()},
    Members: {"add": FEW, "remove": FEW, "contains": FEW, "read": st.none()},
    Queue: {"enqueue": FEW, "dequeue": st.none()},
    AppendList: {"append": FEW, "read": st.none()},
}
"""What may be asked of each object."""

WRONG: dict[type, tuple[Any, ...]] = {
    Register: (0, 1, 9, None),
    KeyValue: ("a", "ab", None),
    Counter: (0, 1, 9),
    Members: (frozenset(), frozenset({0}), frozenset({0, 1})),
    Queue: (0, 1, None),
    AppendList: ((), (0,), (1,), (0, 1)),
}
"""What a wrong object may say to a read."""

READS = ("read", "get", "dequeue")

MODELS: list[Callable[[], Model]] = list(ASKED)  # type: ignore[arg-type]


@st.composite
def recorded(
    draw: st.DrawFn,
    model: Model,
    *,
    most: int = 7,
    once: bool = False,
    kinds: Sequence[str] = (),
) -> History:
    """What three clients see of a real object: each of their operations is asked for at a random
    moment, takes effect at another, and is answered at a third, or never. With ``once``, no
    value is written or put in twice. ``kinds`` are all of the object if none are named."""
    object = _Object(model)
    chosen = sorted(kinds or ASKED[type(model)])
    for client in draw(st.lists(st.integers(0, 2), min_size=2 * most, max_size=4 * most)):
        if object.idle(client):
            if object.asked < most:
                kind = draw(st.sampled_from(chosen))
                wanted = draw(ASKED[type(model)][kind])
                fresh = once and kind in ("write", "put", "enqueue")
                object.ask(client, kind, str(object.asked) if fresh else wanted)
        else:
            object.go_on(client, lost=draw(st.integers(0, 9)) == 0)
    return build(object.events)


class _Object:
    """A real object, and the clients that use it."""

    def __init__(self, model: Model) -> None:
        self.events: list[Event] = []
        self.asked = 0
        self._model, self._state = model, model.initial
        self._doing: dict[int, tuple[Operation, bool]] = {}
        self._names = [0, 1, 2]

    def idle(self, client: int) -> bool:
        return client not in self._doing

    def ask(self, client: int, kind: str, wanted: Any) -> None:
        self.asked += 1
        self._doing[client] = (Operation(self._names[client], kind, wanted), False)
        self.events.append(Event("invoke", self._names[client], kind, wanted))

    def go_on(self, client: int, lost: bool) -> None:
        """Take effect if that was not yet, else be answered; or get lost."""
        operation, done = self._doing[client]
        if not done and not lost:
            said = answers(self._state, operation)
            operation = msgspec.structs.replace(operation, output=said)
            after = self._model.step(self._state, operation)
            if after is not REJECTED:
                self._state = after
                self._doing[client] = (operation, True)
                return
        type = "info" if lost else "ok" if done else "fail"
        self.events.append(Event(type, operation.process, operation.kind, operation.output))
        del self._doing[client]
        if lost:  # Who does not know how it ended goes on as somebody else, as in Jepsen.
            self._names[client] += 3


def answers(state: Any, operation: Operation) -> Any:
    """What a real object in a state says to an operation, if it can do it."""
    match operation.kind:
        case "read" | "get":
            return state
        case "dequeue":
            return state[0] if state else None
        case "contains":
            return operation.input in state
        case "cas":
            return None if state == operation.input[0] else False
        case "acquire":
            return None if state is None else False
    return None


@st.composite
def arbitrary(
    draw: st.DrawFn, model: Model, *, most: int = 6, least: int = 0, **how: Any
) -> History:
    """A recorded history in which ``least`` to four answers, if there are any, are exchanged for
    others."""
    history = draw(recorded(model, most=most, **how))
    told = [
        each
        for each in history
        if each.outcome is Outcome.OK and (each.kind in READS or isinstance(each.output, bool))
    ]
    if not told:
        return history
    wrong = {
        each.invoked for each in draw(st.lists(st.sampled_from(told), min_size=least, max_size=4))
    }
    changed = []
    for each in history:
        if each.invoked in wrong:
            others = [one.output for one in told if one.kind == each.kind]
            if isinstance(each.output, bool):
                others = [not each.output, None]
            else:
                others += WRONG.get(type(model), ())
            each = msgspec.structs.replace(each, output=draw(st.sampled_from(others)))
        changed.append(each)
    return History(tuple(changed))


def can_be_ordered(model: Model, operations: Sequence[Operation]) -> bool:
    """Whether some order agrees with time and model: every one is tried, nothing remembered."""
    left = [each for each in operations if each.outcome is not Outcome.FAIL]
    return _ordered(model, model.initial, left)


def _ordered(model: Model, state: Any, left: list[Operation]) -> bool:
    if all(each.completed == NEVER for each in left):
        return True
    for each in left:
        if any(other.completed < each.invoked for other in left):
            continue
        if each.completed == NEVER and model.observes(each):
            continue
        after = model.step(state, each)
        if after is not REJECTED and _ordered(
            model, after, [other for other in left if other is not each]
        ):
            return True
    return False
