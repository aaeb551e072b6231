"""The checks of a lab that only tests use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from practicum.checking.verdict import judge


def test_most_are_confirmed(shop: Any, judged: Callable[..., None]) -> None:
    """A buyer who can pay gets an answer from the carrier."""
    confirmed = sum(order.status == "confirmed" for order in shop.orders)
    judged(
        judge(
            "most are confirmed",
            expected="at least half of the orders are confirmed",
            seen=f"{confirmed} of {len(shop.orders)} are",
            holds=2 * confirmed >= len(shop.orders) > 0,
        ),
        look_next="who does an order wait for? `practicum trace ORDER` says it",
    )


def test_each_parcel_is_counted_once(shop: Any) -> None:
    """No order has two parcels."""
    shipped = [shipment.order_id for shipment in shop.shipments]
    assert len(set(shipped)) == len(shipped)
