"""Turning a request into an order: ids from keys, lines, prices, and what a buyer sees."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.errors import OperationError
from practicum.service.events import Event
from practicum.service.tracing import Trace
from practicum.shop.order import rules, saga
from practicum.shop.order.messages import (
    VOCABULARY,
    OrderConfirmed,
    OrderCreated,
    PlaceOrder,
    WantedLine,
)
from practicum.shop.order.steps import Order
from worlds.fixed import FixedWorld

SKUS = st.integers(1, 9999).map(lambda n: f"P{n:04d}")
REQUESTS = st.builds(
    PlaceOrder,
    st.dictionaries(SKUS, st.integers(1, 100), min_size=1, max_size=20).map(
        lambda lines: tuple(WantedLine(*line) for line in lines.items())
    ),
    st.sampled_from(["tok-a", "tok-b"]),
)


@given(st.text(min_size=1), st.text(min_size=1))
def test_the_same_key_means_the_same_order(one: str, other: str) -> None:
    """And different keys mean different orders; the id can stand in a path and a subject."""
    id = rules.order_id_for(one)
    assert id == rules.order_id_for(one)
    assert (id == rules.order_id_for(other)) == (one == other)
    assert id.replace("-", "").isalnum()


@given(REQUESTS, REQUESTS)
def test_a_request_is_recognised_by_all_that_stands_in_it(
    one: PlaceOrder, other: PlaceOrder
) -> None:
    """Equal requests have equal hashes, others have others."""
    assert (rules.request_hash(one) == rules.request_hash(other)) == (one == other)


@given(REQUESTS, st.integers(1, 20_000))
def test_the_total_is_the_sum_of_the_lines_and_shipping(
    request: PlaceOrder, price_cents: int
) -> None:
    """Each line keeps the price of the moment."""
    prices = {line.sku: price_cents + n for n, line in enumerate(request.lines)}
    event = rules.created("o-1", request, prices, 415)
    assert event.total_cents == 415 + sum(x.quantity * prices[x.sku] for x in request.lines)
    assert [(x.sku, x.quantity) for x in event.lines] == [
        (x.sku, x.quantity) for x in request.lines
    ]
    view = rules.view(saga.evolve(Order(), event))
    assert (view.status, view.step, view.total_cents) == ("pending", "reserve", event.total_cents)


def test_an_unknown_product_is_named_with_its_line() -> None:
    """The second line is at fault."""
    request = PlaceOrder((WantedLine("P0001", 1), WantedLine("P0002", 1)), "tok-a")
    with pytest.raises(OperationError, match="P0002") as caught:
        rules.created("o-1", request, {"P0001": 100}, 415)
    assert (caught.value.code, caught.value.field) == ("invalid", "lines[1].sku")


def test_a_product_in_two_lines_is_refused_with_its_second_line() -> None:
    """Otherwise half of it could be set aside."""
    lines = (WantedLine("P0001", 1), WantedLine("P0002", 1), WantedLine("P0001", 2))
    with pytest.raises(OperationError, match="add their quantities") as caught:
        rules.check_lines(PlaceOrder(lines, "tok-a"))
    assert (caught.value.code, caught.value.field) == ("invalid", "lines[2].sku")
    rules.check_lines(PlaceOrder(lines[:2], "tok-a"))


def test_orders_of_the_first_version_are_still_read() -> None:
    """Events are never rewritten: what was stored before there was shipping is upcast."""
    world = FixedWorld()
    line = {"sku": "P0001", "quantity": 1, "price_cents": 100}
    created = {
        "order_id": "o-1",
        "lines": [line],
        "total_cents": 100,
        "card": "tok-a",
        "request_hash": "hash",
    }
    order = Order()
    for type_, data in (("created", created), ("confirmed", {"order_id": "o-1"})):
        event = Event(
            id=type_,
            source="/order",
            type=f"shop.order.{type_}.v1",
            subject="o-1",
            time="2026-11-21T04:00:00.000000Z",
            data=msgspec.Raw(msgspec.json.encode(data)),
            correlationid="o-1",
            traceparent=str(Trace.start(world)),
        )
        message = VOCABULARY.decode(event)
        assert isinstance(message, OrderCreated | OrderConfirmed)
        order = saga.evolve(order, message)
    assert (order.status, order.total_cents, order.shipping_cents) == ("confirmed", 100, 0)
