"""What the witnesses of a live shop say: read over HTTP, put into the scales' terms."""

from __future__ import annotations

import msgspec

from practicum.checking.conservation import LedgerFact, MessageFact, OrderFact, StockFact
from practicum.servers.control import RangeStatus
from practicum.service.live.jetstream.history import read_topic
from practicum.service.operations import Caller
from practicum.shop.bank.messages import LEDGER, Entry, GetLedger
from practicum.shop.inventory.messages import LIST_STOCK, ListStock
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import LIST_ORDERS, ListOrders, OrderView

TIMEOUT_S = 30.0


class Facts(msgspec.Struct, frozen=True):
    """Orders, ledger, stock and the messages between the services, read one after the other when
    nothing moves any more."""

    orders: tuple[OrderFact, ...]
    ledger: tuple[LedgerFact, ...]
    stock: tuple[StockFact, ...]
    messages: tuple[MessageFact, ...]


async def read_facts(caller: Caller, status: RangeStatus) -> Facts:
    """Ask all witnesses of a range for everything they know.

    Raises `OperationError` or `LogUnavailable` when one does not answer.
    """
    return Facts(
        tuple(map(_order, await read_orders(caller))),
        tuple(map(_entry, await _read_ledger(caller))),
        tuple(await _read_stock(caller)),
        await _read_messages(status.nats_url, status.prefix),
    )


async def _read_messages(nats_url: str, prefix: str) -> tuple[MessageFact, ...]:
    topics = [await read_topic(nats_url, prefix, topic) for topic in MANIFEST.topics]
    return tuple(
        MessageFact(message_id=x.id, type=x.type, key=x.subject, cause=x.causationid)
        for events in topics
        for x in events
    )


async def read_orders(caller: Caller, *, after: int = 0) -> list[OrderView]:
    """Every order accepted after a position, in order of acceptance."""
    orders: list[OrderView] = []
    next_: int | None = after
    while next_ is not None:
        page = await caller.call(LIST_ORDERS, ListOrders(after=next_), timeout_s=TIMEOUT_S)
        orders.extend(page.orders)
        next_ = page.next
    return orders


async def _read_ledger(caller: Caller) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        after = entries[-1].position if entries else 0
        page = await caller.call(LEDGER, GetLedger(after=after), timeout_s=TIMEOUT_S)
        if not page.entries:
            return entries
        entries.extend(page.entries)


async def _read_stock(caller: Caller) -> list[StockFact]:
    levels: list[StockFact] = []
    after: str | None = ""
    while after is not None:
        page = await caller.call(LIST_STOCK, ListStock(after=after), timeout_s=TIMEOUT_S)
        levels.extend(
            StockFact(
                sku=level.sku,
                arrived=level.arrived,
                available=level.available,
                reserved=level.reserved,
            )
            for level in page.levels
        )
        after = page.next
    return levels


def _order(order: OrderView) -> OrderFact:
    return OrderFact(
        order_id=order.order_id,
        status=order.status,
        total_cents=order.total_cents,
        pieces={line.sku: line.quantity for line in order.lines},
    )


def _entry(entry: Entry) -> LedgerFact:
    return LedgerFact(kind=entry.kind, reference=entry.reference, amount_cents=entry.amount_cents)
