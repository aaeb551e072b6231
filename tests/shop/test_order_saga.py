"""The order saga, driven by participants that answer, refuse, stay silent, or answer late."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.shop.order import saga
from practicum.shop.order.messages import (
    ArrangeShipping,
    CancelShipping,
    ChargePayment,
    InventoryRefused,
    InventoryReleased,
    InventoryReserved,
    Line,
    NotificationSent,
    NotificationWithdrawn,
    NotifyBuyer,
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    RefundPayment,
    ReleaseStock,
    ReserveStock,
    ShippingArranged,
    ShippingCancelled,
    ShippingRefused,
    StepFailed,
    StepUndone,
    WithdrawNotification,
)
from practicum.shop.order.steps import Command, Order, Reply, SagaEvent

ID = "o-1"
FORWARD: tuple[Reply, ...] = (
    InventoryReserved(ID),
    PaymentCharged(ID),
    ShippingArranged(ID),
    NotificationSent(ID),
)


def new_order() -> Order:
    """An order that was just accepted."""
    lines = (Line("P0001", 2, 150),)
    return saga.evolve(Order(), OrderCreated(ID, lines, 40, 340, "tok-visa", "hash"))


def settle(order: Order) -> Order:
    """Take the moves that are the order's own."""
    while (move := saga.next_move(order)) is not None and not isinstance(move, Command):
        order = saga.evolve(order, move)
    return order


def after(order: Order, *replies: Reply) -> Order:
    """The order when the replies have been heard."""
    for reply in replies:
        event = saga.hear(order, reply)
        if event is not None:
            order = settle(saga.evolve(order, event))
    return order


def turned(order: Order, event: StepFailed | None) -> Order:
    """The order when it has turned."""
    assert event is not None
    return settle(saga.evolve(order, event))


def command(order: Order) -> type[msgspec.Struct] | None:
    """What the order commands now."""
    move = saga.next_move(order)
    return type(move.message) if isinstance(move, Command) else None


def test_an_order_takes_its_steps_one_after_the_other() -> None:
    """The way forward, command by command; confirming needs nobody."""
    order = new_order()
    commands = [command(order)]
    for reply in FORWARD:
        order = after(order, reply)
        commands.append(command(order))
    assert commands == [ReserveStock, ChargePayment, ArrangeShipping, NotifyBuyer, None]
    assert order.status == "confirmed"
    assert saga.is_over(order)


def test_a_refused_reservation_leaves_nothing_to_undo() -> None:
    """The first step's refusal ends the order at once."""
    order = after(new_order(), InventoryRefused(ID, "sold out"))
    assert (order.status, order.reason) == ("cancelled", "sold out")


def test_a_declined_payment_releases_the_stock() -> None:
    """Only what was done is undone."""
    order = after(new_order(), InventoryReserved(ID), PaymentDeclined(ID, "no cover"))
    assert command(order) is ReleaseStock
    order = after(order, InventoryReleased(ID))
    assert (order.status, order.reason) == ("cancelled", "no cover")


def test_a_parcel_that_nobody_takes_is_refunded_and_released() -> None:
    """The last step first."""
    order = after(new_order(), *FORWARD[:2], ShippingRefused(ID, "too big"))
    assert command(order) is RefundPayment
    order = after(order, PaymentRefunded(ID))
    assert command(order) is ReleaseStock
    assert after(order, InventoryReleased(ID)).status == "cancelled"


def test_a_silent_payment_is_refunded_before_the_stock_is_released() -> None:
    """An effect that may have happened is undone, and a late answer changes nothing."""
    order = after(new_order(), InventoryReserved(ID))
    order = turned(order, saga.give_up(order, "no answer"))
    assert command(order) is RefundPayment
    order = after(order, PaymentCharged(ID))
    assert command(order) is RefundPayment
    assert command(after(order, PaymentRefunded(ID))) is ReleaseStock


def test_past_the_pivot_an_order_insists_and_does_not_give_up() -> None:
    """A buyer whose order is confirmed is told sooner or later."""
    order = after(new_order(), *FORWARD[:3])
    assert (order.status, command(order)) == ("confirmed", NotifyBuyer)
    assert saga.insists(order)
    assert saga.give_up(order, "no answer") is None


def test_an_operator_can_undo_every_step_of_an_order_that_is_over() -> None:
    """Each step is reversible, the pivot too."""
    order = after(new_order(), *FORWARD)
    order = turned(order, saga.compensate(order, "recalled"))
    commands = [command(order)]
    for reply in (NotificationWithdrawn(ID), ShippingCancelled(ID), PaymentRefunded(ID)):
        order = after(order, reply)
        commands.append(command(order))
    assert commands == [WithdrawNotification, CancelShipping, RefundPayment, ReleaseStock]
    order = after(order, InventoryReleased(ID))
    assert (order.status, order.reason) == ("cancelled", "recalled")


