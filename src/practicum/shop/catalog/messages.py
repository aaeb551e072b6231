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


class Product(msgspec.Struct, frozen=True):
    """A product as a buyer sees it."""

    sku: str
    name: str
    price_cents: int


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
