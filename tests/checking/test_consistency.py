"""Sequential and causal consistency and the session guarantees agree with their definitions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking.histories import MODELS, arbitrary
from practicum.checking.consistency.causal import causal
from practicum.checking.consistency.sequential import search, sequential
from practicum.checking.consistency.sessions import GUARANTEES, session_guarantee
from practicum.checking.history.building import Event, History, HistoryError, build, by_process
from practicum.checking.history.operation import Operation, Outcome
from practicum.checking.linearizability.judging import linearizable
from practicum.checking.objects.gathering import Counter
from practicum.checking.objects.model import REJECTED, Model
from practicum.checking.objects.register import Register
from practicum.checking.verdict import Verdict

ALL = pytest.mark.parametrize("new", MODELS, ids=lambda new: new.__name__)


def session(process: int, *did: str) -> list[Event]:
    """``x=1`` writes, ``x:1`` reads 1, ``x:`` reads nothing."""
    events = []
    for each in did:
        kind, mark = ("write", "=") if "=" in each else ("read", ":")
        key, value = each.split(mark)
        given = int(value) if value else None
        events += [
            Event("invoke", process, kind, given if kind == "write" else None, key),
            Event("ok", process, kind, given, key),
        ]
    return events


def history(*sessions: list[Event]) -> History:
    """Sessions one after the other: their times do not count here."""
    return build(event for each in sessions for event in each)


@st.composite
def registers(draw: st.DrawFn, most: int = 3) -> History:
    """Sessions of three clients that write every value once, and read what they like."""
    written: list[tuple[str, int]] = []
    plans = []
    for client in range(3):
        plan = []
        for _ in range(draw(st.integers(0, most))):
            key = draw(st.sampled_from("xy"))
            # Who mostly writes and who mostly reads meet in more ways than equals do.
            if draw(st.integers(0, 3)) > client:
                written.append((key, len(written) + 1))
                plan.append((key, len(written)))
            else:
                plan.append((key, 0))
        plans.append((client, plan))
    sessions = []
    for client, plan in plans:
        did = []
        for key, value in plan:
            there = ["", *(str(number) for name, number in written if name == key)]
            did.append(f"{key}={value}" if value else f"{key}:{draw(st.sampled_from(there))}")
        sessions.append(session(client, *did))
    return history(*sessions)


class Past:
    """The causal order, by closing it the slow way; ``circular`` if something precedes itself."""

    def __init__(self, given: History) -> None:
        self.all = list(given)
        self.writes = [each for each in self.all if each.kind == "write"]
        self.source = {
            each.invoked: next(
                (one for one in self.writes if (one.key, one.input) == (each.key, each.output)),
                None,
            )
            for each in self.all
            if each.kind == "read"
        }
        pairs = {
            (one.invoked, two.invoked)
            for one in self.all
            for two in self.all
            if (one.process == two.process and one.invoked < two.invoked)
            or self.source.get(two.invoked) is one
        }
        for middle in self.all:
            pairs |= {
                (a, d)
                for a, b in pairs
                if b == middle.invoked
                for c, d in pairs
                if c == middle.invoked
            }
        self.pairs = pairs
        self.circular = any(a == b for a, b in pairs)

    def before(self, one: Operation, two: Operation) -> bool:
        """Whether ``two`` can know of ``one``."""
        return (one.invoked, two.invoked) in self.pairs

    def agrees(self, order: tuple[Operation, ...]) -> bool:
        """Whether an order never puts what can know of something before it."""
        return not any(
            self.before(two, one) for at, one in enumerate(order) for two in order[at + 1 :]
        )

    def found(self, read: Operation, order: tuple[Operation, ...]) -> bool:
        """Whether the read returns the last write to its key, in an order, that it knows."""
        known = [each for each in order if each.key == read.key and self.before(each, read)]
        return self.source[read.invoked] is (known[-1] if known else None)


@settings(max_examples=400)
@given(registers())
def test_causal_consistency_agrees_with_its_definition(given: History) -> None:
    """Each read is right in some order of the writes that agrees with the causal order; to
    converge, all reads are right in one such order."""
    past = Past(given)
    reads = [each for each in past.all if each.kind == "read"]
    orders = [order for order in permutations(past.writes) if past.agrees(order)]
    weak = not past.circular and all(
        any(past.found(read, order) for order in orders) for read in reads
    )
    converges = not past.circular and any(
        all(past.found(read, order) for read in reads) for order in orders
    )
    assert causal(given).verdict is (Verdict.PASS if weak else Verdict.FAIL)
    told = causal(given, convergent=True)
    assert told.verdict is (Verdict.PASS if converges else Verdict.FAIL)
    assert bool(told.shown) is not converges


def broken(past: Past) -> dict[str, bool]:
    """Which guarantees are broken, by their definitions."""

    def older(read: Operation, write: Operation) -> bool:
        source = past.source[read.invoked]
        return source is not write and (source is None or past.before(source, write))

    def earlier(each: Operation) -> list[Operation]:
        return [
            one for one in past.all if one.process == each.process and one.invoked < each.invoked
        ]

    found = dict.fromkeys(GUARANTEES, False)
    for read in past.all:
        if read.kind != "read":
            continue
        for mine in earlier(read):
            if mine.kind == "write":
                if mine.key == read.key and older(read, mine):
                    found["read your writes"] = True
                continue
            seen = past.source[mine.invoked]
            if seen is None:
                continue
            if seen.key == read.key:
                if older(read, seen):
                    found["monotonic reads"] = True
            elif seen.process != read.process:
                for before in earlier(seen):
                    wrote = before if before.kind == "write" else past.source[before.invoked]
                    if wrote is not None and wrote.key == read.key and older(read, wrote):
                        found["monotonic writes" if before is wrote else "writes follow reads"] = (
                            True
                        )
    return found


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        (
            history(session(0, "x=1", "x:")),
            "read your writes",
            "client 0 read nothing at key x, from event 3 to 4, although it had itself written 1 "
            "at key x before",
        ),
        (
            history(session(0, "x=1", "x=2"), session(1, "x:2", "x:1")),
            "monotonic reads",
            "client 1 read 1 at key x, from event 7 to 8, although it had read 2 at key x before",
        ),
        (
            history(session(0, "x=1", "y=2"), session(1, "y:2", "x:")),
            "monotonic writes",
            "client 1 read nothing at key x, from event 7 to 8, although it had read 2 at key y "
            "before: client 0 had written 1 at key x before that",
        ),
        (
            history(session(0, "x=1"), session(1, "x:1", "y=2"), session(2, "y:2", "x:")),
            "writes follow reads",
            "client 2 read nothing at key x, from event 9 to 10, although it had read 2 at key y "
            "before, and client 1 had read 1 at key x before it wrote that",
        ),
        (
            history(session(0, "x=1", "x=3"), session(1, "x=2"), session(2, "x:3", "x:2", "x:1")),
            "monotonic reads",
            "client 2 read 1 at key x, from event 11 to 12, although it had read 3 at key x before",
        ),
    ],
)
def test_a_broken_guarantee_is_told_and_breaks_no_other(
    given: History, name: str, words: str
) -> None:
    """By the operations that prove it."""
    for each in GUARANTEES:
        judgement = session_guarantee(each, given)
        assert judgement.verdict is (Verdict.FAIL if each == name else Verdict.PASS)
        assert judgement.examples == ((words,) if each == name else ())
    assert causal(given).verdict is Verdict.FAIL


def test_who_cannot_agree_on_an_order_does_not_converge() -> None:
    """Two readers who saw two writes the other way round."""
    given = history(
        session(0, "x=1"), session(1, "x=2"), session(2, "x:1", "x:2"), session(3, "x:2", "x:1")
    )
    assert causal(given).verdict is Verdict.PASS
    judgement = causal(given, convergent=True)
    assert judgement.verdict is Verdict.FAIL
    assert judgement.shown == (
        "client 1's write of 2 is before client 0's write of 1: client 3 read 1 at key x, "
        "from event 11 to 12, though it could know of the other",
        "client 0's write of 1 is before client 1's write of 2: client 2 read 2 at key x, "
        "from event 7 to 8, though it could know of the other",
    )


def test_a_value_written_twice_leaves_it_unknown() -> None:
    """Nobody can tell which of the writes was read."""
    given = history(session(0, "x=1"), session(1, "x=1", "x:1"))
    for judgement in (causal(given), session_guarantee("monotonic reads", given)):
        assert judgement.verdict is Verdict.UNKNOWN
        assert judgement.examples == ("1 was written twice to key x",)


def test_only_reads_and_writes_have_sessions() -> None:
    """Others are told by their line."""
    with pytest.raises(HistoryError, match=r"^history:3: 'cas' is neither"):
        causal(build([Event("invoke", 1, "cas", (1, 2), line=3)]))


def test_what_no_order_suits_is_told_client_by_client() -> None:
    """Two who both missed what the other wrote."""
    given = history(session(0, "x=1", "z=5", "y:"), session(1, "y=1", "x:"))
    judgement = sequential(given, Register())
    assert judgement.verdict is Verdict.FAIL
    assert judgement.shown == (
        "client 0 wrote 1 at key x, then read nothing at key y",
        "client 1 wrote 1 at key y, then read nothing at key x",
    )


@settings(max_examples=400)
@given(registers(4))
def test_session_guarantees_agree_with_their_definitions(given: History) -> None:
    """Whatever was read; a circle breaks all of them."""
    past = Past(given)
    meant = dict.fromkeys(GUARANTEES, True) if past.circular else broken(past)
    for name, wrong in meant.items():
        judgement = session_guarantee(name, given)
        assert judgement.verdict is (Verdict.FAIL if wrong else Verdict.PASS), name


def in_one_order(model: Model, given: History) -> bool:
    """Whether the clients' operations can be merged, by trying every way."""
    lines = [
        [each for each in line if each.outcome is not Outcome.FAIL]
        for line in by_process(given).values()
    ]

    def merge(rest: list[list[Operation]], states: dict[object, object]) -> bool:
        if all(each.outcome is Outcome.INFO for line in rest for each in line):
            return True
        for number, line in enumerate(rest):
            if not line:
                continue
            left = [*rest[:number], line[1:], *rest[number + 1 :]]
            first = line[0]
            if first.outcome is Outcome.INFO and merge([*left, []], states):
                return True
            if first.outcome is Outcome.INFO and model.observes(first):
                continue
            after = model.step(states.get(first.key, model.initial), first)
            if after is not REJECTED and merge(left, {**states, first.key: after}):
                return True
        return False

    return merge(lines, {})


