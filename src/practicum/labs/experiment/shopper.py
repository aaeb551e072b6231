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

SCARCE_EVERY = 50
TIMEOUT_S = 10.0


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """One buyer's order, under one idempotency key; she may cancel it after so many seconds."""

    key: str
    order: PlaceOrder
    cancels_after_s: float | None


FICKLE_RATIO = 0.05
HEAVY_FROM = 0.97
HEAVY_PIECES = 45


def draw_buyer(run: str, number: int, *, fickle_ratio: float = FICKLE_RATIO) -> Buyer:
    """The ``number``-th buyer of a run; the same arguments give the same buyer.

    Of all buyers, ``fickle_ratio`` (up to 0.9) change their mind.
    """
    chance = random.Random(f"{run}/{number}")
    mood = chance.random()
    skus = chance.sample(range(1, PRODUCTS + 1), chance.randint(1, 3))
    if mood < 0.03:
        skus[0] = SCARCE_EVERY * chance.randint(1, PRODUCTS // SCARCE_EVERY)
    lines = {f"P{n:04d}": chance.randint(1, 3) for n in skus}
    if mood >= HEAVY_FROM:  # refused by shipping, when the card is charged already
        lines = dict.fromkeys(lines, HEAVY_PIECES)
    return Buyer(
        key=f"{run}-{number}",
        order=PlaceOrder(
            tuple(WantedLine(sku, quantity) for sku, quantity in lines.items()),
            "tok-declined" if 0.03 <= mood < 0.07 else "tok-visa",
        ),
        cancels_after_s=chance.uniform(0, 0.15) if 0.07 <= mood < 0.07 + fickle_ratio else None,
    )


class Crowd:
    """Places orders and remembers what was promised to whom."""

    def __init__(
        self, run: str, caller: Caller, world: World, *, fickle_ratio: float = FICKLE_RATIO
    ) -> None:
        self.accepted: list[str] = []
        self._run = run
        self._fickle_ratio = fickle_ratio
        self._caller = caller
        self._world = world
        self._policy = RetryPolicy(attempts_max=12, idempotent=True)
        self._cancelling: set[asyncio.Task[None]] = set()

    async def buy(self, number: int) -> None:
        """Let one buyer place her order. Raises `OperationError` if it is not accepted."""
        buyer = draw_buyer(self._run, number, fickle_ratio=self._fickle_ratio)
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
