"""The assortment, and what is known of its stock.

The assortment is made from a number, so that every shop of that size sells the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.store import StoredEvent
from practicum.service.views import Projection
from practicum.shop.catalog.messages import (
    ListProducts,
    Product,
    ProductAdded,
    ProductPage,
    ProductUpdated,
    ShelfSeen,
)

_MAKES = ("Oak", "Brass", "Linen", "Slate", "Cork", "Amber", "Willow", "Copper", "Wool", "Clay")
_THINGS = ("lamp", "chair", "kettle", "bowl", "desk", "clock", "basket", "mirror", "shelf", "rug")


def sku_of(number: int) -> str:
    """The sku of the ``number``-th product, from 1."""
    return f"P{number:04d}"


def assortment(size: int) -> list[ProductAdded]:
    """``size`` products, priced between 1 and 200 units of money."""
    return [
        ProductAdded(
            sku=sku_of(n),
            name=f"{_MAKES[n % 10]} {_THINGS[n // 10 % 10]} no. {n}",
            price_cents=100 + n * 7919 % 19_900,
        )
        for n in range(1, size + 1)
    ]


def page(products: Mapping[str, Product], request: ListProducts) -> ProductPage:
    """One page of the products that match; ``products`` is in order of sku."""
    words = request.search.lower()
    found: list[Product] = []
    for sku, product in products.items():
        if sku > request.after and words in product.name.lower():
            if len(found) == request.limit:
                return ProductPage(tuple(found), found[-1].sku)
            found.append(product)
    return ProductPage(tuple(found), None)


class Shelf(msgspec.Struct, frozen=True):
    """What inventory was last heard to have of a product."""

    available: int = 0
    changes: int = 0


class Listing(msgspec.Struct, frozen=True):
    """What was last changed about a product, empty before the first change."""

    name: str = ""
    price_cents: int = 0


SHELF = Aggregate(
    name="shelf",
    initial=Shelf(),
    evolve=lambda _, event: Shelf(event.available, event.changes),
    snapshot_every=100,
)
LISTING = Aggregate(
    name="listing",
    initial=Listing(),
    evolve=lambda _, event: Listing(event.name, event.price_cents),
)


def fold(
    product: Product | None,
    key: str,
    event: ProductAdded | ProductUpdated | ShelfSeen,
    stored: StoredEvent,
) -> Product:
    """The product in the read model after an event."""
    match event:
        case ProductAdded() | ProductUpdated():
            before = product or Product(key, "", 0)
            return msgspec.structs.replace(before, name=event.name, price_cents=event.price_cents)
        case ShelfSeen():
            before = product or Product(key, "", 0)
            return msgspec.structs.replace(
                before, available=event.available, stock_seen_at=stored.event.time
            )


def _skus(event: object) -> Iterable[str]:
    return [event.sku] if isinstance(event, ProductAdded | ProductUpdated | ShelfSeen) else []


PRODUCTS = Projection(view="products", document=Product, keys=_skus, fold=fold)
