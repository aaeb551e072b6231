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
from practicum.checking.objects.gathering import Queue
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
    assert (
        judgement.examples
        == (
            "key k1: client 0 read 3, from event 1003 to 1004, although client 0's write of 0 had "
            "ended before it began and nothing wrote 3 afterwards: client 2's write of 3 had ended "
            "before client 0 began to write 0",
        )
        or judgement.examples[0] == ""
    )
    assert len(judgement.shown) == 3


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
@given(arbitrary(Register(), most=8, once=True, kinds=["read", "write"]))
def test_zones_of_a_register_agree_with_trying_every_order(history: History) -> None:
    """If every value is written once."""
    assert zones.applies(history, "read", "write", None)
    clash = zones.conflict(history.operations, "read", None)
    assert (clash is None) is can_be_ordered(Register(), history.operations)


@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much])
@given(arbitrary(Queue(), most=9, once=True))
def test_turns_of_a_queue_agree_with_trying_every_order(history: History) -> None:
    """If every value is put in once, and no dequeue found nothing."""
    assume(queues.applies(history))
    clash = queues.conflict(history.operations)
    assert (clash is None) is can_be_ordered(Queue(), history.operations)


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
