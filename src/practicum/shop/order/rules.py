"""Turning a request into an order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from practicum.service.errors import OperationError
from practicum.service.events import canonical_json
from practicum.service.store import StoredEvent
from practicum.service.views import Figure, Projection
from practicum.service.world import unix_seconds
from practicum.shop.order.messages import (
    Line,
    OrderCreated,
    OrderSummary,
    OrderView,
    PlaceOrder,
)
from practicum.shop.order.saga import evolve, next_move, waiting_for
from practicum.shop.order.steps import Order, SagaEvent

SAGA_DURATION = "practicum.saga.duration"


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


def created(
    order_id: str, request: PlaceOrder, prices_cents: Mapping[str, int], shipping_cents: int
) -> OrderCreated:
    """The order with its prices; `OperationError` ``invalid`` for an unknown product."""
    for number, line in enumerate(request.lines):
        if line.sku not in prices_cents:
            raise OperationError(
                "invalid", f"there is no product {line.sku}", field=f"lines[{number}].sku"
            )
    lines = tuple(Line(x.sku, x.quantity, prices_cents[x.sku]) for x in request.lines)
    total = shipping_cents + sum(line.quantity * line.price_cents for line in lines)
    return OrderCreated(order_id, lines, shipping_cents, total, request.card, request_hash(request))


def doing(order: Order) -> str:
    """What the order's saga waits for, in a word or two; empty when it is over."""
    step = waiting_for(order)
    return "" if step is None else f"{'undo ' if order.turned else ''}{step.name}"


def view(order: Order) -> OrderView:
    """The order as its buyer sees it."""
    assert order.status != "none"
    return OrderView(
        order.order_id,
        order.status,
        order.total_cents,
        order.shipping_cents,
        order.lines,
        doing(order),
        order.reason,
        order.tracking,
    )


class Folded(msgspec.Struct, frozen=True):
    """A document of the read model: the order's state, and when it was made and changed."""

    order: Order
    created_at: str
    changed_at: str


def summary(document: Folded) -> OrderSummary:
    """A document as it is listed."""
    order = document.order
    assert order.status != "none"
    return OrderSummary(
        order.order_id,
        order.status,
        order.total_cents,
        {line.sku: line.quantity for line in order.lines},
        doing(order),
        order.reason,
        order.tracking,
        document.created_at,
        document.changed_at,
    )


def fold(document: Folded | None, key: str, event: SagaEvent, stored: StoredEvent) -> Folded:
    """The order in the read model after an event."""
    at = stored.event.time
    if document is None:
        return Folded(evolve(Order(), event), at, at)
    return Folded(evolve(document.order, event), document.created_at, at)


def _ids(event: object) -> Iterable[str]:
    return [event.order_id] if isinstance(event, SagaEvent) else []


def _is_over(document: Folded | None) -> bool:
    """Whether the order's saga has come to its end."""
    if document is None or document.order.status not in ("confirmed", "cancelled"):
        return False
    return next_move(document.order) is None


def durations(before: Folded | None, after: Folded | None) -> Iterable[Figure]:
    """How long an order's saga took, from its acceptance to its end, when this is the end."""
    if after is not None and _is_over(after) and not _is_over(before):
        took_s = unix_seconds(after.changed_at) - unix_seconds(after.created_at)
        yield Figure(SAGA_DURATION, took_s, {"practicum.outcome": after.order.status})


ORDERS = Projection(view="orders", document=Folded, keys=_ids, fold=fold, figures=durations)
