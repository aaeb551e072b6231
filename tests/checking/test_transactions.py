"""Isolation of transactions over lists: exact where it can be, and every anomaly by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practicum.checking.history.building import Event, History, HistoryError, build
from practicum.checking.transactions.anomaly import MEANINGS, Level, forbidden, meaning
from practicum.checking.transactions.judging import anomalies, isolation
from practicum.checking.transactions.transaction import Append, Read, Transaction, transactions
from practicum.checking.transactions.versions import Lists
from practicum.checking.verdict import Verdict

Steps = list[list[Any]]


def steps(text: str) -> Steps:
    """``x+1`` appends 1 to x, ``x:12`` reads [1, 2] from x."""
    found: Steps = []
    for word in text.split():
        key, what, rest = word[0], word[1], word[2:]
        found.append(
            ["append", key, int(rest)] if what == "+" else ["r", key, [int(c) for c in rest]]
        )
    return found


def asked(done: Steps) -> Steps:
    """Steps before anybody knows what they read."""
    return [[what, key, None if what == "r" else value] for what, key, value in done]


def at_once(*texts: str) -> History:
    """Committed transactions, all at the same time; ``!`` in front of one that failed,
    ``?`` of one of unknown outcome."""
    begun, done = [], []
    for process, text in enumerate(texts):
        did = steps(text.lstrip("!?"))
        begun.append(Event("invoke", process, "txn", asked(did)))
        done.append(Event({"!": "fail", "?": "info"}.get(text[0], "ok"), process, "txn", did))
    return build(begun + done)


def in_turn(*texts: str) -> History:
    """Committed transactions one after the other, by ``process text``."""
    events = []
    for each in texts:
        process, text = each.split(" ", 1)
        events.append(Event("invoke", int(process), "txn", asked(steps(text))))
        events.append(Event("ok", int(process), "txn", steps(text)))
    return build(events)


def names(history: History) -> set[str]:
    """The anomalies in a history."""
    return {each.name for each in anomalies(Lists(transactions(history)))}


@pytest.mark.parametrize(
    ("history", "meant"),
    [
        (at_once("x+1 y+1", "x+2 y+2", "x:12 y:21"), {"G0"}),
        (at_once("!x+1", "x:1"), {"G1a"}),
        (at_once("x+1 x+2", "x:1"), {"G1b", "G-single"}),
        (at_once("x+1 y:1", "y+1 x:1"), {"G1c"}),
        (at_once("x+1 y+1", "x:1 y:"), {"G-single"}),
        (at_once("x: y+1", "y: x+1", "x:1", "y:1"), {"G2-item"}),
        (at_once("x: x+1", "x: x+2", "x:12"), {"lost update", "G-single"}),
        (at_once("x+1", "x+2", "x:12", "x:21"), {"incompatible order"}),
        (at_once("x+1 x+2", "x:21"), {"incompatible order", "G1b"}),
        (at_once("x+1 x+2", "x:2"), {"incompatible order", "G-single"}),
        (at_once("x+1", "x:11"), {"duplicate"}),
        (at_once("x+1", "x:17"), {"phantom"}),
        (at_once("x+1 x:"), {"internal"}),
        (at_once("x+2", "x+1 x:2"), {"internal"}),
        (at_once("x+2", "x:2 x+1 x:1"), {"internal", "incompatible order"}),
        (at_once("x:1 x+1"), {"internal"}),
        (at_once("?x+1 y+1", "x:1 y:"), {"G-single"}),
        (at_once("y+1 x+9", "y:1 x+1", "x:1"), {"G1c", "G-single"}),
        (in_turn("1 x+1", "2 x:"), {"G-single-realtime"}),
        (in_turn("1 x+1", "1 x:"), {"G-single-process", "G-single-realtime"}),
        (in_turn("1 x+1", "2 x+2", "3 x:21"), {"G0-realtime"}),
        (in_turn("1 x:1", "2 x+1"), {"G1c-realtime"}),
        (in_turn("1 x:", "2 x+1", "1 x:1", "3 x:1 y:"), set()),
    ],
)
def test_each_anomaly_has_its_name(history: History, meant: set[str]) -> None:
    """And nothing else is found beside it."""
    assert names(history) == meant


def test_a_cycle_is_shown_with_its_edges_in_words() -> None:
    """Who did what, and why who is before whom."""
    judgement = isolation(at_once("x+1 y+1", "x:1 y:"))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.examples == (
        "G-single (a transaction missed a write that it depends on): T1 before T2 before T1: "
        "T1 read y without 1, which T2 appended; T1 read 1 in x, which T2 had appended",
    )
    assert judgement.shown == (
        "T1: client 1 read x = [1] and read y = [], from event 2 to 4",
        "T2: client 0 appended 1 to x and appended 1 to y, from event 1 to 3",
        "T1 is before T2 (rw): T1 read y without 1, which T2 appended",
        "T2 is before T1 (wr): T1 read 1 in x, which T2 had appended",
    )


def test_write_skew_is_allowed_by_snapshots_only() -> None:
    """A level forbids its own anomalies and those of weaker levels."""
    skewed = at_once("x: y+1", "y: x+1")
    assert isolation(skewed, Level.SNAPSHOT_ISOLATION).verdict is Verdict.PASS
    assert isolation(skewed, Level.SERIALIZABLE).verdict is Verdict.FAIL
    stale = in_turn("1 x+1", "2 x:")
    assert isolation(stale, Level.SESSION_SERIALIZABLE).verdict is Verdict.PASS
    assert isolation(stale, Level.STRICT_SERIALIZABLE).verdict is Verdict.FAIL
    levels = [forbidden(level) for level in Level]
    assert all(weaker < stronger for weaker, stronger in pairwise(levels))
    assert set(MEANINGS) == forbidden(Level.SERIALIZABLE)
    assert all(meaning(name) for name in levels[-1])


def test_who_does_not_know_may_be_overtaken_by_himself() -> None:
    """A transaction of unknown outcome may take effect after the next one of its session."""
    events = [
        Event("invoke", 1, "txn", steps("x+1")),
        Event("info", 1, "txn"),
        *[Event(type, 1, "txn", steps("x:")) for type in ("invoke", "ok")],
        *[Event(type, 2, "txn", steps("x:1")) for type in ("invoke", "ok")],
    ]
    assert isolation(build(events), Level.STRICT_SERIALIZABLE).verdict is Verdict.PASS


def test_a_value_appended_twice_leaves_it_unknown() -> None:
    """Nobody can tell which of the two was read."""
    judgement = isolation(at_once("x+1", "x+1", "x:1"))
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.examples == ("1 was appended twice to x",)


@pytest.mark.parametrize("value", [5, [5], [["w", "x", 1]], [["append", "x"]], [["r", "x", 1]]])
def test_what_is_no_transaction_is_told(value: Any) -> None:
    """By its line."""
    events = [Event("invoke", 1, "txn", value, line=7), Event("ok", 1, "txn", value, line=8)]
    with pytest.raises(HistoryError, match=r"^history:7: "):
        isolation(build(events))


class Store:
    """Lists, as transactions see them: whole and at once, from a snapshot taken when they
    begin, or step by step among others."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.lists: defaultdict[str, list[int]] = defaultdict(list)
        self.snapshots: dict[int, dict[str, list[int]]] = {}

    def begin(self, process: int) -> None:
        """Remember what is there."""
        self.snapshots[process] = {key: [*found] for key, found in self.lists.items()}

    def do(self, process: int, step: list[Any]) -> list[Any]:
        """The step with what it read."""
        what, key, value = step
        seen = self.snapshots[process] if self.how == "snapshot" else self.lists
        if what == "r":
            return [what, key, [*seen.get(key, [])]]
        if self.how == "snapshot":
            seen.setdefault(key, []).append(value)
        self.lists[key].append(value)
        return step


