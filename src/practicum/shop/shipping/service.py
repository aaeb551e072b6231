"""Shipping on its ports."""

from __future__ import annotations

from collections.abc import Iterable

from practicum.service.aggregate import Ref, Work
from practicum.service.service import Ports, Service
from practicum.shop.shipping.messages import (
    GET_QUOTE,
    LIST_SHIPMENTS,
    VOCABULARY,
    ArrangeShipping,
    CancelShipping,
    GetQuote,
    ListShipments,
    OrderConfirmed,
    OrderShipped,
    Quote,
    ShipmentPage,
    ShippingArranged,
    ShippingCancelled,
    ShippingRefused,
)
from practicum.shop.shipping.rules import PARCEL, SHIPMENTS, arrange, quote_cents

COMMANDS = "shipping"
REPLIES = "order"
EVENTS = "shipping-events"
ORDER_EVENTS = "order-events"


def build(ports: Ports) -> Service:
    """Shipping on its ports."""
    service = Service(ports, VOCABULARY)

    def streams(message: ArrangeShipping | CancelShipping | OrderConfirmed) -> Iterable[Ref]:
        yield Ref(PARCEL, message.order_id, isinstance(message, ArrangeShipping))

    service.on(ArrangeShipping, topic=COMMANDS, streams=streams)(book)
    service.on(CancelShipping, topic=COMMANDS, streams=streams)(cancel)
    service.on(OrderConfirmed, topic=ORDER_EVENTS, streams=streams)(send)
    shipments = service.project(SHIPMENTS)

    @service.answers(GET_QUOTE)
    async def get_quote(request: GetQuote) -> Quote:
        return Quote(quote_cents(request.pieces))

    @service.answers(LIST_SHIPMENTS)
    async def list_shipments(request: ListShipments) -> ShipmentPage:
        page = await shipments.page(after=request.after, limit=request.limit)
        more = page.documents[-1].order_id if page.full else None
        return ShipmentPage(page.documents, more, page.lag_events)

    return service


def book(command: ArrangeShipping, work: Work) -> None:
    """Book a parcel, or say why not; a repeated command gets its first answer."""
    parcel = work.state(PARCEL, command.order_id)
    event = arrange(parcel, command)
    if event is not None:
        parcel = work.record(PARCEL, command.order_id, event)
    if parcel.status in ("arranged", "shipped"):
        arranged = ShippingArranged(command.order_id, parcel.tracking, parcel.total_cents)
        work.send(REPLIES, arranged)
    else:
        reason = parcel.reason or "shipping was cancelled"
        work.send(REPLIES, ShippingRefused(command.order_id, reason))


def send(confirmed: OrderConfirmed, work: Work) -> None:
    """Hand a booked parcel to the carrier, once."""
    parcel = work.state(PARCEL, confirmed.order_id)
    if parcel.status == "arranged":
        shipped = OrderShipped(confirmed.order_id, parcel.tracking)
        work.record(PARCEL, confirmed.order_id, shipped)
        work.send(EVENTS, shipped)


def cancel(command: CancelShipping, work: Work) -> None:
    """Cancel the parcel or call it back, and never book one for this order again."""
    if work.state(PARCEL, command.order_id).status != "cancelled":
        work.record(PARCEL, command.order_id, ShippingCancelled(command.order_id))
    work.send(REPLIES, ShippingCancelled(command.order_id))
