"""A crowd of buyers, drawn from a seed: most are ordinary, some have no money, some want what
is scarce or more than a carrier takes, some change their mind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import msgspec

from practicum.service.errors import OperationError
from practicum.service.operations import Caller
from practicum.service.retry import RetryPolicy, retry
from practicum.service.world import World
from practicum.shop.manifest import PRODUCTS
from practicum.shop.order.messages import (
    CANCEL_ORDER,
    PLACE_ORDER,
    OrderId,
    OrderView,
    PlaceOrder,
    WantedLine,
)
from practicum.shop.order.rules import order_id_for

SCARCE_EVERY = 50
TIMEOUT_S = 10.0
FICKLE_RATIO = 0.05
HEAVY_FROM = 0.97
HEAVY_PIECES = 45
ALL_PRODUCTS = range(1, PRODUCTS + 1)


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """One buyer's order, under one idempotency key; she may cancel it after so many seconds."""

    key: str
    order: PlaceOrder
    cancels_after_s: float | None


class Taste(msgspec.Struct, frozen=True, kw_only=True):
    """What a crowd is like: ``fickle_ratio`` (up to 0.9) of it change their mind; it buys the
    products of ``shelf``, by number. With a ``seed`` two runs draw the same buyers."""

    fickle_ratio: float = FICKLE_RATIO
    shelf: range = ALL_PRODUCTS
    seed: str = ""


ORDINARY = Taste()


def draw_buyer(run: str, number: int, taste: Taste = ORDINARY) -> Buyer:
    """The ``number``-th buyer of a run; the same arguments give the same buyer."""
    chance = random.Random(f"{taste.seed or run}/{number}")
    mood = chance.random()
    places = chance.sample(range(len(taste.shelf)), chance.randint(1, 3))
    skus = [taste.shelf[place] for place in places]
    if mood < 0.03:
        skus[0] = chance.choice([n for n in taste.shelf if n % SCARCE_EVERY == 0])
    lines = {f"P{n:04d}": chance.randint(1, 3) for n in skus}
    if mood >= HEAVY_FROM:  # refused by shipping, when the card is charged already
        lines = dict.fromkeys(lines, HEAVY_PIECES)
    return Buyer(
        key=f"{run}-{number}",
        order=PlaceOrder(
            tuple(WantedLine(sku, quantity) for sku, quantity in lines.items()),
            "tok-declined" if 0.03 <= mood < 0.07 else "tok-visa",
        ),
        cancels_after_s=chance.uniform(0, 0.15)
        if 0.07 <= mood < 0.07 + taste.fickle_ratio
        else None,
    )


class Crowd:
    """Places orders and remembers what was promised to whom."""

    def __init__(self, run: str, caller: Caller, world: World, *, taste: Taste = ORDINARY) -> None:
        self.accepted: list[str] = []
        self.asked: list[str] = []
        self._run = run
        self._taste = taste
        self._caller = caller
        self._world = world
        self._policy = RetryPolicy(attempts_max=12, idempotent=True)
        self._cancelling: set[asyncio.Task[None]] = set()

    async def buy(self, number: int) -> None:
        """Let one buyer place her order. Raises `OperationError` if it is not accepted."""
        buyer = draw_buyer(self._run, number, self._taste)
        self.asked.append(order_id_for(buyer.key))
        placed = await self._insist(
            lambda: self._caller.call(
                PLACE_ORDER, buyer.order, timeout_s=TIMEOUT_S, idempotency_key=buyer.key
            )
        )
        self.accepted.append(placed.order_id)
        if buyer.cancels_after_s is not None:
            cancelling = self._cancel(placed.order_id, buyer.cancels_after_s)
            self._cancelling.add(asyncio.create_task(cancelling))

    async def finish(self) -> None:
        """Wait for the last buyers who change their mind."""
        await asyncio.gather(*self._cancelling)

    def leave(self) -> None:
        """Those who still wait to change their mind go home."""
        for task in self._cancelling:
            task.cancel()

    async def _insist(self, call: Callable[[], Awaitable[OrderView]]) -> OrderView:
        return await retry(call, policy=self._policy, world=self._world)

    async def _cancel(self, order_id: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        request = OrderId(order_id)
        try:
            await self._insist(
                lambda: self._caller.call(CANCEL_ORDER, request, timeout_s=TIMEOUT_S)
            )
        except OperationError:
            return  # confirmed already, or the shop is away: the order stands as it is
