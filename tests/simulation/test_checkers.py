"""A recorded history is one that the scales can read."""

from __future__ import annotations

from practicum.checking.history.building import build
from practicum.checking.history.operation import Outcome
from practicum.simulation.history import History


def test_the_checkers_read_what_clients_recorded() -> None:
    """Operations with their outcomes; what a client never ended is of unknown outcome."""
    history = History(lambda: 1.5)
    for process, type_, kind, value in (
        ("c1", "invoke", "write", 1),
        ("c2", "invoke", "read", None),
        ("c1", "ok", "write", 1),
        ("n1", "note", "leader", "n1"),
        ("c2", "ok", "read", 1),
        ("c1", "invoke", "write", 2),
    ):
        history.record(type_, process, kind, value, "x")
    found = build(history.events)  # type: ignore[arg-type]
    assert [each.outcome for each in found] == [Outcome.OK, Outcome.OK, Outcome.INFO]
    assert [each.key for each in found] == ["x"] * 3
    assert found.operations[0].begun_s == 1.5
