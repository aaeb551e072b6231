"""The whole shop, in virtual time: each way that an order can go, and crashes anywhere."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.service import crash
from practicum.service.errors import OperationError
from practicum.service.retry import RetryPolicy, retry
from practicum.shop.bank.messages import SET_MOOD, Mood
from practicum.shop.bank.rules import DECLINED_CARD
from practicum.shop.order.messages import (
    CANCEL_ORDER,
    LIST_ORDERS,
    ListOrders,
    OrderId,
    OrderView,
    PlaceOrder,
    WantedLine,
)
from worlds.mortal import RESTART_S, fate
from worlds.shop_in_memory import PIECES, SCARCE, SETTINGS, MemoryShop, memory_shop
from worlds.virtual_time import in_virtual_time, run


async def refused(
    shop: MemoryShop, *lines: tuple[str, int], key: str | None = None
) -> tuple[str, str]:
    """The code and text of the error with which an order is not accepted."""
    with pytest.raises(OperationError) as caught:
        await shop.place(*lines, key=key)
    return caught.value.code, caught.value.message


@in_virtual_time
async def test_an_order_is_confirmed_and_everything_adds_up() -> None:
    """Stock is set aside, the card is charged once, the total is the sum of the lines."""
    async with memory_shop() as shop:
        placed = await shop.place(("P0001", 2), ("P0002", 1))
        assert placed.status == "pending"
        order = await shop.ended(placed.order_id)
        assert order.status == "confirmed"
        goods = sum(x.quantity * x.price_cents for x in order.lines)
        assert order.total_cents == goods + order.shipping_cents
        (entry,) = await shop.ledger()
        assert (entry.kind, entry.amount_cents) == ("charge", order.total_cents)
        assert (await shop.stock())["P0001"].reserved == 2
        await shop.settle()
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_an_order_for_more_than_there_is_is_cancelled_and_nobody_is_charged() -> None:
    """The reason names the product; the other line is not set aside either."""
    async with memory_shop() as shop:
        order = await shop.ended((await shop.place(("P0001", 1), (SCARCE, 6))).order_id)
        assert order.status == "cancelled"
        assert order.reason == f"{SCARCE}: 6 wanted, 5 left"
        assert await shop.ledger() == []
        assert (await shop.stock())["P0001"].reserved == 0


@in_virtual_time
async def test_the_last_pieces_are_sold_once() -> None:
    """Ten buyers at once want 1 of the 5 that are left."""
    async with memory_shop() as shop:
        placed = await asyncio.gather(*[shop.place((SCARCE, 1)) for _ in range(10)])
        ends = [await shop.ended(x.order_id) for x in placed]
        assert sorted(x.status for x in ends) == ["cancelled"] * 5 + ["confirmed"] * 5
        await shop.settle()
        assert await shop.wrongs([x.order_id for x in placed]) == []


@in_virtual_time
async def test_a_declined_card_gives_the_stock_back() -> None:
    """The order is cancelled with the bank's reason, and nothing stays set aside."""
    async with memory_shop() as shop:
        placed = await shop.place(("P0001", 3), card=DECLINED_CARD)
        order = await shop.ended(placed.order_id)
        assert (order.status, order.reason) == ("cancelled", "the card has no cover")
        await shop.settle()
        assert (await shop.stock())["P0001"].available == PIECES
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_a_pending_order_can_be_cancelled_and_is_undone() -> None:
    """While the bank thinks about it; a second cancellation changes nothing."""
    async with memory_shop() as shop:
        await shop.caller.call(SET_MOOD, Mood(delay_ms=2000), timeout_s=10)
        placed = await shop.place(("P0001", 3))
        await asyncio.sleep(1)
        cancelled = await cancel(shop, placed)
        assert cancelled.step == "undo charge"
        await cancel(shop, placed)
        order = await shop.ended(placed.order_id)
        assert (order.status, order.reason) == ("cancelled", "cancelled by the buyer")
        await shop.settle()
        assert [x.kind for x in await shop.ledger()] == ["charge", "refund"]
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_what_has_ended_cannot_be_cancelled() -> None:
    """A confirmed order is a conflict, a cancelled one stays so, an unknown one is not found."""
    async with memory_shop() as shop:
        confirmed = await shop.ended((await shop.place(("P0001", 1))).order_id)
        with pytest.raises(OperationError, match="confirmed already") as conflict:
            await cancel(shop, confirmed)
        assert conflict.value.code == "conflict"
        cancelled = await shop.ended((await shop.place((SCARCE, 99))).order_id)
        assert (await cancel(shop, cancelled)).reason == cancelled.reason
        with pytest.raises(OperationError, match="no order o-none"):
            await shop.caller.call(CANCEL_ORDER, OrderId("o-none"), timeout_s=10)
        with pytest.raises(OperationError, match="no order o-none"):
            await shop.look("o-none")


