"""What shipping is told, remembers and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")


class Line(msgspec.Struct, frozen=True):
    """So many of a product."""

    sku: str
    quantity: int


# Commands, from the order saga.


@VOCABULARY.message("shipping.arrange")
class ArrangeShipping(msgspec.Struct, frozen=True):
    """Book a parcel with these lines, worth ``total_cents``."""

    order_id: str
    lines: tuple[Line, ...]
    total_cents: int


@VOCABULARY.message("shipping.cancel")
class CancelShipping(msgspec.Struct, frozen=True):
    """Cancel the parcel or call it back, whether or not there ever was one."""

    order_id: str


@VOCABULARY.message("order.confirmed", version=2)
class OrderConfirmed(msgspec.Struct, frozen=True):
    """From order, to whom it may concern: the order is past its pivot."""

    order_id: str


@VOCABULARY.upcaster("order.confirmed", 1)
def _nothing_was_missing(data: dict[str, Any]) -> dict[str, Any]:
    """What version 2 added is not read here."""
    return data


# Facts; each is also the reply to the saga.


@VOCABULARY.message("shipping.arranged")
class ShippingArranged(msgspec.Struct, frozen=True):
    """A parcel is booked."""

    order_id: str
    tracking: str
    total_cents: int


@VOCABULARY.message("shipping.refused")
class ShippingRefused(msgspec.Struct, frozen=True):
    """No carrier takes it."""

    order_id: str
    reason: str


@VOCABULARY.message("shipping.shipped")
class OrderShipped(msgspec.Struct, frozen=True):
    """The parcel is on its way."""

    order_id: str
    tracking: str


@VOCABULARY.message("shipping.cancelled")
class ShippingCancelled(msgspec.Struct, frozen=True):
    """There is no parcel, and there will be none."""

    order_id: str


# Operations.


class GetQuote(msgspec.Struct, frozen=True):
    """What a parcel of so many pieces costs."""

    pieces: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Quote(msgspec.Struct, frozen=True):
    """A price, in cents."""

    shipping_cents: int


class ListShipments(msgspec.Struct, frozen=True):
    """Shipments in order of their orders' ids, a page after ``after``."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class Shipment(msgspec.Struct, frozen=True):
    """A shipment in the read model."""

    order_id: str
    status: Literal["arranged", "refused", "shipped", "cancelled"]
    tracking: str
    total_cents: int


class ShipmentPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last."""

    shipments: tuple[Shipment, ...]
    next: str | None
    lag_events: int


GET_QUOTE = Operation(
    service="shipping",
    name="get_quote",
    method="GET",
    path="/quotes/{pieces}",
    request=GetQuote,
    result=Quote,
    summary="What shipping costs",
)
LIST_SHIPMENTS = Operation(
    service="shipping",
    name="list_shipments",
    method="GET",
    path="/shipments",
    request=ListShipments,
    result=ShipmentPage,
    summary="All shipments, from the read model",
)
