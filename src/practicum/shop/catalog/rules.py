"""The assortment: made from a number, so that every shop of that size sells the same."""

from __future__ import annotations

from collections.abc import Mapping

from practicum.shop.catalog.messages import ListProducts, Product, ProductAdded, ProductPage

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
