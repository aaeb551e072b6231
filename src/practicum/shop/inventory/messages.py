"""What inventory is told, remembers and answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")


class Line(msgspec.Struct, frozen=True):
    """So many of a product."""

    sku: str
    quantity: int


# Commands, from the order saga.


@VOCABULARY.message("inventory.reserve")
class ReserveStock(msgspec.Struct, frozen=True):
    """Set the lines aside for an order: all of them or none."""

    order_id: str
    lines: tuple[Line, ...]


@VOCABULARY.message("inventory.release")
class ReleaseStock(msgspec.Struct, frozen=True):
    """Undo a reservation, whether or not it was ever made."""

    order_id: str
    lines: tuple[Line, ...]


# Events, to the order saga and to whom it may concern.


class Level(msgspec.Struct, frozen=True):
    """A product's free pieces after a change; a level with more ``changes`` is newer."""

    sku: str
    quantity: int
    available: int
    changes: int


@VOCABULARY.message("inventory.reserved")
class InventoryReserved(msgspec.Struct, frozen=True):
    """The lines are set aside."""

    order_id: str
    levels: tuple[Level, ...]


@VOCABULARY.message("inventory.refused")
class InventoryRefused(msgspec.Struct, frozen=True):
    """Nothing is set aside."""

    order_id: str
    reason: str


@VOCABULARY.message("inventory.released")
class InventoryReleased(msgspec.Struct, frozen=True):
    """Nothing is set aside any more."""

    order_id: str
    levels: tuple[Level, ...]


# Facts, in inventory's own streams.


@VOCABULARY.message("stock.received")
class StockArrived(msgspec.Struct, frozen=True):
    """New pieces of a product arrived."""

    sku: str
    quantity: int


@VOCABULARY.message("stock.taken")
class StockTaken(msgspec.Struct, frozen=True):
    """Pieces of a product were set aside for an order."""

    sku: str
    quantity: int
    order_id: str


@VOCABULARY.message("stock.returned")
class StockReturned(msgspec.Struct, frozen=True):
    """Pieces of a product are free again."""

    sku: str
    quantity: int
    order_id: str


@VOCABULARY.message("reservation.made")
class ReservationMade(msgspec.Struct, frozen=True):
    """An order has its reservation."""

    order_id: str
    lines: tuple[Line, ...]


@VOCABULARY.message("reservation.refused")
class ReservationRefused(msgspec.Struct, frozen=True):
    """An order cannot have its reservation."""

    order_id: str
    reason: str


@VOCABULARY.message("reservation.ended")
class ReservationEnded(msgspec.Struct, frozen=True):
    """An order has no reservation, and will never get one."""

    order_id: str


# Operations.


class StockLevel(msgspec.Struct, frozen=True):
    """``arrived`` = ``available`` + ``reserved``, always."""

    sku: str
    arrived: int
    available: int
    reserved: int


class GetStock(msgspec.Struct, frozen=True):
    """The stock of one product."""

    sku: str


class ListStock(msgspec.Struct, frozen=True):
    """The stock of all products in order of their skus, a page after ``after``."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class StockPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last."""

    levels: tuple[StockLevel, ...]
    next: str | None
    lag_events: int


GET_STOCK = Operation(
    service="inventory",
    name="get_stock",
    method="GET",
    path="/stock/{sku}",
    request=GetStock,
    result=StockLevel,
    summary="How many of a product there are",
    errors=("not_found",),
)
LIST_STOCK = Operation(
    service="inventory",
    name="list_stock",
    method="GET",
    path="/stock",
    request=ListStock,
    result=StockPage,
    summary="The stock of all products, from the read model",
)
