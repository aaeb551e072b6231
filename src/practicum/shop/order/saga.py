"""The order saga: where an order stands, what it hears, and what follows.

As long as steps succeed the order goes forward; from the first failure on it goes backward
through the steps that were done, last one first. A step whose answer never came is undone too,
because its effect may have happened: undoing what never happened is the participant's duty to
get right.

Confirming is the pivot. Before it an order turns back when something fails; after it, it goes
forward until it is done, and only an operator turns it back.

Everything here is pure. An order's state is a fold over its events; `hear` turns a reply into
the event it means now, `next_move` says what follows from a state.
"""

from __future__ import annotations

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.shop.order.messages import (
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    ShipmentSeen,
    StepDone,
    StepFailed,
    StepUndone,
)
from practicum.shop.order.steps import (
    PIVOT,
    STEPS,
    Command,
    Order,
    Reply,
    SagaEvent,
    Step,
    step_named,
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
                shipping_cents=event.shipping_cents,
                total_cents=event.total_cents,
                card=event.card,
                request_hash=event.request_hash,
            )
        case StepDone():
            return replace(order, done=(*order.done, event.step))
        case StepFailed():
            affected = (*order.done, event.step) if event.unsure else order.done
            undoing = tuple(reversed(affected))
            return replace(order, turned=True, undoing=undoing, reason=event.reason)
        case StepUndone():
            undone = replace(order, undoing=order.undoing[1:])
            return replace(undone, status="pending") if event.step == PIVOT else undone
        case OrderConfirmed():
            return replace(order, status="confirmed", done=(*order.done, PIVOT))
        case OrderCancelled():
            return replace(order, status="cancelled", reason=event.reason)
        case ShipmentSeen():
            return replace(order, tracking=event.tracking)


ORDER = Aggregate(name="order", initial=Order(), evolve=evolve)


def waiting_for(order: Order) -> Step | None:
    """The step that the saga is at, forward or backward; None when it is over."""
    if order.status in ("none", "cancelled"):
        return None
    if order.turned:
        return step_named(order.undoing[0]) if order.undoing else None
    return next((step for step in STEPS if step.name not in order.done), None)


def is_over(order: Order) -> bool:
    """Whether the order is in a final state: confirmed with all steps done, or cancelled."""
    return order.status == "cancelled" or (
        order.status == "confirmed" and not order.turned and waiting_for(order) is None
    )


def hear(order: Order, reply: Reply) -> StepDone | StepFailed | StepUndone | None:
    """What a reply means for the order now; None when it comes late or twice."""
    step = waiting_for(order)
    if step is None or step.exchange is None:
        return None
    if order.turned:
        if isinstance(reply, step.exchange.undone):
            return StepUndone(order.order_id, step.name)
        return None
    if isinstance(reply, step.exchange.done):
        return StepDone(order.order_id, step.name)
    if isinstance(reply, step.exchange.refused):
        return StepFailed(order.order_id, step.name, getattr(reply, "reason", ""), unsure=False)
    return None


def give_up(order: Order, reason: str) -> StepFailed | None:
    """Turn an order back while the outcome of its step is not known; None when it is past its
    pivot, or has turned or ended already."""
    if PIVOT in order.done:
        return None
    return compensate(order, reason)


def compensate(order: Order, reason: str) -> StepFailed | None:
    """Turn an order back wherever it is, also after its pivot: an operator may. None when it
    has turned already."""
    if order.status in ("none", "cancelled") or order.turned:
        return None
    step = waiting_for(order)
    return StepFailed(order.order_id, step.name if step else "", reason, unsure=step is not None)


def insists(order: Order) -> bool:
    """Whether a step without an answer is commanded again, and not given up: on the way back,
    and after the pivot."""
    return order.turned or PIVOT in order.done


def next_move(order: Order) -> Command | SagaEvent | None:
    """What follows from a state: a command, an event of the order's own, or nothing more."""
    if order.status in ("none", "cancelled"):
        return None
    step = waiting_for(order)
    if step is None:
        return OrderCancelled(order.order_id, order.reason) if order.turned else None
    if step.exchange is None:
        if order.turned:
            return StepUndone(order.order_id, step.name)
        return OrderConfirmed(order.order_id, order.total_cents)
    message = step.exchange.undo(order) if order.turned else step.exchange.do(order)
    return Command(step.exchange.topic, message)
