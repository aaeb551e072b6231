"""Catalog: what is for sale, and what is heard of its stock, from a read model.

The whole assortment is small, so each process keeps a copy of the read model for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from practicum.service.aggregate import Ref, Work
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.service.store import Append, Commit, Conflict, StoreUnavailable
from practicum.service.views import Reader
from practicum.shop.catalog.messages import (
    GET_PRICES,
    GET_PRODUCT,
    LIST_PRODUCTS,
    UPDATE_PRODUCT,
    VOCABULARY,
    GetPrices,
    GetProduct,
    InventoryReleased,
    InventoryReserved,
    ListProducts,
    Prices,
    Product,
    ProductPage,
    ProductUpdated,
    ShelfSeen,
    UpdateProduct,
)
from practicum.shop.catalog.rules import LISTING, PRODUCTS, SHELF, assortment, page

EVENTS = "catalog-events"
INVENTORY_EVENTS = "inventory-events"
SKUS_MAX = 50
COPY_AGE_S_MAX = 0.5
FIRST_COPY_S_MAX, FIRST_COPY_POLL_S = 1.0, 0.05


def build(ports: Ports) -> Service:
    """The catalog on its ports. Setting: ``products``, how many there are."""
    service = Service(ports, VOCABULARY)
    copy = Copy(service.project(PRODUCTS))

    @service.at_start
    async def fill() -> None:
        if await ports.store.head() == 0:
            await _stock_up(service, int(ports.settings.get("products", 1000)))

    service.on(InventoryReserved, topic=INVENTORY_EVENTS, streams=_shelves)(hear)
    service.on(InventoryReleased, topic=INVENTORY_EVENTS, streams=_shelves)(hear)
    _answer_buyers(service, copy)

    @service.answers(UPDATE_PRODUCT)
    async def update_product(request: UpdateProduct) -> Product:
        product = await copy.product(request.sku)
        updated = ProductUpdated(
            request.sku,
            request.name if request.name is not None else product.name,
            request.price_cents if request.price_cents is not None else product.price_cents,
        )

        def decide(work: Work) -> None:
            work.record(LISTING, request.sku, updated)
            work.send(EVENTS, updated)

        await service.transact([Ref(LISTING, request.sku)], decide, key=request.sku)
        return Product(
            request.sku,
            updated.name,
            updated.price_cents,
            product.available,
            product.stock_seen_at,
        )

    return service


def _answer_buyers(service: Service, copy: Copy) -> None:
    @service.answers(LIST_PRODUCTS)
    async def list_products(request: ListProducts) -> ProductPage:
        return page(await copy.products(), request)

    @service.answers(GET_PRODUCT)
    async def get_product(request: GetProduct) -> Product:
        return await copy.product(request.sku)

    @service.answers(GET_PRICES)
    async def get_prices(request: GetPrices) -> Prices:
        skus = request.skus.split(",")
        if len(skus) > SKUS_MAX:
            raise OperationError("invalid", f"ask for at most {SKUS_MAX} skus", field="skus")
        known = await copy.products()
        return Prices({sku: known[sku].price_cents for sku in skus if sku in known})


class Copy:
    """The read model in memory, at most `COPY_AGE_S_MAX` seconds old."""

    def __init__(self, reader: Reader[Product]) -> None:
        self._reader = reader
        self._products: dict[str, Product] = {}
        self._read_at = float("-inf")
        self._turn = asyncio.Lock()

    async def products(self) -> Mapping[str, Product]:
        """All products in order of their skus. A catalog that has just begun has them in a
        moment, for which this waits `FIRST_COPY_S_MAX` seconds at most.

        Raises `OperationError` ``dependency_down`` if they cannot be read then.
        """
        now = asyncio.get_running_loop().time()
        if not self._products:
            await self._wait_for_the_first(now + FIRST_COPY_S_MAX)
        elif now - self._read_at > COPY_AGE_S_MAX and not self._turn.locked():
            async with self._turn:  # one reads, the others are served what there is
                await self._read()
                self._read_at = now
        if not self._products:  # an empty answer would say that there is no such product
            raise OperationError("dependency_down", "the assortment is not read yet: ask again")
        return self._products

    async def product(self, sku: str) -> Product:
        """One product. Raises `OperationError` ``not_found``."""
        products = await self.products()
        if sku not in products:
            raise OperationError("not_found", f"there is no product {sku}", field="sku")
        return products[sku]

    async def _wait_for_the_first(self, until: float) -> None:
        """Read until the view is there; it is served when it has folded all there was."""
        now = asyncio.get_running_loop().time
        async with self._turn:
            while not self._products:
                await self._read()
                self._read_at = now()
                if self._products or self._read_at >= until:
                    break
                await asyncio.sleep(FIRST_COPY_POLL_S)

    async def _read(self) -> None:
        products: dict[str, Product] = {}
        after = ""
        try:
            while True:
                found = await self._reader.page(after=after, limit=1000)
                products.update((product.sku, product) for product in found.documents)
                if not found.full:
                    break
                after = found.documents[-1].sku
        except StoreUnavailable:
            return  # an older copy is better than none
        self._products = {sku: x for sku, x in products.items() if x.name}


def hear(event: InventoryReserved | InventoryReleased, work: Work) -> None:
    """Inventory tells how much is left; what is older than what is known is dropped."""
    for level in event.levels:
        if level.changes > work.state(SHELF, level.sku).changes:
            work.record(SHELF, level.sku, ShelfSeen(level.sku, level.available, level.changes))


def _shelves(event: InventoryReserved | InventoryReleased) -> Iterable[Ref]:
    for level in event.levels:
        yield Ref(SHELF, level.sku)


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
