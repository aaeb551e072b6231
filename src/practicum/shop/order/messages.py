"""What the order service is asked, remembers, commands and hears."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")

Sku = Annotated[str, msgspec.Meta(pattern=r"^P\d{4,6}$", examples=["P0001"])]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=100, description="1 to 100")]
Token = Annotated[str, msgspec.Meta(pattern=r"^tok-[\w-]{1,60}$", examples=["tok-visa"])]


class Line(msgspec.Struct, frozen=True):
    """So many of a product, at its price when the order was placed."""

    sku: str
    quantity: int
    price_cents: int


class Pieces(msgspec.Struct, frozen=True):
    """So many of a product."""

    sku: str
    quantity: int


# Facts, in an order's own stream: this is the saga's durable log.


@VOCABULARY.message("order.created", version=2)
class OrderCreated(msgspec.Struct, frozen=True):
    """An order was accepted, and is pending. The total includes shipping; ``request_hash``
    recognises a repeated request."""

    order_id: str
    lines: tuple[Line, ...]
    shipping_cents: int
    total_cents: int
    card: str
    request_hash: str


@VOCABULARY.message("order.step_done")
class StepDone(msgspec.Struct, frozen=True):
    """A step of the saga has its effect."""

    order_id: str
    step: str


@VOCABULARY.message("order.step_failed")
class StepFailed(msgspec.Struct, frozen=True):
    """The saga turns back at this step. ``unsure`` says that the step's effect may have
    happened, so that the step itself has to be undone too."""

    order_id: str
    step: str
    reason: str
    unsure: bool


@VOCABULARY.message("order.step_undone")
class StepUndone(msgspec.Struct, frozen=True):
    """A step's effect is gone."""

    order_id: str
    step: str


@VOCABULARY.message("order.confirmed", version=2)
class OrderConfirmed(msgspec.Struct, frozen=True):
    """The pivot: from here on the order goes forward."""

    order_id: str
    total_cents: int