@st.composite
def recorded(draw: st.DrawFn) -> History:
    """What two or three clients see of a store that isolates well, badly or not at all."""
    store = Store(draw(st.sampled_from(["serial", "serial", "snapshot", "none"])))
    events: list[Event] = []
    doing: dict[int, tuple[Steps, Steps]] = {}
    count = begun = 0
    for process in draw(st.lists(st.integers(0, 2), max_size=24)):
        if process not in doing:
            if begun == 5:
                continue
            begun += 1
            todo: Steps = []
            for _ in range(draw(st.integers(1, 3))):
                key = draw(st.sampled_from("xy"))
                count += 1
                todo.append(["append", key, count] if draw(st.booleans()) else ["r", key, None])
            events.append(Event("invoke", process, "txn", todo))
            store.begin(process)
            doing[process] = (todo, [])
            continue
        todo, done = doing[process]
        while len(done) < len(todo):
            done.append(store.do(process, todo[len(done)]))
            if store.how != "serial":
                break
        else:
            type = draw(st.sampled_from(["ok"] * 6 + ["info"]))
            events.append(Event(type, process, "txn", done))
            del doing[process]
    return build(events)


@st.composite
def arbitrary(draw: st.DrawFn) -> History:
    """A recorded history of which a read may have been cut, or taken for a failed one."""
    history = draw(recorded())
    events = []
    for each in history:
        done = [list(step) for step in each.output or each.input]
        cut = draw(st.integers(0, 12))
        for step in done:
            if each.output is not None and step[0] == "r" and cut == 0:
                step[2] = step[2][:-1]
        type = "fail" if cut == 1 else "ok" if each.output is not None else "info"
        # Nobody knows when what is unknown was over: its client may go on at once.
        ended = each.invoked + 0.5 if each.output is None else each.completed
        events.append((each.invoked, Event("invoke", each.process, "txn", asked(done))))
        events.append((ended, Event(type, each.process, "txn", done)))
    return build(event for _, event in sorted(events, key=lambda pair: pair[0]))


