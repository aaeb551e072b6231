"""Kinds of messages and what they follow, the same words in both worlds."""

from __future__ import annotations

from typing import Any

import pytest

from practicum.labs.real_world.transitions import START, Listening, Transition, kind_of, role_of
from practicum.simulation.node import ANSWER, CALL, FAILURE, MESSAGE


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"do": "vote", "type": "x"}, "vote"),
        ({"type": "beat"}, "beat"),
        ({"do": 7}, "dict"),
        (("write", 1), "write"),
        ((1, "write"), "tuple"),
        ([], "list"),
        ("hello", "hello"),
        (None, "NoneType"),
    ],
)
def test_a_message_says_of_which_kind_it_is(body: Any, kind: str) -> None:
    """By its first word, or its type."""
    assert kind_of(body) == kind


def test_counted_nodes_are_alike() -> None:
    """A name that is all digits is itself."""
    assert [role_of(name) for name in ("n1", "n12", "bank", "42")] == ["n", "n", "bank", "42"]


def test_an_answer_has_the_kind_of_its_call() -> None:
    """Whether it is one or a failure, and wherever the numbers of calls are the same."""
    hears = Listening()
    assert hears.message("sent", "c1", "n1", (CALL, 1, {"do": "read"})) == Transition(
        "c", START, "call read", "n"
    )
    hears.message("sent", "c2", "n1", (CALL, 1, {"do": "write"}))
    hears.message("arrived", "c1", "n1", (CALL, 1, {"do": "read"}))
    assert hears.message("sent", "n1", "c1", (ANSWER, 1, 5)) == Transition(
        "n", "call read from c", "answer to read", "c"
    )
    assert hears.message("sent", "n1", "c2", (FAILURE, 1, "no")) == Transition(
        "n", "call read from c", "failure of write", "c"
    )


def test_a_transition_is_told_once_and_a_new_life_has_heard_nothing() -> None:
    """The second of a kind is no news; after a start nothing has arrived."""
    hears = Listening()
    hears.message("arrived", "n2", "n1", (MESSAGE, 0, "ping"))
    first = hears.message("sent", "n1", "n2", (MESSAGE, 0, "pong"))
    assert first == Transition("n", "message ping from n", "message pong", "n")
    assert hears.message("sent", "n1", "n3", (MESSAGE, 0, "pong")) is None
    hears.begin("n1")
    again = hears.message("sent", "n1", "n2", (MESSAGE, 0, "pong"))
    assert again == Transition("n", START, "message pong", "n")
    assert hears.message("lost", "n1", "n2", (MESSAGE, 0, "other")) is None
