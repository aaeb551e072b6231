"""Invariants of whole runs: convergence, balances, effects, locks, leaders, and liveness."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking.histories import arbitrary, recorded
from practicum.checking.history.building import Event, History, build
from practicum.checking.history.operation import Outcome
from practicum.checking.invariants.balances import total_kept
from practicum.checking.invariants.convergence import (
    counter_converged,
    counter_reads,
    set_converged,
)
from practicum.checking.invariants.effects import Effect, exactly_once, outcomes
from practicum.checking.invariants.exclusion import fenced, held_alone
from practicum.checking.invariants.leadership import Claim, one_leader_a_term
from practicum.checking.invariants.liveness import (
    Request,
    alive_after,
    progress_after,
    requests,
)
from practicum.checking.linearizability.judging import linearizable
from practicum.checking.objects.gathering import Counter, Members
from practicum.checking.objects.lock import Lock
from practicum.checking.verdict import Verdict


def history(*did: tuple[Any, ...]) -> History:
    """Operations one after the other: process, kind, input, output, and how it ended (ok)."""
    events = []
    for process, kind, wanted, told, *ended in did:
        events.append(Event("invoke", process, kind, wanted, time_s=len(events) / 10))
        events.append(
            Event(ended[0] if ended else "ok", process, kind, told, time_s=len(events) / 10)
        )
    return build(events)


ADDED = history((0, "add", 1, None), (1, "add", 2, None), (0, "remove", 1, None))


@pytest.mark.parametrize(
    ("finals", "words"),
    [
        ({"a": {2}, "b": {2}}, ""),
        ({"a": {2}, "b": set()}, "2 is lost on b: client 1's addition of 2 ended at 0.3 s"),
        ({"a": {1, 2}, "b": {2}}, "1 is on a: client 0's removal of 1 ended at 0.5 s"),
        ({"a": {2, 7}, "b": {2, 7}}, "7 is on a and b, and nobody added it"),
    ],
)
def test_replicas_hold_what_was_acknowledged(finals: dict[str, set[int]], words: str) -> None:
    """No more and no less."""
    judgement = set_converged(ADDED, finals)
    assert judgement.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert judgement.examples == ((words,) if words else ())


def test_what_nobody_knows_may_be_there_but_everywhere_alike() -> None:
    """An addition of unknown outcome; and without replicas there is no verdict."""
    given = history((0, "add", 1, None, "info"))
    assert set_converged(given, {"a": set(), "b": set()}).verdict is Verdict.PASS
    assert set_converged(given, {"a": {1}, "b": {1}}).verdict is Verdict.PASS
    judgement = set_converged(given, {"a": {1}, "b": set()})
    assert judgement.examples == ("1 is on a but not on b",)
    assert set_converged(given, {}).verdict is Verdict.UNKNOWN
    assert counter_converged(given, {}).verdict is Verdict.UNKNOWN


@given(recorded(Members(), kinds=["add", "remove"]), st.data())
def test_what_a_set_may_hold_passes_and_nothing_else(given: History, data: st.DataObject) -> None:
    """Whatever one order of the operations leaves: any that agrees with time."""
    possible = finals_of(Members(), given)
    held = data.draw(st.sampled_from(sorted(possible, key=sorted)))
    assert set_converged(given, {"a": held, "b": held}).verdict is Verdict.PASS
    for member in range(3):
        if not any((member in each) != (member in held) for each in possible):
            other = held ^ {member}
            assert set_converged(given, {"a": other, "b": other}).verdict is Verdict.FAIL


@given(recorded(Counter(), kinds=["add"]), st.data())
def test_a_counter_ends_within_what_was_added(given: History, data: st.DataObject) -> None:
    """Any sum that some of the unknown additions leave passes, one out of bounds fails."""
    possible = finals_of(Counter(), given)
    held = data.draw(st.sampled_from(sorted(possible)))
    assert counter_converged(given, {"a": held, "b": held}).verdict is Verdict.PASS
    for wrong in (min(possible) - 1, max(possible) + 1):
        assert counter_converged(given, {"a": wrong}).verdict is Verdict.FAIL
    if len(possible) > 1:
        two = {"a": min(possible), "b": max(possible)}
        assert counter_converged(given, two).verdict is Verdict.FAIL


def finals_of(model: Any, given: History) -> set[Any]:
    """All states in which an object may end, by trying every order."""
    found = set()

    def go_on(state: Any, left: list[Any]) -> None:
        if all(each.outcome is Outcome.INFO for each in left):
            found.add(state)
        for each in left:
            if not any(other.precedes(each) for other in left):
                rest = [other for other in left if other is not each]
                go_on(model.step(state, each), rest)

    go_on(model.initial, [each for each in given if each.outcome is not Outcome.FAIL])
    return found


@settings(max_examples=200)
@given(arbitrary(Counter(), least=1))
def test_reads_of_a_counter_that_are_linearizable_are_within_bounds(given: History) -> None:
    """And a read out of bounds is not linearizable."""
    if linearizable(given, Counter()).verdict is Verdict.PASS:
        assert counter_reads(given).verdict is Verdict.PASS


def test_a_read_out_of_bounds_is_told_with_its_bounds() -> None:
    """Of what was added for sure, and of what may have been."""
    given = history((0, "add", 2, None), (1, "add", 5, None, "info"), (2, "read", None, 8))
    judgement = counter_reads(given)
    assert judgement.examples == ("client 2's read of 8 should have found between 2 and 7",)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((("a", 4), ("b", 6)), ""),
        ((("a", 4), ("b", 5)), "9 in all, 1 too little"),
        ((("a", 4), ("b", 8)), "12 in all, 2 too much"),
        ((("a", 14), ("b", -4)), "account b is overdrawn by 4"),
        (5, "5 is no list of accounts and balances"),
        ((("a", "x"),), "[[a, x]] is no list of accounts and balances"),
    ],
)
def test_the_money_of_a_bank_stays(found: Any, words: str) -> None:
    """In every read of all accounts."""
    judgement = total_kept(history((1, "read", None, found)), 10)
    told = f"client 1 read all accounts, from 0 s to 0.1 s: {words}"
    assert judgement.examples == ((told,) if words else ())
    assert judgement.verdict is (Verdict.FAIL if words else Verdict.PASS)


def test_effects_happen_once_or_are_told() -> None:
    """Twice, never, after a refusal, and for nobody."""
    asked = outcomes(
        history(
            (0, "pay", "a", None), (0, "pay", "b", None), (0, "pay", "c", None, "fail"),
            (0, "pay", "d", None, "info"), (1, "pay", "e", None, "info"), (2, "pay", "e", None),
        ),
        "pay",
    )  # fmt: skip
    right = [Effect("a"), Effect("b"), Effect("e")]
    assert exactly_once(asked, right).verdict is Verdict.PASS
    assert exactly_once(asked, [*right, Effect("d")]).verdict is Verdict.PASS
    wrong = [Effect("a", "bank", 1.5), Effect("a", "bank", 2), Effect("c", "bank"), Effect("z")]
    assert exactly_once(asked, wrong).examples == (
        "a: 2 times: bank at 1.5 s and bank at 2 s",
        "b: acknowledged, and it never happened",
        "c: refused, and it happened: bank",
        "e: acknowledged, and it never happened",
        "z: nobody asked for it, and it happened: somewhere",
    )


@given(recorded(Lock(), most=12))
def test_a_real_lock_is_held_alone(given: History) -> None:
    """Whatever the delays, and whether a holder that is lost keeps it or not."""
    assert held_alone(given, expires=True).verdict is Verdict.PASS
    assert held_alone(given).verdict is Verdict.PASS


@settings(max_examples=200)
@given(arbitrary(Lock(), least=1, most=8))
def test_a_lock_held_by_two_is_not_linearizable(given: History) -> None:
    """What is told is really wrong."""
    if linearizable(given, Lock()).verdict is Verdict.PASS:
        assert held_alone(given).verdict is Verdict.PASS


def test_two_holders_are_told_with_their_times() -> None:
    """Unless the first one's hold may have expired."""
    given = history((1, "acquire", None, None), (2, "acquire", None, None))
    judgement = held_alone(given)
    assert judgement.examples == (
        "client 1 held it from 0.1 s on and never gave it back, and "
        "client 2 held it from 0.3 s on and never gave it back",
    )
    assert held_alone(given, expires=True).verdict is Verdict.PASS


