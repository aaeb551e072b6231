"""The checks of a lab that only tests use."""

from __future__ import annotations

from typing import Any


def test_every_order_ends(shop: Any) -> None:
    """No order waits for ever."""
    assert all(order.status in ("cancelled", "confirmed") for order in shop.orders)


def test_each_parcel_is_counted_once(shop: Any) -> None:
    """As many parcels as shipped orders."""
    shipped = [shipment for shipment in shop.shipments if shipment.shipped]
    assert len({shipment.order_id for shipment in shipped}) == len(shipped)
