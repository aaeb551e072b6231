"""The OpenAPI document and the page made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from practicum.service.errors import ERRORS
from practicum.service.live.http.docs import docs_page
from practicum.service.live.http.openapi import openapi_document
from practicum.service.operations import Operation
from practicum.service.wire import OperationCodec
from worlds.warehouse import Warehouse

OPERATIONS = [bound.operation for bound in Warehouse().operations()]


@pytest.fixture
def document() -> Any:
    """The warehouse's document, as it looks on the wire."""
    return msgspec.json.decode(msgspec.json.encode(openapi_document("warehouse", OPERATIONS)))


def references(value: Any) -> list[str]:
    """Every ``$ref`` in a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for inner in value.values() for ref in references(inner)]
    if isinstance(value, list):
        return [ref for inner in value for ref in references(inner)]
    return []


def test_every_operation_stands_in_the_document_once(document: Any) -> None:
    """Under its path and method, with an id that is unique."""
    assert document["openapi"] == "3.1.0"
    assert set(document["info"]) == {"title", "version"}
    found = {
        (method.upper(), path): described["operationId"]
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    }
    assert found == {(op.method, op.path): op.name for op in OPERATIONS}
    assert len(set(found.values())) == len(found)


def test_every_reference_leads_somewhere(document: Any) -> None:
    """Schemas are found where the document says."""
    found = references(document)
    assert found
    for reference in found:
        prefix, _, name = reference.rpartition("/")
        assert prefix == "#/components/schemas"
        assert name in document["components"]["schemas"]


def test_the_fields_of_a_request_stand_where_they_travel(document: Any) -> None:
    """In the path, the query or the body; none twice."""
    put = document["paths"]["/orders/{order_id}"]["put"]
    places = {p["name"]: (p["in"], p.get("required")) for p in put["parameters"]}
    assert places["order_id"] == ("path", True)
    assert places["idempotency-key"] == ("header", None)
    body = put["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"lines", "note"}
    assert body["required"] == ["lines"]
    get = document["paths"]["/stock/{sku}"]["get"]
    places = {p["name"]: (p["in"], p.get("required")) for p in get["parameters"]}
    assert places["shelves"] == ("query", False)
    assert "requestBody" not in get
    assert "idempotency-key" not in places


def test_every_path_field_is_a_parameter(document: Any) -> None:
    """As the specification demands."""
    for path, methods in document["paths"].items():
        for described in methods.values():
            named = {p["name"] for p in described["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_errors_are_responses_with_examples(document: Any) -> None:
    """An operation's own errors stand beside those that every one may give."""
    responses = document["paths"]["/orders/{order_id}"]["put"]["responses"]
    assert set(responses) >= {"201", "400", "409", "413", "415", "422", "429", "500", "503", "504"}
    problem = responses["409"]["content"]["application/problem+json"]
    example = problem["examples"]["conflict"]["value"]
    assert example["code"] == "conflict"
    assert example["definite"] is ERRORS["conflict"].definite
    assert "409" not in document["paths"]["/stock"]["delete"]["responses"]
    for response in responses.values():
        assert response["description"]


class Page(HTMLParser):
    """Checks that tags are closed in order, and collects ids and links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        values = dict(attrs)
        assert "src" not in values
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if values.get("href"):
            self.links.append(str(values["href"]))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes the last one opened."""
        assert self.open.pop() == tag


class Hostile(msgspec.Struct):
    """<script>alert('a docstring')</script>."""

    name: str = "<img onerror=x>"


def test_the_page_needs_nothing_else_and_escapes_all() -> None:
    """No script, no other host, and no text of an author becomes a tag."""
    operation = Operation(
        service="x",
        name="ask",
        method="POST",
        path="/ask",
        request=Hostile,
        result=Hostile,
        summary="<b>&bold",
    )
    text = docs_page(openapi_document("<i>x", [*OPERATIONS, operation]))
    page = Page()
    page.feed(text)
    assert page.open == []
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    for link in page.links:
        assert link == "/openapi.json" or link[1:] in page.ids
    assert len(page.links) == len(OPERATIONS) + 2


def test_a_path_field_that_the_request_lacks_is_a_mistake() -> None:
    """Told when the operation is bound, with its name."""
    operation = msgspec.structs.replace(OPERATIONS[0], path="/orders/{number}")
    with pytest.raises(ValueError, match=r"warehouse\.reserve: Reserve has no field number"):
        OperationCodec(operation)