def test_who_gets_a_lock_before_it_was_given_back_is_told() -> None:
    """Even of a lock that expires."""
    moves = [("invoke", 2, "acquire"), ("ok", 2, "acquire"), ("invoke", 3, "acquire")]
    moves += [("ok", 3, "acquire"), ("invoke", 2, "release"), ("ok", 2, "release")]
    moves += [("invoke", 3, "release"), ("ok", 3, "release")]
    judgement = held_alone(build(Event(*move) for move in moves), expires=True)
    assert judgement.examples == (
        "client 2 held it from event 2 to event 5, and client 3 held it from event 4 to event 7",
    )
    early = [*moves[:2], *moves[4:6], *moves[2:4], *moves[6:]]
    assert held_alone(build(Event(*move) for move in early)).verdict is Verdict.PASS


def test_a_long_hold_is_compared_with_all_that_fall_into_it() -> None:
    """Not with the first one only."""
    did = history(
        (1, "acquire", None, None),
        (1, "release", None, None),
        (2, "acquire", None, None),
        (3, "acquire", None, None),
        (3, "release", None, None),
        (2, "release", None, None),
    )
    (judgement,) = held_alone(did).examples
    assert judgement.startswith("client 2 held it from 0.5 s to 1 s, and client 3 held it")


def test_tokens_granted_at_the_same_time_may_come_in_any_order() -> None:
    """Only one that was granted before counts."""
    moves = [("invoke", 1, None), ("invoke", 2, None), ("ok", 1, 8), ("ok", 2, 7)]
    given = build(Event(type, client, "acquire", token) for type, client, token in moves)
    assert fenced(given).verdict is Verdict.PASS


