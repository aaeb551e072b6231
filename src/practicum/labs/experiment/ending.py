"""When an order has ended, and waiting for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from practicum.service.errors import OperationError
from practicum.service.operations import Caller
from practicum.shop.order.messages import GET_ORDER, OrderId, OrderView

POLL_S = 0.1
BATCH = 16
"""So many orders are asked about at a time."""
LOOK_TIMEOUT_S = 3.0


async def wait_until_ended(
    ids: Iterable[str], caller: Caller, on_end: Callable[[str], None]
) -> None:
    """Return when all orders have a final state; ``on_end`` hears of each as it is seen.

    A few are asked about at a time, in turn, so that one that is stuck hides no other.
    """
    left = deque(ids)
    while left:
        batch = [left.popleft() for _ in range(min(BATCH, len(left)))]
        views = await asyncio.gather(*(_look(order_id, caller) for order_id in batch))
        open_ = []
        for order_id, view in zip(batch, views, strict=True):
            if view is not None and has_ended(view):
                on_end(order_id)
            else:
                open_.append(order_id)
        left.extend(open_)
        if len(open_) == len(batch):
            await asyncio.sleep(POLL_S)


def has_ended(view: OrderView) -> bool:
    """Whether the order is cancelled, or confirmed with its parcel on its way."""
    return not view.step and (view.status == "cancelled" or bool(view.tracking))


async def _look(order_id: str, caller: Caller) -> OrderView | None:
    """The order, None while the order service cannot tell."""
    try:
        return await caller.call(GET_ORDER, OrderId(order_id), timeout_s=LOOK_TIMEOUT_S)
    except OperationError:
        return None