async def cancel(shop: MemoryShop, order: OrderView) -> OrderView:
    """Cancel an order, one try."""
    return await shop.caller.call(CANCEL_ORDER, OrderId(order.order_id), timeout_s=10)


@in_virtual_time
async def test_an_order_whose_inventory_is_silent_turns_back_and_ends_when_it_returns() -> None:
    """After the step's timeout it is undone, with insistence; late answers change nothing."""
    async with memory_shop() as shop:
        shop["inventory"].kill()
        placed = await shop.place(("P0001", 1))
        await asyncio.sleep(29)
        assert (await shop.look(placed.order_id)).step == "reserve"
        await asyncio.sleep(2)
        order = await shop.look(placed.order_id)
        assert (order.step, order.reason) == ("undo reserve", "no answer to reserve in 30 s")
        await asyncio.sleep(200)
        assert shop.sent("shop.inventory.release.v1") == 7  # 5, 10, 20, 40, then 60 s apart
        shop["inventory"].start()
        assert (await shop.ended(placed.order_id)).status == "cancelled"
        await shop.settle()
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_a_silent_payment_is_refunded_before_the_stock_is_released() -> None:
    """Payment dies with the command in the log; when it comes back the money has gone home."""
    async with memory_shop() as shop:
        shop["payment"].kill()
        placed = await shop.place(("P0001", 1))
        await asyncio.sleep(31)
        assert (await shop.look(placed.order_id)).step == "undo charge"
        shop["payment"].start()
        assert (await shop.ended(placed.order_id)).status == "cancelled"
        await shop.settle()
        assert [x.kind for x in await shop.ledger()] in ([], ["charge", "refund"])
        assert await shop.wrongs([placed.order_id]) == []


@in_virtual_time
async def test_a_bank_that_is_away_for_a_while_costs_time_and_nothing_else() -> None:
    """No try is counted, nothing is parked, the order is confirmed when the bank is back."""
    async with memory_shop() as shop:
        shop["bank"].kill()
        placed = await shop.place(("P0001", 1))
        await asyncio.sleep(20)
        assert (await shop.look(placed.order_id)).step == "charge"
        shop["bank"].start()
        assert (await shop.ended(placed.order_id)).status == "confirmed"
        assert await shop.parked() == []
        assert len(await shop.ledger()) == 1


@in_virtual_time
async def test_a_bank_whose_answers_get_lost_charges_once() -> None:
    """The charge stands in the ledger, payment does not know, and asks under the same key."""
    async with memory_shop() as shop:
        shop.caller.mute.add("bank")
        placed = await shop.place(("P0001", 1))
        await asyncio.sleep(5)
        assert await shop["bank"].store.head() == 1
        assert (await shop.look(placed.order_id)).step == "charge"
        shop.caller.mute.clear()
        assert (await shop.ended(placed.order_id)).status == "confirmed"
        assert [x.kind for x in await shop.ledger()] == ["charge"]


@in_virtual_time
async def test_a_slow_bank_does_not_hold_up_other_orders_for_longer_than_its_own_answers() -> None:
    """Thirty orders, three seconds each: side by side they take far less than ninety."""
    async with memory_shop() as shop:
        await shop.caller.call(SET_MOOD, Mood(delay_ms=3000), timeout_s=10)
        loop = asyncio.get_running_loop()
        began = loop.time()
        placed = await asyncio.gather(*[shop.place((f"P00{n:02d}", 1)) for n in range(1, 31)])
        for order in placed:
            assert (await shop.ended(order.order_id)).status == "confirmed"
        assert loop.time() - began < 15  # virtual seconds: no machine is too slow for this