def test_the_order_of_many_clients_is_found_without_trying_all_ways_twice() -> None:
    """Six clients that add five times each have some 10^21 orders, but 6^6 places on the way."""
    adds = [(client, "add", 1) for client in range(6) for _ in range(5)]
    events = [
        Event(type, client, kind, value)
        for client, kind, value in [*adds, (9, "read", None)]
        for type in ("invoke", "ok")
    ]
    found = search(Counter(), build(events).operations, 50_000)
    assert found.verdict is Verdict.FAIL
    assert found.steps <= 6**6


@ALL
@settings(max_examples=100)
@given(data=st.data())
def test_sequential_consistency_agrees_with_trying_every_order(
    new: Callable[[], Model], data: st.DataObject
) -> None:
    """And too few steps leave it unknown."""
    model = new()
    given = data.draw(arbitrary(model, least=1))
    right = Verdict.PASS if in_one_order(model, given) else Verdict.FAIL
    assert sequential(given, model).verdict is right
    assert search(model, given.operations, 100_000).verdict is right
    steps = data.draw(st.integers(0, 5))
    assert sequential(given, model, steps_max=steps).verdict in (right, Verdict.UNKNOWN)


@settings(max_examples=200)
@given(registers())
def test_what_is_stronger_implies_what_is_weaker(given: History) -> None:
    """Linearizable, sequential, convergent, causal, each session guarantee."""
    verdicts = [
        linearizable(given, Register()).verdict,
        sequential(given, Register()).verdict,
        causal(given, convergent=True).verdict,
        causal(given).verdict,
        max(session_guarantee(name, given).verdict for name in GUARANTEES),
    ]
    passes = [each is Verdict.PASS for each in verdicts[:4]]
    assert passes == sorted(passes)
    if passes[3]:
        assert all(session_guarantee(name, given).verdict is Verdict.PASS for name in GUARANTEES)
