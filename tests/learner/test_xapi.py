"""The record in the words of xAPI."""

from __future__ import annotations

import datetime as dt
import re
import typing
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner import events as its
from practicum.learner.record import Entry
from practicum.learner.xapi import statements

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
HOME = "https://school.example"
SILENT = (its.MemoryTuned, its.StatusPlaced, its.StatusRevoked, its.Unknown)
KINDS = [kind for kind in typing.get_args(its.AnyEvent) if kind not in SILENT]
IRI = re.compile(r"[a-z]+:[!-~]+")


def entry(event: its.AnyEvent, number: int = 1) -> Entry:
    """One entry of Ada's."""
    told = {"id": f"id-{number}", "person": "ada", "by": "ada", "number": number, "seq": number}
    return Entry(at=NOON, event=event, **told)  # type: ignore[arg-type]


def told(event: its.AnyEvent) -> dict[str, Any]:
    """The one statement about it."""
    (found,) = statements([entry(event)], home_page=HOME)
    return found


def some(kind: type[Any]) -> its.AnyEvent:
    """An event of that kind, with any values that it allows."""
    return msgspec.convert(msgspec.to_builtins(example(kind)), kind)


def example(kind: type[Any]) -> dict[str, Any]:
    """A value for each field that has no default."""
    values: dict[str, Any] = {"kind": kind.__struct_config__.tag}
    guesses = ("x", 1, 0.5, True, "pass", "self", "2026-11-21", NOON.isoformat(), {}, [])
    for field in msgspec.structs.fields(kind):
        if field.required:
            values[field.encode_name] = next(x for x in guesses if fits(x, field.type))
    return values


def fits(value: Any, wanted: Any) -> bool:
    """Whether msgspec takes the value for that type."""
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_has_words(kind: type[Any]) -> None:
    """Each part that a statement needs, in its form."""
    found = told(some(kind))
    uuid.UUID(found["id"])
    assert found["actor"] == {
        "objectType": "Agent",
        "account": {"homePage": HOME, "name": "ada"},
    }
    assert IRI.fullmatch(found["verb"]["id"])
    assert IRI.fullmatch(found["object"]["id"])
    assert found["timestamp"] == "2026-11-21T12:00:00.000+00:00"
    assert found["version"] == "1.0.3"
    msgspec.json.encode(found)


@pytest.mark.parametrize("kind", SILENT, ids=lambda kind: kind.__name__)
def test_what_is_no_deed_of_hers_is_not_told(kind: type[Any]) -> None:
    """What a machine worked out, what the school keeps, and what a newer practicum recorded."""
    assert list(statements([entry(some(kind))], home_page=HOME)) == []


def test_an_answer_is_told_with_its_score() -> None:
    """In the forms that xAPI has for it."""
    event = its.QuestionAnswered(
        module="patterns/timeouts", question="q1", answer=["a", 2], points=1, of=4, seconds=2.5
    )
    found = told(event)
    assert found["verb"]["id"] == "http://adlnet.gov/expapi/verbs/answered"
    assert found["object"]["id"] == "urn:practicum:question:patterns/timeouts/q1"
    assert found["result"] == {
        "score": {"scaled": 0.25, "raw": 1.0, "min": 0, "max": 4.0},
        "success": False,
        "response": '["a",2]',
        "duration": "PT2.50S",
    }


@pytest.mark.parametrize(
    ("event", "verb"),
    [
        (its.LabChecked(lab="l", verdict="pass"), "passed"),
        (its.LabChecked(lab="l", verdict="fail"), "failed"),
        (its.LabChecked(lab="l", verdict="unknown"), "attempted"),
        (its.ExamGraded(sitting="s", exam="e", percent=80, passed=True), "passed"),
        (its.ExamGraded(sitting="s", exam="e", percent=20, passed=False), "failed"),
        (its.ExamGraded(sitting="s", exam="e", percent=1, passed=True, provisional=True), "scored"),
        (its.CardSuspended(card="c", suspended=False), "resumed"),
    ],
)
def test_the_verb_says_how_it_ended(event: its.AnyEvent, verb: str) -> None:
    """What is not decided is not called passed."""
    assert told(event)["verb"]["id"] == f"http://adlnet.gov/expapi/verbs/{verb}"


def test_ids_stay_the_same_and_are_each_their_own() -> None:
    """Whoever sends twice says nothing twice."""
    entries = [entry(its.LabStarted(lab="l"), number) for number in range(1, 4)]
    first = [each["id"] for each in statements(entries, home_page=HOME)]
    assert first == [each["id"] for each in statements(entries, home_page="urn:other")]
    assert len(set(first)) == 3
    assert first[0] == "c4d006dd-9f9d-58c9-bc6a-93c06405da47"


def test_an_address_is_told_only_if_that_is_asked_for() -> None:
    """And only where there is one."""
    entries = [
        entry(its.LabStarted(lab="l")),
        entry(its.Enrolled(name="Ada", email="ada@school.example"), 2),
        entry(its.LabStarted(lab="l"), 3),
    ]
    quiet = list(statements(entries, home_page=HOME))
    assert "ada@" not in msgspec.json.encode(quiet).decode()
    loud = [each["actor"] for each in statements(entries, home_page=HOME, with_email=True)]
    assert [each.get("mbox", "") for each in loud] == ["", *2 * ["mailto:ada@school.example"]]


@given(st.text(max_size=20), st.floats(0, 1e9), st.floats(0, 1e9))
def test_whatever_was_recorded_scores_stay_in_their_bounds(
    name: str, points: float, of: float
) -> None:
    """And ids are IRIs, whatever a module is called."""
    found = told(its.GauntletEnded(module=f"m/{name}", tier=1, points=points, of=of))
    assert IRI.fullmatch(found["object"]["id"])
    score = found["result"]["score"]
    assert 0 <= score.get("scaled", 0) <= 1
    assert score.get("min", 0) <= score["raw"] <= score.get("max", score["raw"])
