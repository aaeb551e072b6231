"""The whole shop in one event loop: every service of its manifest, on stores and a log in
memory, with calls between them that meet the dead as a connection refused."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from practicum.checking.conservation import MessageFact, StockFact
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.ending import has_ended
from practicum.labs.facts import judge_facts, read_books
from practicum.service.log import Topic
from practicum.service.operations import Bound
from practicum.shop.bank.messages import LEDGER, Entry, GetLedger
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import (
    GET_ORDER,
    LIST_ORDERS,
    PLACE_ORDER,
    ListOrders,
    OrderId,
    OrderView,
    PlaceOrder,
    WantedLine,
)
from worlds.memory_calls import MemoryCaller
from worlds.memory_log import MemoryEventLog
from worlds.mortal import Process
from worlds.virtual_time import VirtualWorld, eventually

PRODUCTS = 50
PIECES = 20
SCARCE = "P0050"
"""There are 5 of it."""
SETTINGS: Mapping[str, dict[str, Any]] = {
    "catalog": {"products": PRODUCTS},
    "inventory": {"products": PRODUCTS, "pieces": PIECES},
    "order": {"step_timeout_s": 30.0},
}

BUILDS = {spec.name: importlib.import_module(spec.module).build for spec in MANIFEST.services}


class MemoryShop:
    """The shop, small; processes by the names of their services."""

    def __init__(self, settings: Mapping[str, dict[str, Any]] = SETTINGS, seed: int = 1) -> None:
        self.world = VirtualWorld(seed)
        self.log = MemoryEventLog(self.world)
        self.processes: dict[str, Process] = {}
        for spec in MANIFEST.services:
            self.processes[spec.name] = Process(
                spec.name,
                BUILDS[spec.name],
                world=self.world,
                log=self.log,
                settings={**spec.settings, **settings.get(spec.name, {})},
            )
        self.caller = MemoryCaller((), world=self.world)

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    async def open(self) -> None:
        """Start everything, and wait until all is ready."""
        await self.log.ensure_topics([Topic(name, n) for name, n in MANIFEST.topics.items()])
        bound: list[Bound] = []
        for process in self.processes.values():
            process.start()
            bound += process.bound()
            await process.stop()
        self.caller = MemoryCaller(bound, world=self.world)
        for process in self.processes.values():
            process.caller = self.caller
            process.start()
        await eventually(lambda: all(p.health.ready for p in self.processes.values()))

    async def close(self) -> None:
        """End everything; raises what broke a process."""
        for process in self.processes.values():
            await process.stop()

    async def place(
        self, *lines: tuple[str, int], card: str = "tok-visa", key: str | None = None
    ) -> OrderView:
        """Place an order, one try. Raises `OperationError`."""
        wanted = PlaceOrder(tuple(WantedLine(*line) for line in lines), card)
        return await self.caller.call(PLACE_ORDER, wanted, timeout_s=10, idempotency_key=key)

    async def look(self, order_id: str) -> OrderView:
        """An order as its buyer sees it."""
        return await self.caller.call(GET_ORDER, OrderId(order_id), timeout_s=10)

    async def ended(self, order_id: str, *, within_s: float = 600.0) -> OrderView:
        """The order when it has a final state."""

        async def over() -> bool:
            return has_ended(await self.look(order_id))

        await eventually(over, within_s=within_s)
        return await self.look(order_id)

    async def settle(self) -> None:
        """Wait until nothing moves any more: no order pending, no message under way."""
        await eventually(self._still)

    async def _still(self) -> bool:
        if not all(p.alive and p.health.ready for p in self.processes.values()):
            return False
        for process in self.processes.values():
            if await process.store.outbox():
                return False
            topics = sorted(process.service.topics)
            if topics and await self.log.lag(topics, process.name):
                return False
        pending = await self.caller.call(LIST_ORDERS, ListOrders(open=True), timeout_s=10)
        return not pending.orders

    async def stock(self) -> dict[str, StockFact]:
        """Inventory's levels by sku."""
        facts = await read_books(self.caller)
        return {level.sku: level for level in facts.stock}

    async def ledger(self) -> list[Entry]:
        """All of the bank's ledger."""
        page = await self.caller.call(LEDGER, GetLedger(limit=1000), timeout_s=10)
        return list(page.entries)

    async def parked(self) -> list[str]:
        """Why messages were parked, all services together."""
        return [x.reason for name in self.processes for x in await self.log.dead_letters(name)]

    async def wrongs(self, accepted: list[str]) -> list[Judgement]:
        """What the scales do not pass, when nothing moves any more."""
        facts = await read_books(self.caller)
        facts = msgspec.structs.replace(facts, messages=tuple(self._messages()))
        judgements = judge_facts(accepted, facts, arrivals(PRODUCTS, PIECES))
        return [judgement for judgement in judgements if judgement.verdict is not Verdict.PASS]

    def sent(self, type_: str) -> int:
        """How many messages of a type were ever published."""
        return sum(1 for message in self._messages() if message.type == type_)

    def _messages(self) -> list[MessageFact]:
        return [
            MessageFact(message_id=x.id, type=x.type, key=x.subject, cause=x.causationid)
            for topic, partitions in MANIFEST.topics.items()
            for number in range(partitions)
            for _, _, x in self.log.messages((topic, number), 0)
        ]


@contextlib.asynccontextmanager
async def memory_shop(
    settings: Mapping[str, dict[str, Any]] = SETTINGS,
) -> AsyncIterator[MemoryShop]:
    """An open shop, ready."""
    shop = MemoryShop(settings)
    await shop.open()
    try:
        yield shop
    finally:
        await shop.close()
