"""Sequential consistency (Lamport, 1979): one order of all operations, in which those of each
client come as the client asked for them. Time between clients does not count.

Unlike linearizability it is not local, so all keys are ordered at once; and to decide it is hard
(Gibbons and Korach, 1997). Two things are tried first: what is linearizable is sequentially
consistent, and what is not causally consistent is not. Then comes a search, within bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

import msgspec

from practicum.checking.consistency.causal import causal
from practicum.checking.history.building import History, by_process, keyed
from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.words import on_key, who
from practicum.checking.linearizability.deciding import decide
from practicum.checking.linearizability.search import STEPS_MAX, Found, relevant
from practicum.checking.objects.model import REJECTED, Model, State, validate
from practicum.checking.objects.register import KeyValue, Register
from practicum.checking.proof import Proof, proved
from practicum.checking.shrinking import shrink
from practicum.checking.verdict import Judgement, Verdict, undecided

CHECK = "sequential consistency"
TRY_STEPS_MAX = 20_000


def sequential(history: History, model: Model, *, steps_max: int = STEPS_MAX) -> Judgement:
    """Whether all operations have one order that agrees with each client's and the model.

    Unknown if ``steps_max`` steps do not decide. Raises ``HistoryError`` for an operation that
    the model does not have.
    """
    validate(model, history, history.name)
    expected = f"all operations in one order, each client's in its own, as on a {model.name} "
    expected += "with one client"
    seen = f"{len(history)} operations of {len(by_process(history))} clients"
    found = _timely(history, model, steps_max)
    if found.verdict is Verdict.PASS:
        return proved(CHECK, expected=expected, seen=seen, proofs=[])
    if isinstance(model, Register | KeyValue) and _plain(history):
        weaker = causal(history, initial=model.initial)
        if weaker.verdict is Verdict.FAIL:
            return msgspec.structs.replace(weaker, check=CHECK, expected=expected, seen=seen)
    found = search(model, history.operations, steps_max - found.steps)
    if found.verdict is Verdict.UNKNOWN:
        return undecided(
            CHECK,
            expected=expected,
            seen=f"{seen}; {steps_max} steps did not suffice",
            look_next="allow more steps, or judge fewer operations at a time",
        )
    proofs = [_proof(model, history.operations)] if found.verdict is Verdict.FAIL else []
    return proved(CHECK, expected=expected, seen=seen, proofs=proofs)


def _plain(history: History) -> bool:
    return all(each.kind in ("read", "write", "get", "put") for each in history)


def _timely(history: History, model: Model, steps_max: int) -> Found:
    """Pass if the history is linearizable; nothing is known if it is not. Half of the steps
    may go into this."""
    left = steps_max // 2
    for operations in history.by_key().values():
        found = decide(model, operations, left)
        left -= found.steps
        if found.verdict is not Verdict.PASS:
            return Found(Verdict.UNKNOWN, steps_max // 2 - left)
    return Found(Verdict.PASS, steps_max // 2 - left)


def search(model: Model, operations: Sequence[Operation], steps_max: int) -> Found:
    """Whether there is such an order, in at most so many steps."""
    return _Search(model, relevant(model, operations)).run(steps_max)


_Place = tuple[tuple[int, ...], tuple[State, ...], int]
"""How many operations of each client came, the state of each key, and which unknown ones came."""


class _Search:
    def __init__(self, model: Model, wanted: Sequence[Operation]) -> None:
        self._model = model
        self._keys = {key: number for number, key in enumerate(keyed(wanted))}
        self._lines: list[list[Operation]] = []
        self._unknown: list[tuple[Operation, int, int]] = []
        for number, line in enumerate(by_process(wanted).values()):
            certain: list[Operation] = []
            for each in line:
                if each.outcome is Outcome.OK:
                    certain.append(each)
                else:
                    self._unknown.append((each, number, len(certain)))
            self._lines.append(certain)

    def run(self, steps_max: int) -> Found:
        """Depth first; places are remembered when they are left behind."""
        ends = tuple(map(len, self._lines))
        start = (0,) * len(ends), (self._model.initial,) * len(self._keys), 0
        waiting: list[_Place] = [start]
        met: set[_Place] = set()
        steps = 0
        while waiting:
            place = self._observed(waiting.pop())
            if place[0] == ends:
                return Found(Verdict.PASS, steps)
            if place in met:
                continue
            steps += 1
            if steps > steps_max:
                return Found(Verdict.UNKNOWN, steps_max)
            met.add(place)
            ways = sorted(self._next(place), key=itemgetter(0), reverse=True)
            waiting += [way for _, way in ways]
        return Found(Verdict.FAIL, steps)

    def _observed(self, place: _Place) -> _Place:
        """With all that only observes and fits: it can do no harm."""
        counts, states, used = list(place[0]), place[1], place[2]
        for client, line in enumerate(self._lines):
            while counts[client] < len(line):
                each = line[counts[client]]
                state = states[self._keys[each.key]]
                if not self._model.observes(each) or self._model.step(state, each) is REJECTED:
                    break
                counts[client] += 1
        return tuple(counts), states, used

    def _next(self, place: _Place) -> Iterator[tuple[int, _Place]]:
        """The places one operation further, with when it completed: what completed first is the
        best guess."""
        counts, states, used = place
        for client, line in enumerate(self._lines):
            if counts[client] < len(line):
                each = line[counts[client]]
                after = self._after(states, each)
                if after is not None:
                    further = (*counts[:client], counts[client] + 1, *counts[client + 1 :])
                    yield each.completed, (further, after, used)
        for number, (each, client, asked) in enumerate(self._unknown):
            if not used >> number & 1 and counts[client] >= asked:
                after = self._after(states, each)
                if after is not None and after != states:
                    yield NEVER, (counts, after, used | 1 << number)

    def _after(self, states: tuple[State, ...], operation: Operation) -> tuple[State, ...] | None:
        key = self._keys[operation.key]
        after = self._model.step(states[key], operation)
        return None if after is REJECTED else (*states[:key], after, *states[key + 1 :])


def _proof(model: Model, operations: Sequence[Operation]) -> Proof:
    """As few operations as cannot be ordered. Time does not count, and is forgotten first."""

    def fails(some: Sequence[Operation]) -> bool:
        return search(model, some, TRY_STEPS_MAX).verdict is Verdict.FAIL

    def without(chosen: Sequence[Operation], some: Sequence[Operation]) -> list[Operation]:
        kept = keyed(some)
        gone = {
            each.invoked
            for key, leaving in keyed(chosen).items()
            for each in model.bundle(leaving, kept[key])
        }
        return [each for each in some if each.invoked not in gone]

    timeless = [
        msgspec.structs.replace(each, completed=NEVER) for each in relevant(model, operations)
    ]
    few = shrink(timeless, fails, without)
    steps = tuple(
        f"{who(line[0])} {', then '.join(on_key(each) for each in line)}"
        for line in by_process(few).values()
    )
    words = f"no order of these {len(few)} operations suits all clients and a {model.name}"
    return Proof(words, tuple(few), steps)
