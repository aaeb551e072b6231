"""How long sagas take is told once for each, when it has come to its end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from practicum.service.store import StoredEvent
from practicum.service.tracing import Context, Trace
from practicum.service.views import Figure
from practicum.shop.order import saga
from practicum.shop.order.messages import (
    VOCABULARY,
    InventoryRefused,
    InventoryReleased,
    InventoryReserved,
    Line,
    NotificationSent,
    OrderCreated,
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    ShipmentSeen,
    ShippingArranged,
    ShippingCancelled,
    ShippingRefused,
)
from practicum.shop.order.rules import SAGA_DURATION, Folded, durations, fold
from practicum.shop.order.steps import Command, Order, Reply, SagaEvent
from worlds.fixed import FixedWorld

ID = "o-1"
CREATED = OrderCreated(ID, (Line("P0001", 2, 150),), 40, 340, "tok-visa", "hash")
REPLIES: tuple[Reply, ...] = (
    *(InventoryReserved(ID), PaymentCharged(ID), ShippingArranged(ID), NotificationSent(ID)),
    *(InventoryRefused(ID, "none left"), PaymentDeclined(ID, "no"), ShippingRefused(ID, "no")),
    *(InventoryReleased(ID), PaymentRefunded(ID), ShippingCancelled(ID)),
)


def history(replies: list[Reply]) -> list[SagaEvent]:
    """The events of an order that hears these replies."""
    events: list[SagaEvent] = [CREATED]
    order = saga.evolve(Order(), CREATED)
    for reply in replies:
        heard = saga.hear(order, reply)
        if heard is None:
            continue
        events.append(heard)
        order = saga.evolve(order, heard)
        while (move := saga.next_move(order)) is not None and not isinstance(move, Command):
            events.append(move)
            order = saga.evolve(order, move)
    return events


def figures(events: list[SagaEvent], every_s: float) -> list[Figure]:
    """What is told when these are folded, one each ``every_s`` seconds."""
    world = FixedWorld()
    context = Context(correlation_id="test", trace=Trace.start(world))
    found: list[Figure] = []
    document: Folded | None = None
    for number, message in enumerate(events, 1):
        event = VOCABULARY.encode(message, key=ID, source="/t", context=context, world=world)
        before, document = (
            document,
            fold(document, ID, message, StoredEvent(ID, number, number, event)),
        )
        found += durations(before, document)
        world.advance(every_s)
    return found


def test_a_confirmed_order_is_over_when_its_buyer_is_notified() -> None:
    """Not yet at the pivot, and not again when the parcel is seen."""
    events = [*history(list(REPLIES[:4])), ShipmentSeen(ID, "T1")]
    (figure,) = figures(events, every_s=0.5)
    assert (figure.name, figure.attributes) == (SAGA_DURATION, {"practicum.outcome": "confirmed"})
    assert figure.value == 0.5 * (len(events) - 2)


def test_a_cancelled_order_is_over_when_everything_is_undone() -> None:
    """The outcome is the order's."""
    events = history([REPLIES[0], PaymentDeclined(ID, "no"), InventoryReleased(ID)])
    (figure,) = figures(events, every_s=2.0)
    assert figure.attributes == {"practicum.outcome": "cancelled"}
    assert figure.value == 2.0 * (len(events) - 1)


@given(st.lists(st.sampled_from(REPLIES), max_size=30))
def test_each_saga_that_ends_tells_its_duration_once(replies: list[Reply]) -> None:
    """Whatever comes, in whatever order: one figure for an end, none without."""
    events = history(replies)
    order = Order()
    for event in events:
        order = saga.evolve(order, event)
    ended = order.status != "pending" and saga.next_move(order) is None
    assert len(figures(events, every_s=1.0)) == (1 if ended else 0)