@VOCABULARY.upcaster("order.created", 1)
def _shipping_was_free(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew no shipping."""
    return {**data, "shipping_cents": 0}


@VOCABULARY.upcaster("order.confirmed", 1)
def _total_was_left_out(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 did not say the total; who wants it knows it from the order's creation."""
    return {**data, "total_cents": 0}


@VOCABULARY.message("order.cancelled")
class OrderCancelled(msgspec.Struct, frozen=True):
    """A final state: everything that was done is undone."""

    order_id: str
    reason: str


@VOCABULARY.message("order.shipment_seen")
class ShipmentSeen(msgspec.Struct, frozen=True):
    """Shipping was heard to have sent the parcel."""

    order_id: str
    tracking: str


@VOCABULARY.message("order.step_overdue")
class StepOverdue(msgspec.Struct, frozen=True):
    """From a timer: the answer to a step's command has not come. ``attempt`` counts the
    commands sent for it, from 1."""

    order_id: str
    step: str
    undoing: bool
    attempt: int


# Commands to the participants, and their replies.


@VOCABULARY.message("inventory.reserve")
class ReserveStock(msgspec.Struct, frozen=True):
    """To inventory: set all lines aside."""

    order_id: str
    lines: tuple[Pieces, ...]


@VOCABULARY.message("inventory.release")
class ReleaseStock(msgspec.Struct, frozen=True):
    """To inventory: give back whatever was set aside."""

    order_id: str
    lines: tuple[Pieces, ...]


@VOCABULARY.message("payment.charge")
class ChargePayment(msgspec.Struct, frozen=True):
    """To payment: take the money."""

    order_id: str
    amount_cents: int
    card: str


@VOCABULARY.message("payment.refund")
class RefundPayment(msgspec.Struct, frozen=True):
    """To payment: give back whatever was taken."""

    order_id: str


@VOCABULARY.message("inventory.reserved")
class InventoryReserved(msgspec.Struct, frozen=True):
    """From inventory: all lines are set aside."""

    order_id: str


@VOCABULARY.message("inventory.refused")
class InventoryRefused(msgspec.Struct, frozen=True):
    """From inventory: nothing is set aside."""

    order_id: str
    reason: str


@VOCABULARY.message("inventory.released")
class InventoryReleased(msgspec.Struct, frozen=True):
    """From inventory: nothing is set aside any more."""

    order_id: str


@VOCABULARY.message("payment.charged")
class PaymentCharged(msgspec.Struct, frozen=True):
    """From payment: the money was taken."""

    order_id: str


@VOCABULARY.message("payment.declined")
class PaymentDeclined(msgspec.Struct, frozen=True):
    """From payment: no money was taken."""

    order_id: str
    reason: str


@VOCABULARY.message("payment.refunded")
class PaymentRefunded(msgspec.Struct, frozen=True):
    """From payment: the order holds no money of the buyer."""

    order_id: str


@VOCABULARY.message("shipping.arrange")
class ArrangeShipping(msgspec.Struct, frozen=True):
    """To shipping: book a parcel."""

    order_id: str
    lines: tuple[Pieces, ...]
    total_cents: int


@VOCABULARY.message("shipping.cancel")
class CancelShipping(msgspec.Struct, frozen=True):
    """To shipping: cancel the parcel, or call it back."""

    order_id: str


@VOCABULARY.message("shipping.arranged")
class ShippingArranged(msgspec.Struct, frozen=True):
    """From shipping: a parcel is booked."""

    order_id: str


@VOCABULARY.message("shipping.refused")
class ShippingRefused(msgspec.Struct, frozen=True):
    """From shipping: no carrier takes it."""

    order_id: str
    reason: str


@VOCABULARY.message("shipping.cancelled")
class ShippingCancelled(msgspec.Struct, frozen=True):
    """From shipping: there is no parcel."""

    order_id: str


@VOCABULARY.message("shipping.shipped")
class OrderShipped(msgspec.Struct, frozen=True):
    """From shipping, to whom it may concern: the parcel is on its way."""

    order_id: str
    tracking: str


@VOCABULARY.message("notification.notify")
class NotifyBuyer(msgspec.Struct, frozen=True):
    """To notification: tell the buyer that the order is confirmed."""

    order_id: str
    total_cents: int


@VOCABULARY.message("notification.withdraw")
class WithdrawNotification(msgspec.Struct, frozen=True):
    """To notification: tell the buyer that it is not, if she was told that it is."""

    order_id: str


@VOCABULARY.message("notification.sent")
class NotificationSent(msgspec.Struct, frozen=True):
    """From notification: the buyer was told."""

    order_id: str


@VOCABULARY.message("notification.withdrawn")
class NotificationWithdrawn(msgspec.Struct, frozen=True):
    """From notification: the buyer does not wait for anything."""

    order_id: str


@VOCABULARY.message("product.updated")
class ProductUpdated(msgspec.Struct, frozen=True):
    """From catalog, to whom it may concern: a product has another name or price."""

    sku: str
    price_cents: int


# Operations.


class WantedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a product."""

    sku: Sku
    quantity: Quantity


class PlaceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order: up to 20 different products, and the token of a card."""

    lines: Annotated[tuple[WantedLine, ...], msgspec.Meta(min_length=1, max_length=20)]
    card: Token


class OrderId(msgspec.Struct, frozen=True):
    """One order."""

    order_id: str


class OrderView(msgspec.Struct, frozen=True):
    """An order as its buyer sees it. ``status`` is pending, confirmed or cancelled; ``step``
    is what its saga waits for, empty when it is over; ``tracking`` comes a little later."""

    order_id: str
    status: Literal["pending", "confirmed", "cancelled"]
    total_cents: int
    shipping_cents: int
    lines: tuple[Line, ...]
    step: str = ""
    reason: str = ""
    tracking: str = ""


class ListOrders(msgspec.Struct, frozen=True):
    """Orders in order of their ids, a page after ``after``; ``open`` only those whose saga is
    not over."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500
    open: bool = False


class OrderSummary(msgspec.Struct, frozen=True):
    """An order in the read model; times are Unix seconds of its first and latest event."""

    order_id: str
    status: Literal["pending", "confirmed", "cancelled"]
    total_cents: int
    pieces: dict[str, int]
    step: str
    reason: str
    tracking: str
    created_at: str
    changed_at: str


class OrderPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last. The read model was
    ``lag_events`` events behind the orders when it was read."""

    orders: tuple[OrderSummary, ...]
    next: str | None
    lag_events: int


PLACE_ORDER = Operation(
    service="order",
    name="place_order",
    method="POST",
    path="/orders",
    request=PlaceOrder,
    result=OrderView,
    status=202,
    summary="Place an order; it is pending until its saga ends",
    errors=("invalid", "key_reused", "dependency_down"),
)
GET_ORDER = Operation(
    service="order",
    name="get_order",
    method="GET",
    path="/orders/{order_id}",
    request=OrderId,
    result=OrderView,
    summary="Look at an order",
    errors=("not_found",),
)
CANCEL_ORDER = Operation(
    service="order",
    name="cancel_order",
    method="POST",
    path="/orders/{order_id}/cancel",
    request=OrderId,
    result=OrderView,
    status=202,
    summary="Cancel an order that is still pending; what was done for it is undone",
    errors=("not_found", "conflict"),
)
LIST_ORDERS = Operation(
    service="order",
    name="list_orders",
    method="GET",
    path="/orders",
    request=ListOrders,
    result=OrderPage,
    summary="All orders, a page at a time, from the read model",
)
RESUME_ORDER = Operation(
    service="order",
    name="resume_order",
    method="POST",
    path="/orders/{order_id}/resume",
    request=OrderId,
    result=OrderView,
    status=202,
    summary="For operators: command the step that an order waits for again",
    errors=("not_found", "conflict"),
)
COMPENSATE_ORDER = Operation(
    service="order",
    name="compensate_order",
    method="POST",
    path="/orders/{order_id}/compensate",
    request=OrderId,
    result=OrderView,
    status=202,
    summary="For operators: undo an order, wherever its saga stands",
    errors=("not_found", "conflict"),
)


class GetPrices(msgspec.Struct, frozen=True):
    """To catalog."""

    skus: str


class Prices(msgspec.Struct, frozen=True):
    """From catalog."""

    prices_cents: dict[str, int]


CATALOG_PRICES = Operation(
    service="catalog",
    name="get_prices",
    method="GET",
    path="/prices",
    request=GetPrices,
    result=Prices,
)


class GetQuote(msgspec.Struct, frozen=True):
    """To shipping."""

    pieces: int


class Quote(msgspec.Struct, frozen=True):
    """From shipping."""

    shipping_cents: int


SHIPPING_QUOTE = Operation(
    service="shipping",
    name="get_quote",
    method="GET",
    path="/quotes/{pieces}",
    request=GetQuote,
    result=Quote,
)
