"""How many operations a second the scales judge: linearizability of 1,000, 10,000 and 100,000
operations of ten clients on ten keys, and what is harder.

The histories are of real objects, whose clients ask, wait and are answered after random delays
drawn from a seed, so that an operation shares its key with one other at a time on average.
Each is judged whole: split by key, ordered, and told in words; reading it is a figure of its own.
Time is the processor's, for nothing here waits.
"""

from __future__ import annotations

import heapq
import json
import random
import time
from collections.abc import Callable

import msgspec

from benchmarks.measuring import Figure, calibrate
from practicum.checking.history.building import History
from practicum.checking.history.operation import Operation
from practicum.checking.history.reading import read_json_lines
from practicum.checking.linearizability.judging import linearizable
from practicum.checking.objects.model import REJECTED, Model
from practicum.checking.objects.register import Register
from practicum.checking.verdict import Verdict

SIZES = (1_000, 10_000, 100_000)
PROMISED = 10_000
PROMISED_PER_S = 500_000.0
CLIENTS, KEYS = 10, 10
VALUES = 5

Ask = Callable[[random.Random, int], tuple[str, object]]
"""What a client asks for, by chance and by the number of the operation."""


def unique(chance: random.Random, number: int) -> tuple[str, object]:
    """Reads, and writes of values of which each is written once."""
    return ("read", None) if chance.random() < 0.5 else ("write", number)


def repeated(chance: random.Random, number: int) -> tuple[str, object]:
    """Reads and writes of five values, as in most of Jepsen's tests of registers."""
    return ("read", None) if chance.random() < 0.5 else ("write", chance.randrange(VALUES))


def compared(chance: random.Random, number: int) -> tuple[str, object]:
    """The same, with compare-and-set."""
    if chance.random() < 0.3:
        return "cas", (chance.randrange(VALUES), chance.randrange(VALUES))
    return repeated(chance, number)


WORKLOADS: dict[str, Ask] = {
    "unique writes": unique,
    "five values": repeated,
    "five values, compare-and-set": compared,
}


def measure(rounds: int) -> list[Figure]:
    """All workloads at every size, a hot key, a failure, and reading."""
    loops: list[float] = []
    figures: list[Figure] = []
    for size in SIZES:
        for name, ask in WORKLOADS.items():
            history = recorded(Register(), ask, size)
            figures.append(speed(f"{size:,} operations, {name}", history, rounds, loops))
    hot = recorded(Register(), compared, PROMISED, clients=20, keys=1)
    name = f"{PROMISED:,} operations, compare-and-set, one key and 20 clients"
    figures.append(speed(name, hot, rounds, loops))
    failing = broken(recorded(Register(), repeated, PROMISED))
    proving = [1000 * seconds(failing, Verdict.FAIL) for _ in range(rounds)]
    name = f"{PROMISED:,} operations that fail, with the few that prove it"
    figures.append(Figure(name=name, unit="ms", rounds=tuple(proving)))
    text = written(recorded(Register(), unique, PROMISED))
    reading = [read_per_s(text) for _ in range(rounds)]
    figures.append(Figure(name="read from JSON lines", unit="operations/s", rounds=tuple(reading)))
    return [Figure(name="calibration loop", unit="ms", rounds=tuple(loops)), *figures]


def speed(name: str, history: History, rounds: int, loops: list[float]) -> Figure:
    """How many operations of a right history are judged in a second."""
    loops.append(calibrate())
    values = []
    for _ in range(rounds):
        values.append(len(history) / seconds(history, Verdict.PASS))
    promise = PROMISED_PER_S if promised(name) else None
    return Figure(
        name=name, unit="operations/s", rounds=tuple(values), promise=promise, at_most=False
    )


def read_per_s(text: str) -> float:
    """How many operations are read in a second."""
    began = time.process_time()
    return len(read_json_lines(text)) / (time.process_time() - began)


def promised(name: str) -> bool:
    """Whether a speed is promised: at ten thousand operations on ten keys."""
    return name.startswith(f"{PROMISED:,} operations") and "one key" not in name


def seconds(history: History, verdict: Verdict) -> float:
    """How much of the processor's time it takes to judge a history."""
    began = time.process_time()
    judgement = linearizable(history, Register())
    took = time.process_time() - began
    assert judgement.verdict is verdict, judgement
    return took


def recorded(
    model: Model, ask: Ask, size: int, *, clients: int = CLIENTS, keys: int = KEYS, seed: int = 1
) -> History:
    """A history of real objects: each operation takes effect somewhere between its ends."""
    chance = random.Random(seed)
    moments = [(chance.random(), client, "ask") for client in range(clients)]
    heapq.heapify(moments)
    states = dict.fromkeys(range(keys), model.initial)
    asked: dict[int, Operation] = {}
    done: list[Operation] = []
    position = started = 0
    while moments:
        now, client, what = heapq.heappop(moments)
        if what == "ask" and started < size:
            started += 1
            kind, value = ask(chance, started)
            asked[client] = Operation(
                client, kind, value, key=chance.randrange(keys), invoked=position, begun_s=now
            )
            heapq.heappush(moments, (now + chance.random() / 2, client, "do"))
        elif what == "do":
            asked[client] = did(model, states, asked[client])
            heapq.heappush(moments, (now + chance.random() / 2, client, "answer"))
        elif what == "answer":
            done.append(msgspec.structs.replace(asked[client], completed=position, ended_s=now))
            heapq.heappush(moments, (now + chance.random() / 5, client, "ask"))
        position += what != "do"
    return History(tuple(sorted(done, key=lambda each: each.invoked)))


def did(model: Model, states: dict[int, object], operation: Operation) -> Operation:
    """The operation with its answer, after it took effect."""
    state = states[operation.key]  # type: ignore[index]
    output = state if operation.kind == "read" else None
    if operation.kind == "cas" and state != operation.input[0]:
        output = False
    operation = msgspec.structs.replace(operation, output=output)
    after = model.step(state, operation)
    assert after is not REJECTED
    states[operation.key] = after  # type: ignore[index]
    return operation


def broken(history: History) -> History:
    """The history with one late read of a value that was not there any more."""
    operations = list(history.operations)
    for at in range(len(operations) * 3 // 4, len(operations)):
        read = operations[at]
        if read.kind != "read":
            continue
        for value in range(VALUES):
            operations[at] = msgspec.structs.replace(read, output=value)
            changed = History(tuple(operations))
            if linearizable(changed, Register()).verdict is Verdict.FAIL:
                return changed
        operations[at] = read
    raise AssertionError("no read can be broken")


def written(history: History) -> str:
    """The history as JSON lines."""
    events = []
    for each in history:
        one = {"process": each.process, "f": each.kind, "key": each.key}
        events.append((each.invoked, {**one, "type": "invoke", "value": each.input}))
        events.append((each.completed, {**one, "type": "ok", "value": each.output}))
    events.sort(key=lambda event: event[0])
    return "\n".join(json.dumps(event) for _, event in events)