@st.composite
def guessed(draw: st.DrawFn) -> History:
    """Transactions at random times whose reads are beginnings of one order of each list."""
    plans: list[Steps] = []
    lists: dict[str, list[int]] = {"x": [], "y": []}
    for number in range(draw(st.integers(2, 4))):
        plans.append([])
        for place in range(draw(st.integers(1, 3))):
            key, value = draw(st.sampled_from("xy")), 10 * number + place
            if draw(st.booleans()):
                plans[-1].append(["append", key, value])
                lists[key].append(value)
            else:
                plans[-1].append(["r", key, None])
    orders = {key: draw(st.permutations(values)) for key, values in lists.items()}
    mine: list[Steps] = []
    for plan in plans:
        done: Steps = []
        for what, key, value in plan:
            if what == "r":
                value = orders[key][: draw(st.integers(0, len(orders[key])))]
            done.append([what, key, value])
        mine.append(done)
    order = draw(st.permutations([*range(len(mine)), *range(len(mine))]))
    begun: set[int] = set()
    events = []
    for number in order:
        type = draw(st.sampled_from(["ok"] * 8 + ["info"])) if number in begun else "invoke"
        value = mine[number] if number in begun else asked(mine[number])
        events.append(Event(type, number, "txn", value))
        begun.add(number)
    return build(events)


def explains(order: Sequence[Transaction]) -> bool:
    """Whether every read is right if the transactions ran one after the other."""
    lists: defaultdict[Any, tuple[Any, ...]] = defaultdict(tuple)
    for each in order:
        for step in each.steps:
            if isinstance(step, Append):
                lists[step.key] += (step.value,)
            elif isinstance(step, Read) and step.found not in (None, lists[step.key]):
                return False
    return True


def orders(all: Sequence[Transaction], level: Level) -> bool:
    """Whether there is an order, with or without those of unknown outcome, by trying all."""
    sure = [each for each in all if each.committed]
    unsure = [each for each in all if not each.committed and not each.failed]
    for number in range(len(unsure) + 1):
        for some in combinations(unsure, number):
            for order in permutations([*sure, *some]):
                if fits(order, level) and explains(order):
                    return True
    return False


def fits(order: Sequence[Transaction], level: Level) -> bool:
    """Whether an order agrees with sessions, or with time."""
    for at, one in enumerate(order):
        for two in order[:at]:
            if level is not Level.SERIALIZABLE and one.id < two.id:
                same = one.committed and one.operation.process == two.operation.process
                if same or (
                    level is Level.STRICT_SERIALIZABLE and one.operation.precedes(two.operation)
                ):
                    return False
    return True


@settings(max_examples=400)
@given(arbitrary() | guessed())
def test_serializability_agrees_with_trying_every_order(history: History) -> None:
    """Plain, in the order of sessions, and in real time."""
    all = transactions(history)
    for level in (Level.SERIALIZABLE, Level.SESSION_SERIALIZABLE, Level.STRICT_SERIALIZABLE):
        right = Verdict.PASS if orders(all, level) else Verdict.FAIL
        judgement = isolation(history, level)
        assert judgement.verdict is right, level
        assert bool(judgement.shown) is (right is Verdict.FAIL)


@given(arbitrary() | guessed())
def test_a_level_that_is_kept_keeps_all_weaker_ones(history: History) -> None:
    """From strict serializability down."""
    passes = [isolation(history, level).verdict is Verdict.PASS for level in Level]
    assert passes == sorted(passes, reverse=True)
