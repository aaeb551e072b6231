"""A recorded history is one that the scales can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from practicum.checking.history.operation import Outcome
from practicum.checking.verdict import Judgement, Verdict
from practicum.simulation.history import History
from practicum.simulation.running.program import checks_of
from simulation.worlds import program_of, run

DOCUMENT = Path(__file__).parents[2] / "docs" / "simulation.md"
BEGINNING = "def check_register"


def recorded(*events: tuple[Any, ...], key: Any = "x") -> History:
    """A history of process, type, kind, value, and perhaps another key."""
    history = History(lambda: 1.5)
    for process, type_, kind, value, *other in events:
        history.record(type_, process, kind, value, *(other or [key]))
    return history


def done(process: str, kind: str, value: Any, *, found: Any = None) -> list[tuple[Any, ...]]:
    """An operation that ended well."""
    ended = value if found is None else found
    return [(process, "invoke", kind, value), (process, "ok", kind, ended)]


def test_the_checkers_read_what_clients_recorded() -> None:
    """Operations with their outcomes; what a client never ended is of unknown outcome."""
    history = recorded(
        ("c1", "invoke", "write", 1),
        ("c2", "invoke", "read", None),
        ("c1", "ok", "write", 1),
        ("n1", "note", "leader", "n1"),
        ("c2", "ok", "read", 1),
        ("c1", "invoke", "write", 2),
    )
    found = history.operations()
    assert [each.outcome for each in found] == [Outcome.OK, Outcome.OK, Outcome.INFO]
    assert [each.key for each in found] == ["x"] * 3
    assert found.operations[0].begun_s == 1.5


WRITTEN = [*done("c1", "write", 1), *done("c1", "write", 2)]
STALE = recorded(*WRITTEN, *done("c1", "read", None, found=1))
FRESH = recorded(*WRITTEN, *done("c1", "read", None, found=2))
PAID = [*done("c1", "pay", "o1"), ("bank", "note", "paid", "o1")]
LEADS = ("n1", "note", "leader", "n1", 3)
ADDED = recorded(*done("c1", "add", 7), *done("c2", "read", None, found=[[7, 5]]))
NOTHING = recorded()


@pytest.mark.parametrize(
    ("wrong", "right", "judged"),
    [
        (STALE, FRESH, lambda h: h.judge("linearizable", "register")),
        (STALE, FRESH, lambda h: h.judge("read-your-writes")),
        (recorded(*PAID, PAID[-1]), recorded(*PAID), lambda h: h.exactly_once("pay", "paid")),
        (recorded(LEADS, ("n2", *LEADS[1:])), recorded(LEADS), lambda h: h.one_leader()),
        (NOTHING, ADDED, lambda h: h.set_converged({"n1": [7], "n2": [7]})),
        (NOTHING, ADDED, lambda h: h.counter_converged({"n1": 7, "n2": 7})),
        (STALE, ADDED, lambda h: h.total_kept(5)),
    ],
)
def test_a_check_asks_the_history_itself_for_a_judgement(
    wrong: History, right: History, judged: Callable[[History], Judgement]
) -> None:
    """What is wrong fails, and what is right passes."""
    assert judged(right).verdict is Verdict.PASS
    assert judged(wrong).verdict is Verdict.FAIL


def test_what_is_asked_for_after_the_faults_is_done_soon() -> None:
    """Seconds are the world's; a history that ends too early leaves it unknown."""
    now_s = [5.0]
    history = History(lambda: now_s[0])
    history.record("invoke", "c1", "ask", 1, None)
    assert history.alive_after(4, within_s=1).verdict is Verdict.UNKNOWN
    now_s[0] = 8.0
    history.record("invoke", "c2", "ask", 1, None)
    assert history.alive_after(4, within_s=1).verdict is Verdict.FAIL
    assert history.alive_after(4, within_s=9).verdict is Verdict.UNKNOWN
    history.record("ok", "c1", "ask", 1, None)
    history.record("ok", "c2", "ask", 1, None)
    assert history.alive_after(4, within_s=9).verdict is Verdict.PASS


def test_what_is_asked_for_and_what_is_led_may_be_lists_and_dicts() -> None:
    """As everything that nodes send each other may."""
    order = {"id": 1, "lines": [1, 2]}
    paid = [*done("c1", "pay", order), ("bank", "note", "paid", order)]
    assert recorded(*paid).exactly_once("pay", "paid").verdict is Verdict.PASS
    assert recorded(*paid, paid[-1]).exactly_once("pay", "paid").verdict is Verdict.FAIL
    led = [(name, "note", "leader", name, [2, term]) for name, term in (("n1", 1), ("n2", 2))]
    assert recorded(*led).one_leader().verdict is Verdict.PASS
    assert recorded(*led, ("n3", "note", "leader", "n3", [2, 2])).one_leader().verdict is (
        Verdict.FAIL
    )


def test_only_the_kinds_that_are_named_are_judged_and_unknown_names_are_told() -> None:
    """Clients do more than one object's operations."""
    history = recorded(*done("c1", "write", 1), *done("c1", "rename", "a"))
    found = history.judge("linearizable", kinds=("read", "write"))
    assert found.verdict is Verdict.PASS
    stale = recorded(*done("c1", "write", 1), *done("c1", "read", None, found=2))
    assert stale.judge("linearizable", kinds="read").verdict is Verdict.FAIL, "one kind"
    times_s = iter((2.0, 9.0))
    late = History(lambda: next(times_s))
    late.record("invoke", "c1", "read", None, None)
    late.record("invoke", "c2", "write", 1, None)
    assert late.alive_after(1.0, within_s=1.0, kinds="read").verdict is Verdict.FAIL
    assert late.alive_after(1.0, within_s=1.0, kinds="write").verdict is Verdict.UNKNOWN
    with pytest.raises(ValueError, match="there is no 'linear'; there are linearizable, "):
        history.judge("linear")
    with pytest.raises(ValueError, match="there is no 'tree'; there are register, "):
        history.judge("linearizable", "tree")


def test_the_checks_of_the_document_work_as_they_stand_there() -> None:
    """They pass a world that is right, and the first fails one that is not."""
    blocks = [each.partition("```")[0] for each in DOCUMENT.read_text().split("```python")]
    checks = next(each for each in blocks if each.strip().startswith(BEGINNING))
    text = """
CLIENTS = 1
async def node(node): ...

async def client(client):
    for kind, value, found in (("write", 1, 1), ("write", 2, 2), ("read", None, FOUND)):
        client.invoke(kind, value).ok(found)
    client.note("paid", "o1")
    client.invoke("pay", "o1").ok()

"""
    assert len(checks_of(program_of(text + checks).load(print))) == 3
    for value, verdict in ((2, Verdict.PASS), (1, Verdict.FAIL)):
        outcome, _ = run(f"FOUND = {value}" + text + checks)
        assert outcome.verdict is verdict, outcome.judgements
