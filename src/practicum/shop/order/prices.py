"""What catalog and shipping charge, asked over HTTP and kept for a moment.

A price that catalog is heard to have changed is replaced at once. Another member of the order
service may not hear of it, so what is kept also grows old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from practicum.service.errors import OperationError
from practicum.service.operations import Operation, RequestT, ResultT
from practicum.service.retry import RetryBudget, RetryPolicy, retry
from practicum.service.service import Ports
from practicum.shop.order.messages import (
    CATALOG_PRICES,
    SHIPPING_QUOTE,
    GetPrices,
    GetQuote,
    PlaceOrder,
)

KeyT = TypeVar("KeyT")

ASK_TIMEOUT_S = 2.0
AGE_S_MAX = 30.0


class Kept(Generic[KeyT]):
    """Amounts in cents by key, for `AGE_S_MAX` seconds; asks ``fetch`` for what is missing."""

    def __init__(self, fetch: Callable[[list[KeyT]], Awaitable[dict[KeyT, int]]]) -> None:
        self._fetch = fetch
        self._kept: dict[KeyT, tuple[float, int]] = {}

    async def get(self, keys: list[KeyT]) -> dict[KeyT, int]:
        """The amounts of the keys; those that nobody knows are absent."""
        now = asyncio.get_running_loop().time()
        missing = [key for key in keys if self._kept.get(key, (0.0, 0))[0] <= now]
        if missing:
            for key, cents in (await self._fetch(missing)).items():
                self._kept[key] = (now + AGE_S_MAX, cents)
        return {key: self._kept[key][1] for key in keys if key in self._kept}

    def hear(self, key: KeyT, cents: int) -> None:
        """Replace an amount that is kept."""
        if key in self._kept:
            self._kept[key] = (self._kept[key][0], cents)


class PriceList:
    """Prices of products, and of shipping them."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._budget = RetryBudget()
        self.products: Kept[str] = Kept(self._ask_catalog)
        self._quotes: Kept[int] = Kept(self._ask_shipping)

    async def of(self, request: PlaceOrder) -> tuple[dict[str, int], int]:
        """Price in cents by sku (unknown products are absent), and the price of shipping.

        Raises `OperationError` ``dependency_down``: nothing is done yet, whatever became of
        the questions.
        """
        pieces = sum(line.quantity for line in request.lines)
        products = await self.products.get([line.sku for line in request.lines])
        quotes = await self._quotes.get([pieces])
        return products, quotes[pieces]

    async def _ask_catalog(self, skus: list[str]) -> dict[str, int]:
        return (await self._ask(CATALOG_PRICES, GetPrices(",".join(skus)))).prices_cents

    async def _ask_shipping(self, pieces: list[int]) -> dict[int, int]:
        quotes = [(await self._ask(SHIPPING_QUOTE, GetQuote(n))).shipping_cents for n in pieces]
        return dict(zip(pieces, quotes, strict=True))

    async def _ask(self, operation: Operation[RequestT, ResultT], request: RequestT) -> ResultT:
        ports = self._ports
        try:
            return await retry(
                lambda: ports.caller.call(operation, request, timeout_s=ASK_TIMEOUT_S),
                policy=RetryPolicy(idempotent=True),
                world=ports.world,
                budget=self._budget,
            )
        except OperationError as error:
            name = operation.service
            raise OperationError("dependency_down", f"no prices from {name}: {error}") from error
