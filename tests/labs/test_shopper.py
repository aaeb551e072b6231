"""The crowd: the same buyers for the same seed, of every kind, and honest about promises."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.labs.experiment.ending import wait_until_ended
from practicum.labs.experiment.shopper import Crowd, draw_buyer
from practicum.labs.facts import read_books
from practicum.service.errors import OperationError
from practicum.service.wire import OperationCodec
from practicum.shop.bank.messages import SET_MOOD, Mood
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import PRODUCTS
from practicum.shop.order.messages import PLACE_ORDER
from practicum.stress.open_loop import Shot, open_loop
from worlds.shop_in_memory import SETTINGS, memory_shop
from worlds.virtual_time import in_virtual_time

BIG = {
    **SETTINGS,
    "catalog": {"products": PRODUCTS},
    "inventory": {"products": PRODUCTS, "pieces": 20},
}


@given(st.text(max_size=10), st.integers(0, 10**6))
def test_a_buyer_is_drawn_from_run_and_number_alone(run: str, number: int) -> None:
    """And always asks for what the order service can read."""
    buyer = draw_buyer(run, number)
    assert buyer == draw_buyer(run, number)
    codec = OperationCodec(PLACE_ORDER)
    text = codec.write_request(buyer.order)
    assert codec.read_request({}, text.query, text.body) == buyer.order


def test_buyers_are_of_every_kind_and_have_keys_of_their_own() -> None:
    """Most are ordinary; some have no money, want what is scarce, or change their mind."""
    buyers = [draw_buyer("run", n) for n in range(2000)]
    scarce = {sku for sku, pieces in arrivals(PRODUCTS, 1000).items() if pieces < 1000}
    kinds = Counter(
        (x.order.card, x.cancels_after_s is not None, bool({y.sku for y in x.order.lines} & scarce))
        for x in buyers
    )
    assert len({x.key for x in buyers}) == 2000
    assert kinds["tok-visa", False, False] > 1500
    assert sum(n for kind, n in kinds.items() if kind[0] == "tok-declined") > 40
    assert sum(n for kind, n in kinds.items() if kind[1]) > 50
    assert sum(n for kind, n in kinds.items() if kind[2]) > 40
    assert draw_buyer("other", 1) != buyers[1]


@in_virtual_time
async def test_a_crowd_remembers_each_promise_once_and_all_of_them_end() -> None:
    """Forty orders a second at a shop that works."""
    shots: list[Shot] = []
    async with memory_shop(BIG) as shop:
        await shop.caller.call(SET_MOOD, Mood(delay_ms=40), timeout_s=10)
        crowd = Crowd("run", shop.caller, shop.world)
        await open_loop(crowd.buy, rate=40, duration_s=3, on_shot=shots.append)
        await crowd.finish()
        ended: set[str] = set()
        await wait_until_ended(crowd.accepted, shop.caller, ended.add)
        await shop.settle()
        assert await shop.wrongs(crowd.accepted) == []
    assert [shot.error for shot in shots] == [None] * 120
    assert len(crowd.accepted) == len(set(crowd.accepted)) == len(ended) == 120


@in_virtual_time
async def test_a_buyer_whose_answers_get_lost_asks_again_and_has_one_order() -> None:
    """The order was accepted though nobody said so; the key finds it."""
    async with memory_shop(BIG) as shop:
        crowd = Crowd("run", shop.caller, shop.world)
        shop.caller.mute.add("order")
        buying = asyncio.create_task(crowd.buy(1))
        await asyncio.sleep(0.001)
        shop.caller.mute.clear()
        await buying
        await crowd.finish()
        await shop.settle()
        books = await read_books(shop.caller)
        assert {x.order_id for x in books.orders} == set(crowd.accepted)
        assert await shop.wrongs(crowd.accepted) == []


@in_virtual_time
async def test_an_order_that_was_not_accepted_is_no_promise() -> None:
    """The shop stays away: the buyer gives up, and nothing is remembered."""
    async with memory_shop(BIG) as shop:
        shop["order"].kill()
        crowd = Crowd("run", shop.caller, shop.world)
        with pytest.raises(OperationError):
            await crowd.buy(1)
        assert crowd.accepted == []