@in_virtual_time
async def test_a_repeated_key_gives_the_same_order_and_another_body_is_refused() -> None:
    """While pending, and after the end; nothing is charged twice."""
    async with memory_shop() as shop:
        first = await shop.place(("P0001", 1), key="k1")
        again = await shop.place(("P0001", 1), key="k1")
        assert again.order_id == first.order_id
        ended = await shop.ended(first.order_id)
        assert await shop.place(("P0001", 1), key="k1") == ended
        code, text = await refused(shop, ("P0001", 2), key="k1")
        assert code == "key_reused"
        assert first.order_id in text
        assert len(await shop.ledger()) == 1
        other = await shop.place(("P0001", 1), key="k2")
        assert other.order_id != first.order_id


@in_virtual_time
async def test_a_key_used_twice_at_once_places_one_order() -> None:
    """Both requests are under way before either is stored."""
    async with memory_shop() as shop:
        both = await asyncio.gather(*[shop.place(("P0001", 1), key="k") for _ in range(2)])
        assert both[0].order_id == both[1].order_id
        await shop.settle()
        assert await shop.wrongs([both[0].order_id]) == []
        assert len(await shop.ledger()) == 1


@in_virtual_time
async def test_orders_that_make_no_sense_are_refused_with_the_field() -> None:
    """Unknown products, a product twice, impossible quantities, no lines, no card."""
    async with memory_shop() as shop:
        assert await refused(shop, ("P9999", 1)) == ("invalid", "there is no product P9999")
        code, text = await refused(shop, ("P0001", 1), ("P0001", 2))
        assert (code, "two lines" in text) == ("invalid", True)
        for quantity in (0, -1, 101, 10**30):
            code, text = await refused(shop, ("P0001", quantity))
            assert (code, "lines[0].quantity" in text or "int" in text) == ("invalid", True)
        assert (await refused(shop))[0] == "invalid"
        assert (await refused(shop, *[(f"P00{n:02d}", 1) for n in range(1, 22)]))[0] == "invalid"
        with pytest.raises(OperationError, match="card"):
            await shop.place(("P0001", 1), card="4111 1111 1111 1111")
        assert (await shop.caller.call(LIST_ORDERS, ListOrders(), timeout_s=10)).orders == ()


@in_virtual_time
async def test_without_prices_nothing_is_begun() -> None:
    """Catalog is away, or up and still reading: the buyer may try again later."""
    async with memory_shop() as shop:
        shop["catalog"].kill()
        code, text = await refused(shop, ("P0001", 1))
        assert (code, "no prices from catalog" in text) == ("dependency_down", True)
        shop["catalog"].start()  # nothing of it has run yet
        placed = await shop.place(("P0001", 1))
        assert (await shop.ended(placed.order_id)).status == "confirmed"


@in_virtual_time
async def test_all_orders_are_listed_page_by_page() -> None:
    """A page's next leads to the rest; nothing is left out or told twice."""
    async with memory_shop() as shop:
        placed = [(await shop.place((f"P00{n:02d}", 1))).order_id for n in range(1, 8)]
        await shop.settle()
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            request = ListOrders(after=after, limit=3)
            page = await shop.caller.call(LIST_ORDERS, request, timeout_s=10)
            assert len(page.orders) <= 3
            found += [x.order_id for x in page.orders]
            after = page.next
        assert found == sorted(placed)


POINTS = sorted(
    name
    for name in crash.crash_points()
    if name.split(".")[0] in ("bank", "consumer", "order", "payment", "relay", "timer")
)
IMPATIENT = {**SETTINGS, "order": {"step_timeout_s": 4.0}}


