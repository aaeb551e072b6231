"""Catalog: read-only; the whole assortment is kept in memory, its truth in the store."""

from __future__ import annotations

from collections.abc import Mapping

from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.service.store import Append, Commit, Conflict
from practicum.shop.catalog.messages import (
    GET_PRICES,
    GET_PRODUCT,
    LIST_PRODUCTS,
    VOCABULARY,
    GetPrices,
    GetProduct,
    ListProducts,
    Prices,
    Product,
    ProductAdded,
    ProductPage,
)
from practicum.shop.catalog.rules import assortment, page

SKUS_MAX = 50


def build(ports: Ports) -> Service:
    """The catalog on its ports. Setting: ``products``, how many there are."""
    service = Service(ports, VOCABULARY)
    products: dict[str, Product] = {}

    @service.at_start
    async def fill() -> None:
        if await ports.store.head() == 0:
            await _stock_up(service, int(ports.settings.get("products", 1000)))
        read: dict[str, Product] = {}
        position = 0
        while events := await ports.store.read_all(after=position):
            for stored in events:
                added = VOCABULARY.decode(stored.event)
                if isinstance(added, ProductAdded):
                    read[added.sku] = Product(added.sku, added.name, added.price_cents)
            position = events[-1].position
        products.update(read)

    def for_sale() -> Mapping[str, Product]:
        if not products:  # an empty answer would say that there is no such product
            raise OperationError("dependency_down", "the assortment is not read yet: ask again")
        return products

    @service.answers(LIST_PRODUCTS)
    async def list_products(request: ListProducts) -> ProductPage:
        return page(for_sale(), request)

    @service.answers(GET_PRODUCT)
    async def get_product(request: GetProduct) -> Product:
        if request.sku not in for_sale():
            raise OperationError("not_found", f"there is no product {request.sku}", field="sku")
        return products[request.sku]

    @service.answers(GET_PRICES)
    async def get_prices(request: GetPrices) -> Prices:
        skus = request.skus.split(",")
        if len(skus) > SKUS_MAX:
            raise OperationError("invalid", f"ask for at most {SKUS_MAX} skus", field="skus")
        known = for_sale()
        return Prices({sku: known[sku].price_cents for sku in skus if sku in known})

    return service


async def _stock_up(service: Service, size: int) -> None:
    """Put the assortment into an empty store; another member may have been faster."""
    ports = service.ports
    context = service.context()
    events = tuple(
        VOCABULARY.encode(
            added, key=added.sku, source=f"/{service.name}", context=context, world=ports.world
        )
        for added in assortment(size)
    )
    try:
        await ports.store.commit(Commit(appends=(Append("assortment", 0, events),)))
    except Conflict:
        return
