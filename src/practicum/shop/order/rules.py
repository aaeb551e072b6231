"""Turning a request into an order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from practicum.service.errors import OperationError
from practicum.service.events import canonical_json
from practicum.shop.order.messages import Line, OrderCreated, OrderView, PlaceOrder
from practicum.shop.order.saga import Order, waiting_for


def order_id_for(idempotency_key: str) -> str:
    """The id of the order that is placed under a key: the same key, the same order."""
    return "o-" + hashlib.blake2b(idempotency_key.encode(), digest_size=12).hexdigest()


def request_hash(request: PlaceOrder) -> str:
    """Recognises a repeated request."""
    return hashlib.sha256(canonical_json(request)).hexdigest()


def check_lines(request: PlaceOrder) -> None:
    """`OperationError` ``invalid`` when a product stands in two lines."""
    skus = [line.sku for line in request.lines]
    for number, sku in enumerate(skus):
        if sku in skus[:number]:
            raise OperationError(
                "invalid",
                f"{sku} stands in two lines: add their quantities",
                field=f"lines[{number}].sku",
            )


def created(order_id: str, request: PlaceOrder, prices_cents: Mapping[str, int]) -> OrderCreated:
    """The order with its prices; `OperationError` ``invalid`` for an unknown product."""
    for number, line in enumerate(request.lines):
        if line.sku not in prices_cents:
            raise OperationError(
                "invalid", f"there is no product {line.sku}", field=f"lines[{number}].sku"
            )
    lines = tuple(Line(x.sku, x.quantity, prices_cents[x.sku]) for x in request.lines)
    total = sum(line.quantity * line.price_cents for line in lines)
    return OrderCreated(order_id, lines, total, request.card, request_hash(request))


def view(order: Order) -> OrderView:
    """The order as its buyer sees it."""
    step = waiting_for(order)
    doing = "" if step is None else f"{'undo ' if order.turned else ''}{step.name}"
    assert order.status != "none"
    return OrderView(
        order.order_id, order.status, order.total_cents, order.lines, doing, order.reason
    )
