"""The catalog: the same assortment every time, page by page."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.service.errors import OperationError
from practicum.shop.catalog import service as catalog
from practicum.shop.catalog.messages import (
    GET_PRICES,
    GET_PRODUCT,
    UPDATE_PRODUCT,
    GetPrices,
    GetProduct,
    ListProducts,
    Product,
    UpdateProduct,
)
from practicum.shop.catalog.rules import assortment, page, sku_of
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.shop_in_memory import PIECES, memory_shop
from worlds.virtual_time import VirtualWorld, eventually, in_virtual_time

PRODUCTS = {x.sku: Product(x.sku, x.name, x.price_cents) for x in assortment(120)}


def test_two_shops_of_one_size_sell_the_same() -> None:
    """At the same prices, all of them between 1 and 200 units of money."""
    assert assortment(1000) == assortment(1000)
    assert assortment(1000)[:10] == assortment(10)
    assert all(100 <= x.price_cents < 20_000 for x in assortment(1000))
    assert [x.sku for x in assortment(3)] == [sku_of(n) for n in (1, 2, 3)]


@given(st.integers(1, 130), st.sampled_from(["", "lamp", "OAK", "no. 1", "nothing like it"]))
def test_pages_put_together_are_all_that_match(limit: int, search: str) -> None:
    """Every product once, in order, whatever the size of the pages."""
    found: list[Product] = []
    after: str | None = ""
    while after is not None:
        answer = page(PRODUCTS, ListProducts(after=after, limit=limit, search=search))
        assert len(answer.products) <= limit
        assert answer.next is None or answer.products
        found += answer.products
        after = answer.next
    assert found == [x for x in PRODUCTS.values() if search.lower() in x.name.lower()]


@in_virtual_time
async def test_prices_are_refused_until_the_assortment_is_read() -> None:
    """An empty answer would tell the order service that there is no such product."""
    world = VirtualWorld()
    store = MemoryEventStore(world)
    ports = tally.ports(world, store, MemoryEventLog(world))
    ports = msgspec.structs.replace(ports, settings={"products": 10})
    service = catalog.build(ports)
    answers = {bound.operation.name: bound.answer for bound in service.operations}
    with pytest.raises(OperationError) as caught:
        await answers[GET_PRICES.name](GetPrices("P0001"))
    assert (caught.value.code, caught.value.transient) == ("dependency_down", True)
    for _ in range(2):  # the second life has the assortment already
        for starter in service.starters:
            await starter()
    assert await store.head() == 10


@in_virtual_time
async def test_who_asks_a_catalog_that_has_just_begun_is_served_in_a_moment() -> None:
    """All who ask at once, and of the whole assortment."""
    world = VirtualWorld()
    store = MemoryEventStore(world)
    ports = tally.ports(world, store, MemoryEventLog(world))
    service = catalog.build(msgspec.structs.replace(ports, settings={"products": 2500}))
    answers = {bound.operation.name: bound.answer for bound in service.operations}
    first, last = sku_of(1), sku_of(2500)
    asked = [
        asyncio.create_task(answers[GET_PRICES.name](GetPrices(f"{first},{last}")))
        for _ in range(3)
    ]
    await asyncio.sleep(0.2)
    for starter in service.starters:
        await starter()
    (projector,) = service.projectors
    projecting = asyncio.create_task(projector.run())
    for each in asked:
        assert sorted((await each).prices_cents) == [first, last]
    projecting.cancel()


@in_virtual_time
async def test_a_buyer_sees_the_products_and_what_is_left_of_them() -> None:
    """The stock comes by events, a little later; an unknown product is not found."""
    async with memory_shop() as shop:
        placed = await shop.place(("P0001", 3))
        await shop.ended(placed.order_id)
        ask = shop.caller.call

        async def seen() -> bool:
            product = await ask(GET_PRODUCT, GetProduct("P0001"), timeout_s=10)
            return product.available == PIECES - 3

        await eventually(seen)
        prices = await ask(GET_PRICES, GetPrices("P0001,P9999,"), timeout_s=10)
        assert list(prices.prices_cents) == ["P0001"]
        with pytest.raises(OperationError, match="P9999"):
            await ask(GET_PRODUCT, GetProduct("P9999"), timeout_s=10)
        with pytest.raises(OperationError, match="at most 50"):
            await ask(GET_PRICES, GetPrices("," * 50), timeout_s=10)


@in_virtual_time
async def test_a_new_price_reaches_catalog_and_order() -> None:
    """The next order pays it; an order already placed keeps its own."""
    async with memory_shop() as shop:
        before = await shop.place(("P0001", 1))
        update = UpdateProduct("P0001", price_cents=12_345)
        answer = await shop.caller.call(UPDATE_PRODUCT, update, timeout_s=10)
        assert answer.price_cents == 12_345
        await shop.settle()

        async def paid() -> bool:
            return (await shop.place(("P0001", 1))).lines[0].price_cents == 12_345

        await eventually(paid)
        assert (await shop.look(before.order_id)).lines == before.lines
        missing = UpdateProduct("P9999", price_cents=1)
        with pytest.raises(OperationError, match="P9999"):
            await shop.caller.call(UPDATE_PRODUCT, missing, timeout_s=10)
