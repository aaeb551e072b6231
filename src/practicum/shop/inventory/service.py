"""Inventory: handles the saga's reservations, and tells the stock."""

from __future__ import annotations

from collections.abc import Iterable

from practicum.service.aggregate import Ref, Work
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.shop.inventory.messages import (
    GET_STOCK,
    LIST_STOCK,
    VOCABULARY,
    GetStock,
    InventoryRefused,
    InventoryReleased,
    InventoryReserved,
    Level,
    Line,
    ListStock,
    ReleaseStock,
    ReservationEnded,
    ReservationMade,
    ReservationRefused,
    ReserveStock,
    StockArrived,
    StockLevel,
    StockPage,
    StockReturned,
    StockTaken,
)
from practicum.shop.inventory.rules import LEVELS, RESERVATION, STOCK, Stock, arrivals, shortage

COMMANDS = "inventory"
EVENTS = "inventory-events"


def build(ports: Ports) -> Service:
    """Inventory on its ports. Settings: ``products``, and ``pieces`` of each at the start."""
    service = Service(ports, VOCABULARY)
    skus = arrivals(int(ports.settings.get("products", 1000)), int(ports.settings.get("pieces", 0)))

    def streams(command: ReserveStock | ReleaseStock) -> Iterable[Ref]:
        new = isinstance(command, ReserveStock)
        yield Ref(RESERVATION, command.order_id, new)
        for line in command.lines:
            yield Ref(STOCK, line.sku)

    service.on(ReserveStock, topic=COMMANDS, streams=streams)(reserve)
    service.on(ReleaseStock, topic=COMMANDS, streams=streams)(release)

    @service.at_start
    async def receive() -> None:
        def decide(work: Work) -> None:
            for sku, quantity in skus.items():
                if work.state(STOCK, sku) == Stock():
                    work.record(STOCK, sku, StockArrived(sku, quantity))

        await service.transact([Ref(STOCK, sku) for sku in skus], decide, key="stock")

    levels = service.project(LEVELS)

    @service.answers(GET_STOCK)
    async def get_stock(request: GetStock) -> StockLevel:
        if request.sku not in skus:
            raise OperationError("not_found", f"there is no product {request.sku}", field="sku")
        (stock,) = await service.read([Ref(STOCK, request.sku)])
        free, kept = stock.available, stock.reserved
        return StockLevel(request.sku, free + kept, free, kept)

    @service.answers(LIST_STOCK)
    async def list_stock(request: ListStock) -> StockPage:
        page = await levels.page(after=request.after, limit=request.limit)
        more = page.documents[-1].sku if page.full else None
        return StockPage(page.documents, more, page.lag_events)

    return service


def reserve(command: ReserveStock, work: Work) -> None:
    """Set the lines aside, or say why not; a repeated command gets its first answer."""
    reservation = work.state(RESERVATION, command.order_id)
    if reservation.status == "none":
        reason = shortage(command.lines, {x.sku: work.state(STOCK, x.sku) for x in command.lines})
        if reason is None:
            for line in command.lines:
                taken = StockTaken(line.sku, line.quantity, command.order_id)
                work.record(STOCK, line.sku, taken)
            made = ReservationMade(command.order_id, command.lines)
            reservation = work.record(RESERVATION, command.order_id, made)
        else:
            refused = ReservationRefused(command.order_id, reason)
            reservation = work.record(RESERVATION, command.order_id, refused)
    if reservation.status == "made":
        work.send(EVENTS, InventoryReserved(command.order_id, _levels(work, command.lines)))
    else:
        work.send(EVENTS, InventoryRefused(command.order_id, reservation.reason))


def release(command: ReleaseStock, work: Work) -> None:
    """Give back what the order has, if anything, and never reserve for it again."""
    reservation = work.state(RESERVATION, command.order_id)
    for line in reservation.lines:
        returned = StockReturned(line.sku, line.quantity, command.order_id)
        work.record(STOCK, line.sku, returned)
    if reservation.status != "ended":
        work.record(RESERVATION, command.order_id, ReservationEnded(command.order_id))
    work.send(EVENTS, InventoryReleased(command.order_id, _levels(work, command.lines)))


def _levels(work: Work, lines: Iterable[Line]) -> tuple[Level, ...]:
    found = []
    for line in lines:
        stock = work.state(STOCK, line.sku)
        found.append(Level(line.sku, line.quantity, stock.available, stock.changes))
    return tuple(found)
