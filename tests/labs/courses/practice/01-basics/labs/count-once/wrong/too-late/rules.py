"""A parcel is booked once, sent once, and once cancelled stays so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.store import StoredEvent
from practicum.service.views import Projection
from practicum.shop.shipping.messages import (
    ArrangeShipping,
    OrderShipped,
    Shipment,
    ShippingArranged,
    ShippingCancelled,
    ShippingRefused,
)

PIECES_MAX = 40
Fact = ShippingArranged | ShippingRefused | OrderShipped | ShippingCancelled


class Parcel(msgspec.Struct, frozen=True):
    """What became of an order's parcel."""

    status: Literal["none", "arranged", "refused", "shipped", "cancelled"] = "none"
    tracking: str = ""
    total_cents: int = 0
    reason: str = ""


def evolve(parcel: Parcel, event: Fact) -> Parcel:
    """The parcel after an event."""
    match event:
        case ShippingArranged():
            return Parcel("arranged", event.tracking, event.total_cents)
        case ShippingRefused():
            return Parcel("refused", reason=event.reason)
        case OrderShipped():
            return msgspec.structs.replace(parcel, status="shipped")
        case ShippingCancelled():
            return msgspec.structs.replace(parcel, status="cancelled")


PARCEL = Aggregate(name="parcel", initial=Parcel(), evolve=evolve)


def quote_cents(pieces: int) -> int:
    """The price of a parcel: a base, and something for each piece."""
    return 390 + 25 * pieces


def arrange(parcel: Parcel, command: ArrangeShipping) -> ShippingArranged | ShippingRefused | None:
    """The event of a first try; None when the order had its answer before."""
    if parcel.status == "arranged":
        return None
    pieces = sum(line.quantity for line in command.lines)
    if pieces > PIECES_MAX:
        return ShippingRefused(
            command.order_id, f"no carrier takes {pieces} pieces, {PIECES_MAX} is the most"
        )
    return ShippingArranged(command.order_id, f"PK-{command.order_id}", command.total_cents)


def fold(shipment: Shipment | None, key: str, event: Fact, stored: StoredEvent) -> Shipment:
    """The shipment in the read model after an event."""
    match event:
        case ShippingArranged():
            return Shipment(key, "arranged", event.tracking, event.total_cents)
        case ShippingRefused():
            return Shipment(key, "refused", "", 0)
        case OrderShipped():
            status: Literal["shipped", "cancelled"] = "shipped"
        case ShippingCancelled():
            status = "cancelled"
    before = shipment or Shipment(key, status, "", 0)
    return msgspec.structs.replace(before, status=status)


def _keys(event: object) -> Iterable[str]:
    return [event.order_id] if isinstance(event, Fact) else []


SHIPMENTS = Projection(view="shipments", document=Shipment, keys=_keys, fold=fold)
