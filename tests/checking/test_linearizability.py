"""Linearizability is decided as by trying every order, and what fails is proved by a few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checking.histories import MODELS, arbitrary, can_be_ordered, recorded
from practicum.checking.history.building import Event, History, HistoryError, build
from practicum.checking.linearizability import queues, zones
from practicum.checking.linearizability.deciding import decide
from practicum.checking.linearizability.judging import linearizable
from practicum.checking.linearizability.proof import fewest, prove
from practicum.checking.linearizability.search import STEPS_MAX, relevant, search
from practicum.checking.objects.gathering import AppendList, Counter, Members, Queue
from practicum.checking.objects.lock import Lock
from practicum.checking.objects.model import Model
from practicum.checking.objects.register import Register
from practicum.checking.verdict import Verdict

ALL = pytest.mark.parametrize("new", MODELS, ids=lambda new: new.__name__)


def answer(right: bool) -> Verdict:
    """As a verdict."""
    return Verdict.PASS if right else Verdict.FAIL


@ALL
@given(data=st.data())
def test_what_a_real_object_did_passes(new: Callable[[], Model], data: st.DataObject) -> None:
    """Whatever the delays, and whoever is never answered."""
    model = new()
    history = data.draw(recorded(model, most=12))
    assert linearizable(history, model).verdict is Verdict.PASS


@ALL
@settings(max_examples=300)
@given(data=st.data())
def test_search_and_shortcuts_agree_with_trying_every_order(
    new: Callable[[], Model], data: st.DataObject
) -> None:
    """On histories that may be right or wrong."""
    model = new()
    history = data.draw(arbitrary(model))
    right = answer(can_be_ordered(model, history.operations))
    assert search(model, history.operations).verdict is right
    assert decide(model, history.operations, STEPS_MAX).verdict is right


def test_another_unknown_write_is_tried_where_one_was_tried_before() -> None:
    """Both a write and a cas can make it 1 first, but only the write can make it 1 again."""
    moves: list[tuple[str, int, str, Any]] = [
        ("invoke", 7, "write", 1), ("invoke", 8, "cas", (0, 1)),
        ("invoke", 1, "read", None), ("ok", 1, "read", 1),
        ("invoke", 1, "write", 2), ("ok", 1, "write", 2),
        ("invoke", 1, "read", None), ("ok", 1, "read", 1),
    ]  # fmt: skip
    given = build(Event(*move) for move in moves)
    assert search(Register(0), given.operations).verdict is Verdict.PASS
    again = [*moves, ("invoke", 1, "write", 3), ("ok", 1, "write", 3), *moves[-2:]]
    given = build(Event(*move) for move in again)
    assert search(Register(0), given.operations).verdict is Verdict.FAIL


def test_memory_keeps_a_hopeless_search_short() -> None:
    """Twenty pairs of writes at once have 2^20 orders, but after each pair only two states."""
    events = []
    for _ in range(20):
        for type in ("invoke", "ok"):
            events += [Event(type, client, "write", client) for client in (1, 2)]
    events += [Event("invoke", 3, "read"), Event("ok", 3, "read", 3)]
    found = search(Register(), build(events).operations)
    assert found.verdict is Verdict.FAIL
    assert found.steps < 20 * 20


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (
            (4, 5),
            "the register was certainly 4 from event 3, when client 1's write of 4 had ended, to "
            "event 5, when client 3's read of 4 began, and certainly 5 from event 4, when client "
            "2's write of 5 had ended, to event 7, when client 3's read of 5 began: it cannot be "
            "both, and each was written once",
        ),
        ((7,), "client 3 read 7, from event 5 to 6, and nobody ever wrote 7"),
        (
            (4, None),
            "client 3 read nothing, from event 7 to 8, although client 1's write of 4 had ended "
            "before it began, and nothing brought back the initial value",
        ),
        ((4, 4), ""),
        ((5,), ""),
    ],
)
def test_two_writes_at_once_leave_one_value(read: tuple[int | None, ...], words: str) -> None:
    """Either of them, but not one and then the other."""
    events = [
        Event(type, value - 3, "write", value) for type in ("invoke", "ok") for value in (4, 5)
    ]
    for value in read:
        events += [Event("invoke", 3, "read"), Event("ok", 3, "read", value)]
    judgement = linearizable(build(events), Register())
    assert judgement.examples == ((words,) if words else ())


def test_what_comes_after_a_failure_has_no_part_in_its_proof() -> None:
    """A cas that was still open, and succeeded thanks to a later write, is not to blame."""
    moves: list[tuple[str, int, str, Any]] = [
        ("invoke", 2, "read", None), ("invoke", 1, "cas", (7, 8)), ("ok", 2, "read", 9),
        ("invoke", 3, "write", 7), ("ok", 3, "write", 7), ("ok", 1, "cas", None),
    ]  # fmt: skip
    judgement = linearizable(build(Event(*move) for move in moves), Register())
    assert judgement.examples == ("client 2 read 9, from event 1 to 3, and nobody ever wrote 9",)


def test_a_removal_leaves_with_those_who_missed_its_member() -> None:
    """They may owe it that it was missing."""
    did = [("add", 1, None), ("remove", 1, None), ("contains", 1, False), ("read", None, ())]
    events = []
    for kind, wanted, told in did:
        events += [Event("invoke", 0, kind, wanted), Event("ok", 0, kind, told)]
    operations = build(events).operations
    leaving = Members().bundle(operations[1:2], operations)
    assert [each.kind for each in leaving] == ["remove", "contains", "read"]


def test_what_was_read_before_its_write_began_is_told() -> None:
    """Though somebody wrote it later."""
    events = [Event("invoke", 3, "read"), Event("ok", 3, "read", 4)]
    events += [Event("invoke", 1, "write", 4), Event("ok", 1, "write", 4)]
    assert linearizable(build(events), Register()).examples == (
        "client 3 read 4, from event 1 to 2, before anyone began to write it: client 1's write "
        "of 4 began at event 3",
    )


def test_only_the_operations_that_prove_it_are_shown() -> None:
    """Of a long history, in words, with the key and the lines."""
    events = []
    for number in range(300):
        key, client = f"k{number % 3}", number % 5
        value = (number // 3) % 4
        events += [Event(type, client, "write", value, key) for type in ("invoke", "ok")]
        events += [Event("invoke", client, "read", None, key)]
        events += [Event("ok", client, "read", value if number != 253 else 3, key)]
    given = build(msgspec.structs.replace(each, line=at) for at, each in enumerate(events, 1))
    judgement = linearizable(given, Register())
    assert judgement.verdict is Verdict.FAIL
    assert judgement.seen == "600 operations on 3 keys; those on 1 key cannot be ordered"
    assert judgement.examples == (
        "key k1: client 3 read 3, from event 1015 to 1016, although client 3's write of 0 had "
        "ended before it began and nothing wrote 3 afterwards: client 0's write of 3 had ended "
        "before client 3 began to write 0",
    )
    assert judgement.shown == (
        "client 0 wrote 3 at key k1, from event 1001 to 1002 (line 1001)",
        "client 3 wrote 0 at key k1, from event 1013 to 1014 (line 1013)",
        "client 3 read 3 at key k1, from event 1015 to 1016 (line 1015)",
    )


@pytest.mark.parametrize(
    ("model", "did", "words"),
    [
        (
            Counter(),
            [("add", 1, None), ("add", 2, None), ("read", None, 4)],
            "client 2 read 4, from event 5 to 6; however these operations are ordered, the "
            "counter is then 3",
        ),
        (
            Queue(),
            [("enqueue", "a", None), ("dequeue", None, None)],
            "client 1 found the queue empty, from event 3 to 4; however these operations are "
            "ordered, the queue is then [a]",
        ),
        (
            Lock(),
            [("acquire", None, None), ("acquire", None, None)],
            "client 1 got the lock, from event 3 to 4; however these operations are ordered, the "
            "lock is then held by client 0",
        ),
        (
            AppendList(),
            [("append", 1, None), ("append", 2, None), ("read", None, (2, 1))],
            "client 2 read [2, 1], from event 5 to 6; however these operations are ordered, the "
            "list is then [1, 2]",
        ),
    ],
)
def test_what_fits_no_state_is_told_with_the_states_that_could_be(
    model: Model, did: list[tuple[str, Any, Any]], words: str
) -> None:
    """Found by trying all orders of the few operations that are left."""
    events = []
    for client, (kind, wanted, told) in enumerate(did):
        events += [Event("invoke", client, kind, wanted), Event("ok", client, kind, told)]
    assert linearizable(build(events), model).examples == (words,)


def test_an_operation_that_the_object_does_not_have_is_told() -> None:
    """By its line, with those that it has."""
    given = build([Event("invoke", 1, "push", 1, line=4), Event("invoke", 2, "cas", 5, line=5)])
    with pytest.raises(HistoryError) as told:
        linearizable(given, Register())
    assert told.value.problems == (
        "history:4: a register has no operation 'push'; it has cas, read, write",
        "history:5: cas wants [old, new], not 5",
    )


@settings(max_examples=400)
@given(arbitrary(Register(), most=7, once=True, kinds=["read", "write"]))
def test_zones_of_a_register_agree_with_trying_every_order(history: History) -> None:
    """If every value is written once."""
    assert zones.applies(history, "read", "write", None)
    clash = zones.conflict(history.operations, "read", None)
    assert (clash is None) is can_be_ordered(Register(), history.operations)


@settings(max_examples=400)
@given(arbitrary(Queue(), most=8, once=True))
def test_turns_of_a_queue_agree_with_trying_every_order(history: History) -> None:
    """If every value is put in once, and no dequeue found nothing: those are left out."""
    kept = [each for each in history if each.kind == "enqueue" or each.output is not None]
    assert queues.applies(kept)
    clash = queues.conflict(kept)
    assert (clash is None) is can_be_ordered(Queue(), kept)


@ALL
@given(data=st.data())
def test_too_few_steps_leave_it_unknown(new: Callable[[], Model], data: st.DataObject) -> None:
    """Whatever the budget, the answer is the right one or none."""
    model = new()
    history = data.draw(arbitrary(model))
    steps_max = data.draw(st.integers(0, 6))
    found = search(model, history.operations, steps_max)
    right = answer(can_be_ordered(model, history.operations))
    assert found.verdict in (right, Verdict.UNKNOWN)
    if found.verdict is Verdict.UNKNOWN:
        assert found.steps == steps_max < search(model, history.operations).steps


@ALL
@settings(max_examples=200)
@given(data=st.data())
def test_what_may_be_left_out_never_breaks_what_is_right(
    new: Callable[[], Model], data: st.DataObject
) -> None:
    """If a history can be ordered, so can what is left of it."""
    model = new()
    operations = relevant(model, data.draw(recorded(model)).operations)
    assume(operations)
    chosen = data.draw(st.lists(st.sampled_from(operations), unique_by=lambda each: each.invoked))
    gone = {each.invoked for each in model.bundle(chosen, operations)}
    left = [each for each in operations if each.invoked not in gone]
    assert can_be_ordered(model, left)


@ALL
@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=40)
@given(data=st.data())
def test_a_proof_fails_by_itself_and_needs_all_that_it_names(
    new: Callable[[], Model], data: st.DataObject
) -> None:
    """The operations of a proof cannot be ordered either."""
    model = new()
    operations = data.draw(arbitrary(model, least=2)).operations
    found = decide(model, operations, STEPS_MAX)
    assume(found.verdict is Verdict.FAIL)
    proof = prove(model, operations, found)
    assert not can_be_ordered(model, proof.operations)
    assert proof.words
    few = fewest(model, operations, found)
    for each in few:
        gone = {one.invoked for one in model.bundle([each], few)}
        if gone:
            assert can_be_ordered(model, [one for one in few if one.invoked not in gone])
