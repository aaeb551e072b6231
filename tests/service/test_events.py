"""Events on the wire: canonical JSON, round trips, old versions read and new ones refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.events import (
    Event,
    MalformedMessage,
    UnknownMessage,
    Vocabulary,
    canonical_json,
    context_of,
)
from practicum.service.tracing import Context, Trace
from worlds.fixed import FixedWorld

WORLD = FixedWorld()
VOCABULARY = Vocabulary("test")


@VOCABULARY.message("parcel.sent", version=3)
class ParcelSent(msgspec.Struct, frozen=True):
    """Version 1 had ``grams`` as text and no ``to``; version 2 called it ``receiver``."""

    to: str
    grams: int
    note: str | None = None


@VOCABULARY.upcaster("parcel.sent", 1)
def from_v1(data: dict[str, Any]) -> dict[str, Any]:
    """Grams become a number."""
    return {"receiver": "unknown", "grams": int(data["grams"])}


@VOCABULARY.upcaster("parcel.sent", 2)
def from_v2(data: dict[str, Any]) -> dict[str, Any]:
    """The receiver gets its present name."""
    return {"to": data["receiver"], "grams": data["grams"]}


@VOCABULARY.message("parcel.lost", version=2)
class ParcelLost(msgspec.Struct, frozen=True):
    """Nobody wrote an upcaster from version 1."""

    to: str


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def event(type_: str, data: bytes) -> Event:
    """An event with this type and data."""
    return Event(
        id="1",
        source="/test",
        type=type_,
        subject="k",
        time="2026-01-01T00:00:00.000000Z",
        data=msgspec.Raw(data),
        correlationid="c",
        traceparent="",
    )


@given(JSON)
def test_equal_values_give_equal_bytes(value: Any) -> None:
    """Whatever the order of their keys; and the bytes give the value back."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(x) for key, x in reversed(value.items())}
        return [turned(x) for x in value] if isinstance(value, list) else value

    document = canonical_json(value)
    assert document == canonical_json(turned(value))
    assert canonical_json(msgspec.json.decode(document)) == document


@given(
    id=st.text(),
    subject=st.text(),
    cause=st.none() | st.text(),
    data=JSON,
    version=st.integers(1, 9),
)
def test_an_event_comes_back_from_its_json(
    id: str, subject: str, cause: str | None, data: Any, version: int
) -> None:
    """Every attribute; an absent cause is left out of the document."""
    sent = msgspec.structs.replace(
        event(f"test.x.v{version}", canonical_json(data)), id=id, subject=subject, causationid=cause
    )
    document = sent.to_json()
    assert Event.from_json(document) == sent
    assert Event.from_json(document.decode()) == sent
    assert sent.version == version
    assert ("causationid" in msgspec.json.decode(document)) == (cause is not None)


@given(to=st.text(), grams=st.integers(-(2**53), 2**53), note=st.none() | st.text())
def test_a_message_comes_back_from_its_event(to: str, grams: int, note: str | None) -> None:
    """Type, subject and context are those that were given."""
    context = Context(correlation_id="c", trace=Trace.start(WORLD), causation_id="m")
    message = ParcelSent(to, grams, note)
    sent = VOCABULARY.encode(message, key="k", source="/test", context=context, world=WORLD)
    assert sent.type == VOCABULARY.type_of(ParcelSent) == "test.parcel.sent.v3"
    assert (sent.subject, sent.correlationid, sent.causationid) == ("k", "c", "m")
    assert VOCABULARY.knows(sent)
    assert VOCABULARY.decode(Event.from_json(sent.to_json())) == message
    heard = context_of(sent, WORLD)
    assert (heard.correlation_id, heard.causation_id) == ("c", sent.id)
    assert heard.trace == context.trace


@pytest.mark.parametrize(
    ("version", "data", "message"),
    [
        (1, b'{"grams":"12"}', ParcelSent("unknown", 12)),
        (2, b'{"grams":12,"receiver":"Ada"}', ParcelSent("Ada", 12)),
        (3, b'{"grams":12,"to":"Ada","later":1}', ParcelSent("Ada", 12)),
    ],
)
def test_every_version_that_was_ever_written_can_be_read(
    version: int, data: bytes, message: ParcelSent
) -> None:
    """Step by step through the upcasters; unknown fields of a newer writer are ignored."""
    assert VOCABULARY.decode(event(f"test.parcel.sent.v{version}", data)) == message


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        ("test.parcel.sent.v4", "update this service"),
        ("test.parcel.lost.v1", "no upcaster from v1"),
        ("test.parcel.sent.v0", "no upcaster from v0"),
        ("test.parcel.burnt.v1", "not in the vocabulary"),
        ("test.parcel.sent.vX", "not in the vocabulary"),
        ("test.parcel.sent.v²", "not in the vocabulary"),
        ("test.parcel.sent.v" + "9" * 5000, "not in the vocabulary"),
        ("test.parcel.sent", "not in the vocabulary"),
        ("", "not in the vocabulary"),
    ],
)
def test_what_is_not_known_says_why(type_: str, reason: str) -> None:
    """And nothing else than `UnknownMessage` gets out."""
    with pytest.raises(UnknownMessage, match=reason):
        VOCABULARY.decode(event(type_, b"{}"))


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (3, b"[]"),
        (3, b"nonsense"),
        (3, b'{"to":"Ada"}'),
        (3, b'{"to":"Ada","grams":"much"}'),
        (3, b'{"to":"\xff","grams":1}'),
        (3, b'{"to":"Ada","grams":1,"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        (2, b'{"grams":12}'),
        (2, b"[]"),
        (1, b'{"grams":"twelve"}'),
        (1, b"\xff"),
        (2, b'{"grams":"x","receiver":"Ada"}'),
    ],
    ids=repr,
)
def test_data_that_does_not_fit_is_malformed(version: int, data: bytes) -> None:
    """Of old versions too; nothing else than `MalformedMessage` gets out."""
    with pytest.raises(MalformedMessage, match=r"test\.parcel\.sent"):
        VOCABULARY.decode(event(f"test.parcel.sent.v{version}", data))


@given(st.binary() | st.text())
def test_a_document_is_an_event_or_malformed(document: bytes | str) -> None:
    """Whatever arrives."""
    with pytest.raises(MalformedMessage, match="not a CloudEvent"):
        Event.from_json(document)


@pytest.mark.parametrize(
    "change",
    [{"specversion": "0.3"}, {"datacontenttype": "text/plain"}, {"subject": 7}, {"id": None}],
    ids=str,
)
def test_a_document_of_another_kind_is_malformed(change: dict[str, Any]) -> None:
    """Another version of CloudEvents, another content, attributes of another type."""
    document = msgspec.json.decode(event("test.x.v1", b"{}").to_json()) | change
    with pytest.raises(MalformedMessage):
        Event.from_json(msgspec.json.encode(document))


def test_text_that_is_not_utf_8_is_malformed() -> None:
    """In an attribute, where decoding fails in another way."""
    document = event("test.x.v1", b"{}").to_json().replace(b'"k"', b'"\xff"')
    with pytest.raises(MalformedMessage):
        Event.from_json(document)


def test_a_name_can_be_listed_once() -> None:
    """Two structs under one name could not be told apart."""
    with pytest.raises(ValueError, match="listed twice"):
        VOCABULARY.message("parcel.sent")(ParcelLost)