class Buyer:
    """One random order; ``cancels_after_s`` None if its buyer keeps it."""

    def __init__(
        self, lines: dict[str, int], card: str, starts_s: float, cancels_after_s: float | None
    ) -> None:
        self.request = PlaceOrder(tuple(WantedLine(*line) for line in lines.items()), card)
        self.starts_s = starts_s
        self.cancels_after_s = cancels_after_s

    def __repr__(self) -> str:
        return f"Buyer({self.request}, {self.starts_s}, {self.cancels_after_s})"

    async def buy(self, shop: MemoryShop, number: int, accepted: list[str]) -> None:
        """Place the order with patience, under one key; perhaps regret it."""
        policy = RetryPolicy(attempts_max=60, idempotent=True)
        await asyncio.sleep(self.starts_s)
        lines = [(x.sku, x.quantity) for x in self.request.lines]
        placed = await retry(
            lambda: shop.place(*lines, card=self.request.card, key=f"k{number}"),
            policy=policy,
            world=shop.world,
        )
        accepted.append(placed.order_id)
        if self.cancels_after_s is not None:
            await asyncio.sleep(self.cancels_after_s)
            try:
                await retry(lambda: cancel(shop, placed), policy=policy, world=shop.world)
            except OperationError as error:
                if error.code != "conflict":
                    raise


BUYERS = st.lists(
    st.builds(
        Buyer,
        st.dictionaries(
            st.sampled_from(["P0001", "P0002", "P0003", SCARCE]),
            st.integers(1, 4),
            min_size=1,
            max_size=3,
        ),
        st.sampled_from(["tok-visa", "tok-visa", "tok-visa", DECLINED_CARD]),
        st.floats(0, 3),
        st.none() | st.floats(0, 3),
    ),
    min_size=1,
    max_size=8,
)
CRASHES = st.sets(st.tuples(st.sampled_from(POINTS), st.integers(1, 5)), max_size=5)
KILLS = st.lists(
    st.tuples(
        st.sampled_from(["bank", "catalog", "inventory", "order", "payment"]),
        st.floats(0, 6),
        st.floats(0.1, 6),
    ),
    max_size=3,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(buyers=BUYERS, crashes=CRASHES, kills=KILLS, delay_ms=st.sampled_from([0, 0, 40, 2000]))
def test_whatever_crashes_no_order_no_cent_and_no_piece_is_lost(
    buyers: list[Buyer],
    crashes: set[tuple[str, int]],
    kills: list[tuple[str, float, float]],
    delay_ms: int,
) -> None:
    """Random orders, crash points and kills: in the end all scales pass, and nothing is parked."""
    run(_live_through(buyers, crashes, kills, delay_ms))


@pytest.mark.parametrize("point", POINTS)
def test_each_crash_point_of_the_shop_is_hit_and_survived(point: str) -> None:
    """Orders of every kind go by; the first three visits of the point are deadly."""
    buyers = [
        Buyer({"P0001" if n % 4 else SCARCE: 1}, "tok-visa", n / 2, 0.4 if n % 2 else None)
        for n in range(1, 25)
    ] + [Buyer({"P0002": 2}, DECLINED_CARD, 2.0, None)]
    kills = [("inventory", 1.0, 5.5)]  # for so long that steps are overdue
    struck = run(_live_through(buyers, {(point, n) for n in (1, 2, 3)}, kills, 900))
    assert len(struck) == 3


async def _live_through(
    buyers: list[Buyer],
    crashes: set[tuple[str, int]],
    kills: list[tuple[str, float, float]],
    delay_ms: int,
) -> list[str]:
    """Let the buyers buy while everything goes wrong, and weigh the end; returns the crashes."""
    accepted: list[str] = []
    async with memory_shop(IMPATIENT) as shop:
        await shop.caller.call(SET_MOOD, Mood(delay_ms=delay_ms), timeout_s=10)
        loop = asyncio.get_running_loop()
        for name, at_s, for_s in kills:
            loop.call_later(at_s, shop[name].kill)
            loop.call_later(at_s + for_s, shop[name].start)
        with fate(crashes) as fates:
            async with asyncio.timeout(600):
                await asyncio.gather(
                    *[buyer.buy(shop, n, accepted) for n, buyer in enumerate(buyers)]
                )
            await asyncio.sleep(12 + RESTART_S)  # the last kill is over
            await shop.settle()
        assert await shop.wrongs(accepted) == []
        assert len(accepted) == len(buyers)
        assert await shop.parked() == []
    return fates.struck
