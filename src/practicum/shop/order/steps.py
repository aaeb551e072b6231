"""What the saga is made of: an order's state, and its steps with what each says and hears.

Each step has a command that does it and a command that undoes it. The participants promise that
either may be repeated, and that undoing works in every case: also when the step was refused,
when it never happened, and when its command is still on its way (it will then be refused).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

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
    Pieces,
    RefundPayment,
    ReleaseStock,
    ReserveStock,
    ShipmentSeen,
    ShippingArranged,
    ShippingCancelled,
    ShippingRefused,
    StepDone,
    StepFailed,
    StepUndone,
    WithdrawNotification,
)

Reply = (
    InventoryReserved
    | InventoryRefused
    | InventoryReleased
    | PaymentCharged
    | PaymentDeclined
    | PaymentRefunded
    | ShippingArranged
    | ShippingRefused
    | ShippingCancelled
    | NotificationSent
    | NotificationWithdrawn
)
SagaEvent = (
    OrderCreated
    | StepDone
    | StepFailed
    | StepUndone
    | OrderConfirmed
    | OrderCancelled
    | ShipmentSeen
)

PIVOT = "confirm"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order and where its saga stands.

    ``done`` are the steps that have their effect. Once the saga has ``turned``, ``undoing``
    are the steps still to be undone, the next one first. ``tracking`` is the parcel's number,
    once the parcel is seen to be on its way.
    """

    order_id: str = ""
    status: Literal["none", "pending", "confirmed", "cancelled"] = "none"
    lines: tuple[Line, ...] = ()
    shipping_cents: int = 0
    total_cents: int = 0
    card: str = ""
    request_hash: str = ""
    done: tuple[str, ...] = ()
    turned: bool = False
    undoing: tuple[str, ...] = ()
    reason: str = ""
    tracking: str = ""

    @property
    def pieces(self) -> tuple[Pieces, ...]:
        """The lines without prices, as inventory wants them."""
        return tuple(Pieces(line.sku, line.quantity) for line in self.lines)


class Command(msgspec.Struct, frozen=True):
    """A message to a participant's topic."""

    topic: str
    message: msgspec.Struct


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a step says to its participant, and the replies that it can bring."""

    topic: str
    do: Callable[[Order], msgspec.Struct]
    undo: Callable[[Order], msgspec.Struct]
    done: type[msgspec.Struct]
    refused: tuple[type[msgspec.Struct], ...] = ()
    undone: type[msgspec.Struct]


class Step(msgspec.Struct, frozen=True):
    """One step; without an exchange it is the order's own affair."""

    name: str
    exchange: Exchange | None = None


STEPS = (
    Step(
        "reserve",
        Exchange(
            topic="inventory",
            do=lambda order: ReserveStock(order.order_id, order.pieces),
            undo=lambda order: ReleaseStock(order.order_id, order.pieces),
            done=InventoryReserved,
            refused=(InventoryRefused,),
            undone=InventoryReleased,
        ),
    ),
    Step(
        "charge",
        Exchange(
            topic="payment",
            do=lambda order: ChargePayment(order.order_id, order.total_cents, order.card),
            undo=lambda order: RefundPayment(order.order_id),
            done=PaymentCharged,
            refused=(PaymentDeclined,),
            undone=PaymentRefunded,
        ),
    ),
    Step(
        "ship",
        Exchange(
            topic="shipping",
            do=lambda order: ArrangeShipping(order.order_id, order.pieces, order.total_cents),
            undo=lambda order: CancelShipping(order.order_id),
            done=ShippingArranged,
            refused=(ShippingRefused,),
            undone=ShippingCancelled,
        ),
    ),
    Step(PIVOT),
    Step(
        "notify",
        Exchange(
            topic="notification",
            do=lambda order: NotifyBuyer(order.order_id, order.total_cents),
            undo=lambda order: WithdrawNotification(order.order_id),
            done=NotificationSent,
            undone=NotificationWithdrawn,
        ),
    ),
)


def step_named(name: str) -> Step:
    """The step of that name; StopIteration if there is none."""
    return next(step for step in STEPS if step.name == name)
