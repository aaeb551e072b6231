"""When an order has ended, and waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from practicum.labs.experiment.shopper import TIMEOUT_S
from practicum.service.errors import OperationError
from practicum.service.operations import Caller
from practicum.shop.order.messages import GET_ORDER, OrderId, OrderView

POLL_S = 0.1


async def wait_until_ended(ids: list[str], caller: Caller, on_end: Callable[[str], None]) -> None:
    """Return when all orders have a final state; ``on_end`` hears of each as it is seen."""
    for order_id in ids:
        while True:
            view = await _look(order_id, caller)
            if view is not None and has_ended(view):
                on_end(order_id)
                break
            await asyncio.sleep(POLL_S)


def has_ended(view: OrderView) -> bool:
    """Whether the order is cancelled, or confirmed with its parcel on its way."""
    return not view.step and (view.status == "cancelled" or bool(view.tracking))


async def _look(order_id: str, caller: Caller) -> OrderView | None:
    """The order, None while the order service cannot tell."""
    try:
        return await caller.call(GET_ORDER, OrderId(order_id), timeout_s=TIMEOUT_S)
    except OperationError:
        return None
