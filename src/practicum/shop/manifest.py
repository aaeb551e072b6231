"""What the shop is made of, for the worlds that run it."""

from __future__ import annotations

from practicum.service.manifest import Manifest, ServiceSpec

PRODUCTS = 1000

MANIFEST = Manifest(
    name="shop",
    edge="order",
    topics={"order": 4, "inventory": 4, "payment": 4},
    services=(
        ServiceSpec(
            name="catalog",
            module="practicum.shop.catalog.service",
            settings={"products": PRODUCTS},
        ),
        ServiceSpec(
            name="inventory",
            module="practicum.shop.inventory.service",
            settings={"products": PRODUCTS, "pieces": 100_000},
        ),
        ServiceSpec(name="bank", module="practicum.shop.bank.service"),
        ServiceSpec(name="payment", module="practicum.shop.payment.service", calls=("bank",)),
        ServiceSpec(name="order", module="practicum.shop.order.service", calls=("catalog",)),
    ),
)
