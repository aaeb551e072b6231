"""Inventory: all lines of an order or none, each at most once, and never less than nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from practicum.service.aggregate import Ref
from practicum.service.service import Ports
from practicum.shop.inventory import service as inventory
from practicum.shop.inventory.messages import (
    InventoryRefused,
    InventoryReleased,
    InventoryReserved,
    Line,
    ReleaseStock,
    ReserveStock,
)
from practicum.shop.inventory.rules import RESERVATION, STOCK, Stock, arrivals, shortage
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.memory_views import MemoryViews
from worlds.virtual_time import VirtualWorld, run

SKUS = ("P0001", "P0002", "P0003")
PIECES = 5


class Shelf:
    """Inventory on a store in memory, commanded one order at a time."""

    def __init__(self) -> None:
        world = VirtualWorld()
        ports: Ports = tally.ports(world, MemoryEventStore(world), MemoryEventLog(world))
        settings = {"products": len(SKUS), "pieces": PIECES}
        self.service = inventory.build(
            Ports(
                service="inventory",
                member="inventory-0",
                world=world,
                store=ports.store,
                log=ports.log,
                caller=ports.caller,
                tracer=ports.tracer,
                views=MemoryViews(),
                settings=settings,
            )
        )

    async def fill(self) -> None:
        """The first delivery; again at every start."""
        for starter in self.service.starters:
            await starter()

    async def obey(self, command: ReserveStock | ReleaseStock) -> type:
        """Handle a command; returns the type of the reply."""
        reaction = self.service.reactions[type(command)]
        before = len(await self.service.ports.store.outbox())
        await self.service.transact(
            reaction.streams(command), lambda work: reaction.handler(command, work), key="o"
        )
        (reply,) = (await self.service.ports.store.outbox())[before:]
        return type(self.service.vocabulary.decode(reply.outgoing.event))

    async def stock(self) -> dict[str, Stock]:
        """What is there."""
        states = await self.service.read(Ref(STOCK, sku) for sku in SKUS)
        return dict(zip(SKUS, states, strict=True))

    async def status(self, order_id: str) -> str:
        """What an order has."""
        (reservation,) = await self.service.read([Ref(RESERVATION, order_id)])
        return str(reservation.status)


LINES = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1).map(
    lambda wanted: tuple(Line(*line) for line in sorted(wanted.items()))
)
ORDERS = ("o-1", "o-2", "o-3", "o-4")


@given(
    wanted=st.fixed_dictionaries(dict.fromkeys(ORDERS, LINES)),
    moves=st.lists(st.tuples(st.sampled_from(ORDERS), st.booleans()), max_size=20),
)
def test_no_piece_appears_or_vanishes_whatever_is_commanded(
    wanted: dict[str, tuple[Line, ...]], moves: list[tuple[str, bool]]
) -> None:
    """Reserve and release in any order, repeated too: free and set aside stay what arrived."""
    run(_command(wanted, moves))


async def _command(wanted: dict[str, tuple[Line, ...]], moves: list[tuple[str, bool]]) -> None:
    shelf = Shelf()
    await shelf.fill()
    first: dict[str, Any] = {}
    ended: set[str] = set()
    for order_id, reserves in moves:
        if reserves:
            reply = await shelf.obey(ReserveStock(order_id, wanted[order_id]))
            if order_id in ended:
                assert reply is InventoryRefused
            else:  # a repeated command gets its first answer
                assert reply is first.setdefault(order_id, reply)
        else:
            assert await shelf.obey(ReleaseStock(order_id, wanted[order_id])) is InventoryReleased
            ended.add(order_id)
        held: Counter[str] = Counter()
        for each in first.keys() - ended:
            if first[each] is InventoryReserved:
                held.update({line.sku: line.quantity for line in wanted[each]})
        for sku, stock in (await shelf.stock()).items():
            assert stock.available >= 0
            assert (stock.reserved, stock.available + stock.reserved) == (held[sku], PIECES)
    await shelf.fill()  # a restart delivers nothing again
    assert sum(x.available + x.reserved for x in (await shelf.stock()).values()) == 3 * PIECES


def test_what_was_released_before_it_was_reserved_is_never_reserved() -> None:
    """The undo may overtake the command that it undoes."""

    async def overtake() -> None:
        shelf = Shelf()
        await shelf.fill()
        lines = (Line("P0001", 1),)
        assert await shelf.obey(ReleaseStock("o-1", lines)) is InventoryReleased
        assert await shelf.obey(ReserveStock("o-1", lines)) is InventoryRefused
        assert (await shelf.stock())["P0001"] == Stock(PIECES, 0, 1)
        assert await shelf.status("o-1") == "ended"

    run(overtake())


def test_a_shortage_names_the_first_product_that_is_missing() -> None:
    """Enough of all lines is no shortage."""
    stock = {"P0001": Stock(2), "P0002": Stock(1)}
    assert shortage((Line("P0001", 2), Line("P0002", 1)), stock) is None
    assert shortage((Line("P0001", 2), Line("P0002", 2)), stock) == "P0002: 2 wanted, 1 left"


def test_every_fiftieth_product_is_scarce() -> None:
    """So that every shop has orders that cannot be fulfilled."""
    delivery = arrivals(100, 1000)
    assert len(delivery) == 100
    assert {sku for sku, pieces in delivery.items() if pieces == 5} == {"P0050", "P0100"}