@given(st.lists(st.integers(0, 3), max_size=20), st.data())
def test_tokens_of_a_real_lock_keep_late_holders_out(
    clients: list[int], data: st.DataObject
) -> None:
    """A store that remembers the greatest token passes; one that lets a late one in fails."""
    did: list[tuple[Any, ...]] = []
    tokens: dict[int, int] = {}
    greatest = late = 0
    for client in clients:
        if client not in tokens or data.draw(st.booleans()):
            tokens[client] = len(did) + 1
            did.append((client, "acquire", None, tokens[client]))
            continue
        token = tokens[client]
        fits = token >= greatest
        greatest = max(greatest, token)
        careless = not fits and data.draw(st.booleans())
        late += careless
        ended = "ok" if fits or careless else "fail"
        did.append((client, "store", (token, "v"), None, ended))
    judgement = fenced(history(*did))
    assert judgement.verdict is (Verdict.FAIL if late else Verdict.PASS)
    assert judgement.seen.endswith(f"{late} too late")


def test_a_token_that_does_not_grow_is_told() -> None:
    """For then it fences nobody out."""
    given = history((1, "acquire", None, 7), (2, "acquire", None, 7))
    assert fenced(given).examples == (
        "client 2 got token 7, from 0.2 s to 0.3 s, after client 1 had got 7, from 0 s to 0.1 s",
    )


def test_a_term_has_one_leader() -> None:
    """And a node does not go back to an earlier term."""
    right = [Claim("a", 1), Claim("a", 1), Claim("b", 2), Claim("a", 4)]
    assert one_leader_a_term(right).verdict is Verdict.PASS
    assert one_leader_a_term([]).verdict is Verdict.UNKNOWN
    wrong = one_leader_a_term([*right, Claim("b", 4, 2.5), Claim("a", 3)])
    assert wrong.verdict is Verdict.FAIL
    assert wrong.examples == (
        "term 4 had two leaders: a and b at 2.5 s",
        "a led term 3, after it had led term 4",
    )


@pytest.mark.parametrize(
    ("asked", "verdict", "words"),
    [
        ([Request("r", 5, 6)], Verdict.PASS, ()),
        ([Request("r", 5, 8)], Verdict.FAIL, ("r, asked for at 5 s, took 3 s",)),
        ([Request("r", 5)], Verdict.FAIL, ("r, asked for at 5 s, was not done by 9 s",)),
        (
            [Request("r", 5, 6), Request("s", 8)],
            Verdict.UNKNOWN,
            ("s, asked for at 8 s, was not done when watching ended at 9 s",),
        ),
        ([Request("r", 1)], Verdict.UNKNOWN, ()),
        ([], Verdict.UNKNOWN, ()),
    ],
)
def test_what_is_asked_for_after_healing_is_done_in_time(
    asked: list[Request], verdict: Verdict, words: tuple[str, ...]
) -> None:
    """Nothing asked, or not watched for long enough, is no pass."""
    judgement = alive_after(asked, healed_s=4, within_s=2, watched_s=9)
    assert judgement.verdict is verdict
    assert judgement.examples == words


@pytest.mark.parametrize(
    ("asked", "verdict", "words"),
    [
        ([Request("r", 3), Request("s", 5, 5.5), Request("t", 6, 7.5)], Verdict.PASS, ()),
        ([Request("r", 3)], Verdict.FAIL, ("nothing was done from 4 s to 9 s",)),
        ([Request("r", 3, 8.5)], Verdict.FAIL, ("nothing was done from 4 s to 8.5 s",)),
        ([Request("r", 8, 8.5)], Verdict.PASS, ()),
        ([Request("r", 8.5)], Verdict.UNKNOWN, ()),
        ([Request("r", 1, 2)], Verdict.UNKNOWN, ()),
    ],
)
def test_a_standstill_after_healing_is_told(
    asked: list[Request], verdict: Verdict, words: tuple[str, ...]
) -> None:
    """As long as something is wanted."""
    judgement = progress_after(asked, healed_s=4, within_s=2, watched_s=9)
    assert judgement.verdict is verdict
    assert judgement.examples == words


def test_the_requests_of_a_history_are_its_operations() -> None:
    """Done if they succeeded."""
    given = history((1, "write", 5, None), (2, "read", None, None, "info"))
    assert requests(given) == [
        Request("client 1's write of 5", 0, 0.1),
        Request("client 2's read", 0.2, None),
    ]
