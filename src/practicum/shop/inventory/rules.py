"""Reservations: all lines of an order or none, and each at most once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.store import StoredEvent
from practicum.service.views import Projection
from practicum.shop.inventory.messages import (
    Line,
    ReservationEnded,
    ReservationMade,
    ReservationRefused,
    StockArrived,
    StockLevel,
    StockReturned,
    StockTaken,
)


class Stock(msgspec.Struct, frozen=True):
    """Pieces of one product; ``changes`` counts the events behind them."""

    available: int = 0
    reserved: int = 0
    changes: int = 0


class Reservation(msgspec.Struct, frozen=True):
    """What one order has. ``ended`` and ``refused`` are for good."""

    status: Literal["none", "made", "refused", "ended"] = "none"
    lines: tuple[Line, ...] = ()
    reason: str = ""


def evolve_stock(stock: Stock, event: StockArrived | StockTaken | StockReturned) -> Stock:
    """The stock after an event."""
    free, kept, quantity = stock.available, stock.reserved, event.quantity
    match event:
        case StockArrived():
            return Stock(free + quantity, kept, stock.changes + 1)
        case StockTaken():
            return Stock(free - quantity, kept + quantity, stock.changes + 1)
        case StockReturned():
            return Stock(free + quantity, kept - quantity, stock.changes + 1)


def evolve_reservation(
    reservation: Reservation, event: ReservationMade | ReservationRefused | ReservationEnded
) -> Reservation:
    """The reservation after an event."""
    match event:
        case ReservationMade():
            return Reservation("made", event.lines)
        case ReservationRefused():
            return Reservation("refused", reason=event.reason)
        case ReservationEnded():
            return Reservation("ended", reason="the reservation was released")


STOCK = Aggregate(
    name="stock", initial=Stock(), evolve=evolve_stock, schema="2", snapshot_every=100
)
RESERVATION = Aggregate(name="reservation", initial=Reservation(), evolve=evolve_reservation)


def shortage(lines: Sequence[Line], stock: Mapping[str, Stock]) -> str | None:
    """Why the lines cannot be reserved; None when they can."""
    for line in lines:
        left = stock[line.sku].available
        if line.quantity > left:
            return f"{line.sku}: {line.quantity} wanted, {left} left"
    return None


def arrivals(products: int, pieces: int) -> dict[str, int]:
    """The first delivery: ``pieces`` of each, but every fiftieth product is scarce."""
    return {f"P{n:04d}": 5 if n % 50 == 0 else pieces for n in range(1, products + 1)}


def fold_level(
    level: StockLevel | None,
    key: str,
    event: StockArrived | StockTaken | StockReturned,
    stored: StoredEvent,
) -> StockLevel:
    """The stock level in the read model after an event."""
    before = Stock(level.available, level.reserved) if level else Stock()
    after = evolve_stock(before, event)
    return StockLevel(key, after.available + after.reserved, after.available, after.reserved)


def _skus(event: object) -> Iterable[str]:
    return [event.sku] if isinstance(event, StockArrived | StockTaken | StockReturned) else []


LEVELS = Projection(view="levels", document=StockLevel, keys=_skus, fold=fold_level)
