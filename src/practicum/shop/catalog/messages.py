"""What catalog keeps and answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")


@VOCABULARY.message("product.added")
class ProductAdded(msgspec.Struct, frozen=True):
    """A product is for sale."""

    sku: str
    name: str
    price_cents: int


@VOCABULARY.message("product.updated")
class ProductUpdated(msgspec.Struct, frozen=True):
    """A product has another name or price. Fact, and told to whom it may concern."""

    sku: str
    name: str
    price_cents: int


@VOCABULARY.message("shelf.seen")
class ShelfSeen(msgspec.Struct, frozen=True):
    """Inventory was heard to have so many free pieces; more ``changes`` are newer."""

    sku: str
    available: int
    changes: int


class Level(msgspec.Struct, frozen=True):
    """A product's free pieces, as inventory tells them."""

    sku: str
    available: int
    changes: int


@VOCABULARY.message("inventory.reserved")
class InventoryReserved(msgspec.Struct, frozen=True):
    """From inventory: pieces were set aside."""

    levels: tuple[Level, ...]


@VOCABULARY.message("inventory.released")
class InventoryReleased(msgspec.Struct, frozen=True):
    """From inventory: pieces are free again."""

    levels: tuple[Level, ...]


class Product(msgspec.Struct, frozen=True):
    """A product as a buyer sees it. ``available`` is what inventory was heard to have at
    ``stock_seen_at``; None before it was first heard."""

    sku: str
    name: str
    price_cents: int
    available: int | None = None
    stock_seen_at: str = ""


class UpdateProduct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name or price; what is left out stays."""

    sku: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    price_cents: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None


class ListProducts(msgspec.Struct, frozen=True):
    """Products in order of their sku, a page after ``after``; ``search`` looks in names."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    search: str = ""


class ProductPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last."""

    products: tuple[Product, ...]
    next: str | None


class GetProduct(msgspec.Struct, frozen=True):
    """One product."""

    sku: str


class GetPrices(msgspec.Struct, frozen=True):
    """Prices of several products: skus separated by commas, at most 50."""

    skus: str


class Prices(msgspec.Struct, frozen=True):
    """Price in cents by sku; unknown products are absent."""

    prices_cents: dict[str, int]


LIST_PRODUCTS = Operation(
    service="catalog",
    name="list_products",
    method="GET",
    path="/products",
    request=ListProducts,
    result=ProductPage,
    summary="Browse the products",
)
GET_PRODUCT = Operation(
    service="catalog",
    name="get_product",
    method="GET",
    path="/products/{sku}",
    request=GetProduct,
    result=Product,
    summary="Look at one product",
    errors=("not_found",),
)
GET_PRICES = Operation(
    service="catalog",
    name="get_prices",
    method="GET",
    path="/prices",
    request=GetPrices,
    result=Prices,
    summary="Prices of several products at once",
    errors=("invalid",),
)
UPDATE_PRODUCT = Operation(
    service="catalog",
    name="update_product",
    method="PUT",
    path="/products/{sku}",
    request=UpdateProduct,
    result=Product,
    summary="Change a product's name or price",
    errors=("not_found", "invalid"),
)
