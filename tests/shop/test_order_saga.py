"""The order saga, driven by participants that answer, refuse, stay silent, or answer late."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.shop.order import saga
from practicum.shop.order.messages import (
    ChargePayment,
    Line,
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    RefundPayment,
    ReleaseStock,
    ReserveStock,
    StockRefused,
    StockReleased,
    StockReserved,
)

ID = "o-1"


def new_order() -> saga.Order:
    """An order that was just accepted."""
    lines = (Line("P0001", 2, 150),)
    return saga.evolve(saga.Order(), OrderCreated(ID, lines, 300, "tok-visa", "hash"))


def after(order: saga.Order, *replies: saga.Reply) -> saga.Order:
    """The order when the replies have been heard, its end included."""
    for reply in replies:
        event = saga.hear(order, reply)
        if event is not None:
            order = saga.evolve(order, event)
    return order


def test_an_order_reserves_then_charges_then_is_confirmed() -> None:
    """The way forward, command by command."""
    order = new_order()
    assert isinstance(saga.next_move(order), ReserveStock)
    order = after(order, StockReserved(ID))
    assert saga.next_move(order) == ChargePayment(ID, 300, "tok-visa")
    order = after(order, PaymentCharged(ID))
    assert saga.next_move(order) == OrderConfirmed(ID)


def test_a_refused_reservation_leaves_nothing_to_undo() -> None:
    """The first step's refusal ends the order at once."""
    order = after(new_order(), StockRefused(ID, "sold out"))
    assert saga.next_move(order) == OrderCancelled(ID, "sold out")


def test_a_declined_payment_releases_the_stock() -> None:
    """Only what was done is undone."""
    order = after(new_order(), StockReserved(ID), PaymentDeclined(ID, "no cover"))
    assert isinstance(saga.next_move(order), ReleaseStock)
    order = after(order, StockReleased(ID))
    assert saga.next_move(order) == OrderCancelled(ID, "no cover")


def test_a_silent_payment_is_refunded_before_the_stock_is_released() -> None:
    """An effect that may have happened is undone, and the last step first."""
    order = after(new_order(), StockReserved(ID))
    event = saga.give_up(order, "no answer")
    assert event is not None
    order = saga.evolve(order, event)
    assert isinstance(saga.next_move(order), RefundPayment)
    order = after(order, PaymentCharged(ID))  # too late: the refund is on its way
    assert isinstance(saga.next_move(order), RefundPayment)
    order = after(order, PaymentRefunded(ID))
    assert isinstance(saga.next_move(order), ReleaseStock)


def test_an_order_that_has_ended_hears_nothing_more() -> None:
    """Late replies and cancellations change no final state."""
    order = after(new_order(), StockReserved(ID), PaymentCharged(ID))
    order = saga.evolve(order, OrderConfirmed(ID))
    assert saga.hear(order, PaymentDeclined(ID, "late")) is None
    assert saga.give_up(order, "cancelled") is None
    with pytest.raises(ValueError, match="confirmed"):
        saga.next_move(order)


class Participants:
    """Inventory and payment, each with one effect that can be done and undone."""

    def __init__(self, *, refuses: set[str]) -> None:
        self.effects: dict[str, int] = {"stock": 0, "money": 0}
        self._over = {"stock": False, "money": False}
        self._refuses = refuses

    def handle(self, command: msgspec.Struct) -> saga.Reply:
        """Obey a command; a repeated one changes nothing and gets the same answer."""
        match command:
            case ReserveStock():
                done = self._do("stock")
                return StockReserved(ID) if done else StockRefused(ID, "sold out")
            case ChargePayment():
                done = self._do("money")
                return PaymentCharged(ID) if done else PaymentDeclined(ID, "no cover")
            case ReleaseStock():
                self._undo("stock")
                return StockReleased(ID)
            case RefundPayment():
                self._undo("money")
                return PaymentRefunded(ID)
        raise AssertionError(command)

    def _do(self, what: str) -> bool:
        if what in self._refuses or self._over[what]:
            return False
        self.effects[what] = 1
        return True

    def _undo(self, what: str) -> None:
        self.effects[what] = 0
        self._over[what] = True


@given(
    refuses=st.sets(st.sampled_from(["stock", "money"])),
    moves=st.lists(st.sampled_from(["deliver", "repeat", "answer", "again", "give up"])),
)
def test_whatever_happens_all_effects_stand_or_none(refuses: set[str], moves: list[str]) -> None:
    """Under lost time, repeated commands and repeated replies the end is all or nothing."""
    participants = Participants(refuses=refuses)
    order = new_order()
    commands: list[msgspec.Struct] = [saga.next_move(order)]
    replies: list[saga.Reply] = []
    delivered = heard = 0

    def take(event: msgspec.Struct | None) -> None:
        nonlocal order
        if event is None:
            return
        order = saga.evolve(order, event)  # type: ignore[arg-type]
        move = saga.next_move(order)
        if isinstance(move, OrderConfirmed | OrderCancelled):
            order = saga.evolve(order, move)
        else:
            commands.append(move)

    for move in [*moves, *["deliver", "answer"] * 8]:
        if move == "deliver" and delivered < len(commands):
            replies.append(participants.handle(commands[delivered]))
            delivered += 1
        elif move == "repeat" and delivered:
            replies.append(participants.handle(commands[delivered - 1]))
        elif move == "answer" and heard < len(replies):
            take(saga.hear(order, replies[heard]))
            heard += 1
        elif move == "again" and heard:
            take(saga.hear(order, replies[heard - 1]))
        elif move == "give up":
            take(saga.give_up(order, "no answer"))
    while heard < len(replies) or delivered < len(commands):
        if delivered < len(commands):
            replies.append(participants.handle(commands[delivered]))
            delivered += 1
        take(saga.hear(order, replies[heard]))
        heard += 1
    assert order.status in ("confirmed", "cancelled")
    assert set(participants.effects.values()) == {1 if order.status == "confirmed" else 0}
