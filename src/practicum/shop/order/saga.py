"""The order saga: the steps that an order takes, and the way back.

Each step has a command that does it and a command that undoes it. As long as steps succeed the
order goes forward; from the first failure on it goes backward through the steps that were done,
last one first. A step whose answer never came is undone too, because its effect may have
happened: undoing what never happened is the participant's duty to get right.

Everything here is pure. An order's state is a fold over its events; `hear` turns a reply into
the event it means now, `next_move` says what follows from a state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.shop.order.messages import (
    ChargePayment,
    Line,
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
    StepDone,
    StepFailed,
    StepUndone,
    StockRefused,
    StockReleased,
    StockReserved,
)

Reply = (
    StockReserved
    | StockRefused
    | StockReleased
    | PaymentCharged
    | PaymentDeclined
    | PaymentRefunded
)
SagaEvent = OrderCreated | StepDone | StepFailed | StepUndone | OrderConfirmed | OrderCancelled


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order and where its saga stands.

    ``done`` are the steps that have their effect. Once the saga has ``turned``, ``undoing``
    are the steps still to be undone, the next one first.
    """

    order_id: str = ""
    status: Literal["none", "pending", "confirmed", "cancelled"] = "none"
    lines: tuple[Line, ...] = ()
    total_cents: int = 0
    card: str = ""
    request_hash: str = ""
    done: tuple[str, ...] = ()
    turned: bool = False
    undoing: tuple[str, ...] = ()
    reason: str = ""

    @property
    def pieces(self) -> tuple[Pieces, ...]:
        """The lines without prices, as inventory wants them."""
        return tuple(Pieces(line.sku, line.quantity) for line in self.lines)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: commands to do and undo it, and the replies that each can bring."""

    name: str
    topic: str
    do: Callable[[Order], msgspec.Struct]
    undo: Callable[[Order], msgspec.Struct]
    done: type[msgspec.Struct]
    refused: type[msgspec.Struct]
    undone: type[msgspec.Struct]


STEPS = (
    Step(
        name="reserve",
        topic="inventory",
        do=lambda order: ReserveStock(order.order_id, order.pieces),
        undo=lambda order: ReleaseStock(order.order_id, order.pieces),
        done=StockReserved,
        refused=StockRefused,
        undone=StockReleased,
    ),
    Step(
        name="charge",
        topic="payment",
        do=lambda order: ChargePayment(order.order_id, order.total_cents, order.card),
        undo=lambda order: RefundPayment(order.order_id),
        done=PaymentCharged,
        refused=PaymentDeclined,
        undone=PaymentRefunded,
    ),
)


def evolve(order: Order, event: SagaEvent) -> Order:
    """The order after an event."""
    replace = msgspec.structs.replace
    match event:
        case OrderCreated():
            return Order(
                order_id=event.order_id,
                status="pending",
                lines=event.lines,
                total_cents=event.total_cents,
                card=event.card,
                request_hash=event.request_hash,
            )
        case StepDone():
            return replace(order, done=(*order.done, event.step))
        case StepFailed():
            affected = (*order.done, event.step) if event.unsure else order.done
            return replace(
                order, turned=True, undoing=tuple(reversed(affected)), reason=event.reason
            )
        case StepUndone():
            return replace(order, undoing=order.undoing[1:])
        case OrderConfirmed():
            return replace(order, status="confirmed")
        case OrderCancelled():
            return replace(order, status="cancelled", reason=event.reason)


ORDER = Aggregate(name="order", initial=Order(), evolve=evolve)


def waiting_for(order: Order) -> Step | None:
    """The step whose answer a pending order waits for, forward or backward; None at an end."""
    if order.status != "pending":
        return None
    if order.turned:
        return _step(order.undoing[0]) if order.undoing else None
    return next((step for step in STEPS if step.name not in order.done), None)


def hear(order: Order, reply: Reply) -> StepDone | StepFailed | StepUndone | None:
    """What a reply means for the order now; None when it comes late or twice."""
    step = waiting_for(order)
    if step is None:
        return None
    if order.turned:
        if isinstance(reply, step.undone):
            return StepUndone(order.order_id, step.name)
        return None
    if isinstance(reply, step.done):
        return StepDone(order.order_id, step.name)
    if isinstance(reply, step.refused):
        reason = getattr(reply, "reason", "")
        return StepFailed(order.order_id, step.name, reason, unsure=False)
    return None


def give_up(order: Order, reason: str) -> StepFailed | None:
    """Turn a pending order back while the outcome of its step is not known; None when it has
    turned or ended already."""
    step = waiting_for(order)
    if step is None or order.turned:
        return None
    return StepFailed(order.order_id, step.name, reason, unsure=True)


def next_move(order: Order) -> msgspec.Struct:
    """What follows: a command for `waiting_for`'s topic, or the event that ends the order.

    ValueError for an order that is not pending.
    """
    if order.status != "pending":
        raise ValueError(f"order {order.order_id} is {order.status}: nothing follows")
    step = waiting_for(order)
    if step is not None:
        return step.undo(order) if order.turned else step.do(order)
    if order.turned:
        return OrderCancelled(order.order_id, order.reason)
    return OrderConfirmed(order.order_id)


def _step(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)
