"""What the shop is made of, for the worlds that run it."""

from __future__ import annotations

from practicum.service.manifest import Manifest, ServiceSpec, TelemetrySpec

PRODUCTS = 1000

TOPICS = (
    # Commands to the participants, and their replies to the saga.
    *("inventory", "payment", "shipping", "notification", "order"),
    # Events, to whom they may concern.
    *("catalog-events", "inventory-events", "order-events", "shipping-events"),
)
PARTITIONS = 4

MANIFEST = Manifest(
    name="shop",
    edge="order",
    telemetry=TelemetrySpec(module="practicum.telemetry.receiver"),
    topics=dict.fromkeys(TOPICS, PARTITIONS),
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
        ServiceSpec(name="shipping", module="practicum.shop.shipping.service"),
        ServiceSpec(name="notification", module="practicum.shop.notification.service"),
        ServiceSpec(
            name="order", module="practicum.shop.order.service", calls=("catalog", "shipping")
        ),
    ),
)
