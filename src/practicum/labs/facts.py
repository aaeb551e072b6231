"""What the witnesses of a live shop say: read over HTTP, put into the scales' terms."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from practicum.checking.conservation import (
    LedgerFact,
    MessageFact,
    OrderFact,
    ShipmentFact,
    StockFact,
    handled_once,
    money_conserved,
    no_effect_twice,
    one_final_state,
    shipped_or_refunded,
    stock_conserved,
)
from practicum.checking.verdict import Judgement
from practicum.servers.control import RangeStatus
from practicum.service.events import Event
from practicum.service.live.jetstream.history import read_topic
from practicum.service.operations import Caller, Operation
from practicum.shop.bank.messages import LEDGER, Entry, GetLedger
from practicum.shop.inventory.messages import LIST_STOCK, ListStock, StockLevel
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import LIST_ORDERS, ListOrders, OrderSummary
from practicum.shop.shipping.messages import LIST_SHIPMENTS, ListShipments, Shipment

RequestT = TypeVar("RequestT", bound=msgspec.Struct)
PageT = TypeVar("PageT")
ItemT = TypeVar("ItemT")

LAG_POLL_S = 0.1
TIMEOUT_S = 30.0


class Facts(msgspec.Struct, frozen=True):
    """Orders, ledger, stock, shipments and the messages between the services, read when nothing
    moves any more."""

    orders: tuple[OrderFact, ...]
    ledger: tuple[LedgerFact, ...]
    stock: tuple[StockFact, ...]
    shipments: tuple[ShipmentFact, ...]
    messages: tuple[MessageFact, ...] = ()


class OnLog(msgspec.Struct, frozen=True):
    """A message on the log between the services."""

    topic: str
    event: Event


async def read_facts(caller: Caller, status: RangeStatus) -> Facts:
    """Ask all witnesses of a range for everything they know.

    Raises `OperationError`, TimeoutError or `LogUnavailable` when one does not answer.
    """
    books, messages = await asyncio.gather(read_books(caller), read_messages(status))
    return with_messages(books, messages)


async def read_books(caller: Caller) -> Facts:
    """What the services themselves can tell, without the messages between them."""
    orders, levels, shipments, ledger = await asyncio.gather(
        read_orders(caller), _read_levels(caller), _read_shipments(caller), _read_ledger(caller)
    )
    return Facts(
        orders=tuple(map(_order, orders)),
        ledger=tuple(map(_entry, ledger)),
        stock=tuple(map(_level, levels)),
        shipments=tuple(map(_shipment, shipments)),
    )


async def read_messages(status: RangeStatus, since_s: float = 0.0) -> tuple[OnLog, ...]:
    """All messages on the log since then (Unix seconds), oldest first in each topic."""
    since = dt.datetime.fromtimestamp(since_s, dt.UTC) if since_s else None

    async def read(topic: str) -> list[OnLog]:
        events = await read_topic(status.nats_url, status.prefix, topic, since=since)
        return [OnLog(topic, event) for event in events]

    return tuple(x for found in await asyncio.gather(*map(read, MANIFEST.topics)) for x in found)


def with_messages(facts: Facts, messages: Iterable[OnLog]) -> Facts:
    """The facts, with the log's."""
    return msgspec.structs.replace(facts, messages=tuple(map(_message, messages)))


def _message(said: OnLog) -> MessageFact:
    event = said.event
    return MessageFact(
        message_id=event.id,
        type=event.type,
        key=event.subject,
        cause=event.causationid,
        topic=said.topic,
        source=event.source,
        written_at=event.time,
    )


def narrowed(facts: Facts, orders: Collection[str], shelf: Collection[str]) -> Facts:
    """What concerns those orders, and the stock of that shelf."""
    mine, skus = frozenset(orders), frozenset(shelf)
    return Facts(
        orders=tuple(x for x in facts.orders if x.order_id in mine),
        ledger=tuple(x for x in facts.ledger if x.reference in mine),
        stock=tuple(x for x in facts.stock if x.sku in skus),
        shipments=tuple(x for x in facts.shipments if x.order_id in mine),
        messages=tuple(x for x in facts.messages if x.key in mine),
    )


def judge_facts(
    accepted: Sequence[str], facts: Facts, arrived: Mapping[str, int]
) -> list[Judgement]:
    """Everything that must be true of the shop; ``arrived`` is what inventory began with."""
    return [
        one_final_state(accepted, facts.orders),
        money_conserved(facts.orders, facts.ledger),
        shipped_or_refunded(facts.ledger, facts.shipments),
        stock_conserved(facts.orders, facts.stock, arrived),
        no_effect_twice(facts.ledger),
        handled_once(facts.messages),
    ]


async def read_orders(caller: Caller) -> list[OrderSummary]:
    """Every order, from a read model that has caught up. TimeoutError when it does not."""
    return await _all_pages(
        caller, LIST_ORDERS, lambda after: ListOrders(after=after), lambda page: page.orders
    )


async def _read_levels(caller: Caller) -> list[StockLevel]:
    return await _all_pages(
        caller, LIST_STOCK, lambda after: ListStock(after=after), lambda page: page.levels
    )


async def _read_shipments(caller: Caller) -> list[Shipment]:
    return await _all_pages(
        caller,
        LIST_SHIPMENTS,
        lambda after: ListShipments(after=after),
        lambda page: page.shipments,
    )


async def _all_pages(
    caller: Caller,
    operation: Operation[RequestT, PageT],
    ask: Callable[[str], RequestT],
    items: Callable[[PageT], Iterable[ItemT]],
) -> list[ItemT]:
    """Every item of a read model that has caught up with its service.

    TimeoutError when it does not.
    """
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            found: list[ItemT] = []
            after: str | None = ""
            lag = 0
            while after is not None:
                page: Any = await caller.call(operation, ask(after), timeout_s=TIMEOUT_S)
                found.extend(items(page))
                lag = max(lag, page.lag_events)
                after = page.next
            if lag == 0:
                return found
            await asyncio.sleep(LAG_POLL_S)


async def _read_ledger(caller: Caller) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        after = entries[-1].position if entries else 0
        page = await caller.call(LEDGER, GetLedger(after=after), timeout_s=TIMEOUT_S)
        if not page.entries:
            return entries
        entries.extend(page.entries)


def _order(order: OrderSummary) -> OrderFact:
    return OrderFact(
        order_id=order.order_id,
        status=f"stuck at {order.step}" if order.step else order.status,
        total_cents=order.total_cents,
        pieces=order.pieces,
    )


def _entry(entry: Entry) -> LedgerFact:
    return LedgerFact(kind=entry.kind, reference=entry.reference, amount_cents=entry.amount_cents)


def _level(level: StockLevel) -> StockFact:
    return StockFact(
        sku=level.sku,
        arrived=level.arrived,
        available=level.available,
        reserved=level.reserved,
    )


def _shipment(shipment: Shipment) -> ShipmentFact:
    return ShipmentFact(
        order_id=shipment.order_id, status=shipment.status, total_cents=shipment.total_cents
    )