def test_an_order_that_has_ended_hears_nothing_more() -> None:
    """Late replies and cancellations change no final state."""
    order = after(new_order(), *FORWARD)
    assert saga.hear(order, PaymentDeclined(ID, "late")) is None
    assert saga.give_up(order, "cancelled") is None
    assert saga.next_move(order) is None
    cancelled = after(new_order(), InventoryRefused(ID, "sold out"))
    assert saga.compensate(cancelled, "again") is None


class Participants:
    """Four participants, each with one effect that can be done and undone."""

    def __init__(self, *, refuses: set[str]) -> None:
        self.effects = dict.fromkeys(("reserve", "charge", "ship", "notify"), 0)
        self._over = dict.fromkeys(self.effects, False)
        self._refuses = refuses

    def handle(self, command: msgspec.Struct) -> Reply:
        """Obey a command; a repeated one changes nothing and gets the same answer."""
        match command:
            case ReserveStock():
                done = self._do("reserve")
                return InventoryReserved(ID) if done else InventoryRefused(ID, "sold out")
            case ChargePayment():
                return PaymentCharged(ID) if self._do("charge") else PaymentDeclined(ID, "no")
            case ArrangeShipping():
                return ShippingArranged(ID) if self._do("ship") else ShippingRefused(ID, "no")
            case NotifyBuyer():
                self._do("notify")
                return NotificationSent(ID)
            case ReleaseStock():
                return self._undo("reserve", InventoryReleased(ID))
            case RefundPayment():
                return self._undo("charge", PaymentRefunded(ID))
            case CancelShipping():
                return self._undo("ship", ShippingCancelled(ID))
            case WithdrawNotification():
                return self._undo("notify", NotificationWithdrawn(ID))
        raise AssertionError(command)

    def _do(self, what: str) -> bool:
        if what in self._refuses or self._over[what]:
            return False
        self.effects[what] = 1
        return True

    def _undo(self, what: str, reply: Reply) -> Reply:
        self.effects[what] = 0
        self._over[what] = True
        return reply


class Drive:
    """An order with queues of commands and replies, each in order, some delivered twice."""

    def __init__(self, participants: Participants) -> None:
        self.order = new_order()
        self._participants = participants
        self._commands: list[msgspec.Struct] = []
        self._replies: list[Reply] = []
        self._delivered = self._heard = 0
        self._go_on()

    def take(self, event: StepFailed | StepUndone | SagaEvent | None) -> None:
        """Record an event and do what follows."""
        if event is not None:
            self.order = settle(saga.evolve(self.order, event))
            self._go_on()

    def deliver(self) -> bool:
        """The next command reaches its participant."""
        if self._delivered == len(self._commands):
            return False
        self._replies.append(self._participants.handle(self._commands[self._delivered]))
        self._delivered += 1
        return True

    def repeat(self) -> None:
        """The last command reaches its participant again."""
        if self._delivered:
            command = self._commands[self._delivered - 1]
            self._replies.append(self._participants.handle(command))

    def hear(self) -> bool:
        """The next reply reaches the order."""
        if self._heard == len(self._replies):
            return False
        self._heard += 1
        self.take(saga.hear(self.order, self._replies[self._heard - 1]))
        return True

    def hear_again(self) -> None:
        """The last reply reaches the order again."""
        if self._heard:
            self.take(saga.hear(self.order, self._replies[self._heard - 1]))

    def _go_on(self) -> None:
        move = saga.next_move(self.order)
        if isinstance(move, Command):
            self._commands.append(move.message)


@given(
    refuses=st.sets(st.sampled_from(["reserve", "charge", "ship"])),
    moves=st.lists(
        st.sampled_from(["deliver", "repeat", "hear", "again", "give up", "compensate"])
    ),
)
def test_whatever_happens_all_effects_stand_or_none(refuses: set[str], moves: list[str]) -> None:
    """Under lost time, operators, repeated commands and replies, the end is all or nothing."""
    participants = Participants(refuses=refuses)
    drive = Drive(participants)
    for move in moves:
        match move:
            case "deliver":
                drive.deliver()
            case "repeat":
                drive.repeat()
            case "hear":
                drive.hear()
            case "again":
                drive.hear_again()
            case "give up":
                drive.take(saga.give_up(drive.order, "no answer"))
            case "compensate":
                drive.take(saga.compensate(drive.order, "operator"))
    while drive.deliver() or drive.hear():
        pass
    assert saga.is_over(drive.order)
    expected = 1 if drive.order.status == "confirmed" else 0
    assert set(participants.effects.values()) == {expected}


def test_an_order_in_its_final_state_is_cancelled_by_one_event() -> None:
    """The event that ends an undone order carries the reason to whom it may concern."""
    order = new_order()
    event = saga.give_up(order, "changed her mind")
    assert event is not None
    order = saga.evolve(order, event)
    order = saga.evolve(order, StepUndone(ID, "reserve"))
    assert saga.next_move(order) == OrderCancelled(ID, "changed her mind")
    confirmed = after(new_order(), *FORWARD[:2])
    assert saga.next_move(saga.evolve(confirmed, saga.StepDone(ID, "ship"))) == OrderConfirmed(
        ID, 340
    )
