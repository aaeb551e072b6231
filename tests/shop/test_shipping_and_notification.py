"""Parcels and notices: booked, sent and taken back at most once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.errors import OperationError
from practicum.shop.notification.messages import GET_MAILBOX, GetMailbox
from practicum.shop.order.messages import COMPENSATE_ORDER, RESUME_ORDER, OrderId
from practicum.shop.shipping.messages import (
    GET_QUOTE,
    LIST_SHIPMENTS,
    ArrangeShipping,
    GetQuote,
    Line,
    ListShipments,
    ShippingArranged,
    ShippingRefused,
)
from practicum.shop.shipping.rules import PIECES_MAX, Parcel, arrange, evolve, quote_cents
from worlds.shop_in_memory import memory_shop
from worlds.virtual_time import eventually, in_virtual_time


@given(st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_a_parcel_is_booked_once_and_only_if_a_carrier_takes_it(quantities: list[int]) -> None:
    """The limit is on all lines together."""
    lines = tuple(Line(f"P{n:04d}", quantity) for n, quantity in enumerate(quantities))
    command = ArrangeShipping("o-1", lines, 100)
    event = arrange(Parcel(), command)
    fits = sum(quantities) <= PIECES_MAX
    assert isinstance(event, ShippingArranged if fits else ShippingRefused)
    assert arrange(evolve(Parcel(), event), command) is None


@given(st.integers(1, 1000))
def test_more_pieces_cost_more(pieces: int) -> None:
    """And nothing is shipped for free."""
    assert quote_cents(pieces + 1) > quote_cents(pieces) > 0


@in_virtual_time
async def test_a_parcel_too_big_is_refunded_and_the_stock_released() -> None:
    """Shipping refuses after the charge: the card is charged and refunded, to the cent."""
    async with memory_shop() as shop:
        lines = [(f"P00{n:02d}", 15) for n in (1, 2, 3)]
        placed = await shop.place(*lines)
        order = await shop.ended(placed.order_id)
        assert order.status == "cancelled"
        assert "no carrier takes 45 pieces" in order.reason
        assert [x.kind for x in await shop.ledger()] == ["charge", "refund"]
        await shop.settle()
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_a_confirmed_order_is_shipped_and_its_buyer_told() -> None:
    """The buyer sees the tracking number a little later, and has one message."""
    async with memory_shop() as shop:
        placed = await shop.place(("P0001", 1))
        order = await shop.ended(placed.order_id)
        assert order.tracking == f"PK-{order.order_id}"
        quote = await shop.caller.call(GET_QUOTE, GetQuote(1), timeout_s=10)
        assert order.shipping_cents == quote.shipping_cents

        async def told() -> bool:
            ask = GetMailbox(order.order_id)
            return len((await shop.caller.call(GET_MAILBOX, ask, timeout_s=10)).texts) == 1

        await eventually(told)


@in_virtual_time
async def test_an_operator_undoes_a_shipped_order_and_the_books_still_agree() -> None:
    """The parcel is called back, the money returned, the stock free, the buyer told."""
    async with memory_shop() as shop:
        placed = await shop.place(("P0001", 1))
        await shop.ended(placed.order_id)
        request = OrderId(placed.order_id)
        await shop.caller.call(COMPENSATE_ORDER, request, timeout_s=10)

        async def cancelled() -> bool:
            return (await shop.look(placed.order_id)).status == "cancelled"

        await eventually(cancelled)
        await shop.settle()
        assert await shop.wrongs([placed.order_id]) == []
        page = await shop.caller.call(LIST_SHIPMENTS, ListShipments(), timeout_s=10)
        assert [x.status for x in page.shipments] == ["cancelled"]
        mailbox = await shop.caller.call(GET_MAILBOX, GetMailbox(placed.order_id), timeout_s=10)
        assert len(mailbox.texts) == 2
        with pytest.raises(OperationError, match="waits for nothing"):
            await shop.caller.call(RESUME_ORDER, request, timeout_s=10)


@in_virtual_time
async def test_a_stuck_order_goes_on_when_an_operator_resumes_it() -> None:
    """A command sent again is obeyed once."""
    async with memory_shop() as shop:
        shop["payment"].kill()
        placed = await shop.place(("P0001", 1))

        async def waits() -> bool:
            return (await shop.look(placed.order_id)).step == "charge"

        await eventually(waits)
        await shop.caller.call(RESUME_ORDER, OrderId(placed.order_id), timeout_s=10)
        shop["payment"].start()
        assert (await shop.ended(placed.order_id)).status == "confirmed"
        await shop.settle()
        assert len(await shop.ledger()) == 1
        assert await shop.wrongs([placed.order_id]) == []
