"""The order service: takes orders, and drives each one's saga to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from practicum.service.aggregate import Ref, Work
from practicum.service.crash import crash_point
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.service.tracing import current_context
from practicum.service.world import new_id
from practicum.shop.order import rules, saga
from practicum.shop.order.messages import (
    CANCEL_ORDER,
    COMPENSATE_ORDER,
    GET_ORDER,
    LIST_ORDERS,
    PLACE_ORDER,
    RESUME_ORDER,
    VOCABULARY,
    InventoryRefused,
    InventoryReleased,
    InventoryReserved,
    ListOrders,
    OrderCancelled,
    OrderConfirmed,
    OrderId,
    OrderPage,
    OrderShipped,
    OrderView,
    PlaceOrder,
    ProductUpdated,
    ShipmentSeen,
    StepOverdue,
)
from practicum.shop.order.prices import PriceList
from practicum.shop.order.saga import ORDER
from practicum.shop.order.steps import Command, Order, Reply, SagaEvent

REPLIES = "order"
EVENTS = "order-events"
INVENTORY_EVENTS = "inventory-events"
SHIPPING_EVENTS = "shipping-events"
CATALOG_EVENTS = "catalog-events"
INSIST_WAIT_S = 5.0
INSIST_WAIT_S_MAX = 60.0
TEN_YEARS_S = 315_360_000.0

ACCEPTED = crash_point("order.accepted", "the order is durable, its buyer was not told")


def build(ports: Ports) -> Service:
    """The order service on its ports. Setting: ``step_timeout_s``, how long a step may go
    unanswered before the order turns back."""
    service = Service(ports, VOCABULARY)
    drive = Driver(float(ports.settings.get("step_timeout_s", 30.0)))
    prices = PriceList(ports)
    for reply in get_args(Reply):
        told_to_all = reply in (InventoryReserved, InventoryRefused, InventoryReleased)
        topic = INVENTORY_EVENTS if told_to_all else REPLIES
        service.on(reply, topic=topic, streams=_streams)(drive.hear)
    service.on(OrderShipped, topic=SHIPPING_EVENTS, streams=_streams)(see_shipment)
    service.on(StepOverdue, topic=None, streams=_streams)(drive.overdue)

    @service.on(ProductUpdated, topic=CATALOG_EVENTS, streams=lambda _: ())
    def hear_price(updated: ProductUpdated, work: Work) -> None:
        prices.products.hear(updated.sku, updated.price_cents)

    _answer_buyers(service, drive, prices)
    _answer_operators(service, drive)
    _answer_readers(service)
    return service


class Driver:
    """Takes the saga's next move after each event; ``step_timeout_s`` bounds each step."""

    def __init__(self, step_timeout_s: float) -> None:
        self._step_timeout_s = step_timeout_s

    def hear(self, reply: Reply, work: Work) -> None:
        """A participant has answered."""
        order = work.state(ORDER, reply.order_id)
        event = saga.hear(order, reply)
        if event is not None:
            self.go_on(work, work.record(ORDER, order.order_id, event))

    def overdue(self, timer: StepOverdue, work: Work) -> None:
        """A participant has not answered: turn back, or insist."""
        order = work.state(ORDER, timer.order_id)
        step = saga.waiting_for(order)
        if step is None or (step.name, order.turned) != (timer.step, timer.undoing):
            return
        if saga.insists(order):
            self.go_on(work, order, timer.attempt + 1)
        else:
            reason = f"no answer to {step.name} in {self._step_timeout_s:g} s"
            self.turn(work, order, saga.give_up(order, reason))

    def turn(self, work: Work, order: Order, event: SagaEvent | None) -> bool:
        """Record that the order turns, and take it back; tells whether there was an event."""
        if event is None:
            return False
        self.go_on(work, work.record(ORDER, order.order_id, event))
        return True

    def go_on(self, work: Work, order: Order, attempt: int = 1) -> None:
        """Do what follows: send the next command, or end the order."""
        while (move := saga.next_move(order)) is not None:
            if isinstance(move, Command):
                work.send(move.topic, move.message)
                self._watch(work, order, attempt)
                return
            order = work.record(ORDER, order.order_id, move)
            if isinstance(move, OrderConfirmed | OrderCancelled):
                work.send(EVENTS, move)
        work.cancel_timer(_timer(order))

    def _watch(self, work: Work, order: Order, attempt: int) -> None:
        step = saga.waiting_for(order)
        assert step is not None
        wait_s = self._step_timeout_s
        if saga.insists(order):
            wait_s = min(INSIST_WAIT_S_MAX, INSIST_WAIT_S * 2.0 ** (attempt - 1))
        overdue = StepOverdue(order.order_id, step.name, order.turned, attempt)
        work.set_timer(_timer(order), wait_s, overdue)


def see_shipment(shipped: OrderShipped, work: Work) -> None:
    """Shipping tells that the parcel is on its way; the buyer sees it a little later."""
    order = work.state(ORDER, shipped.order_id)
    if order.status != "none" and not order.tracking:
        work.record(ORDER, order.order_id, ShipmentSeen(order.order_id, shipped.tracking))


def _answer_buyers(service: Service, drive: Driver, prices: PriceList) -> None:
    @service.answers(PLACE_ORDER)
    async def place_order(request: PlaceOrder) -> OrderView:
        rules.check_lines(request)
        context = current_context()
        key = context.idempotency_key if context else None
        order_id = rules.order_id_for(key) if key else "o-" + new_id(service.ports.world)
        event = rules.created(order_id, request, *await prices.of(request))

        def decide(work: Work) -> Order:
            order: Order = work.state(ORDER, order_id)
            if order.status == "none":
                order = work.record(ORDER, order_id, event)
                work.send(EVENTS, event)
                drive.go_on(work, order)
            return order

        order = await service.transact([Ref(ORDER, order_id, new=True)], decide, key=order_id)
        ACCEPTED()
        return _repeated(order, request)

    @service.answers(CANCEL_ORDER)
    async def cancel_order(request: OrderId) -> OrderView:
        def decide(order: Order, work: Work) -> None:
            turned = drive.turn(work, order, saga.give_up(order, "cancelled by the buyer"))
            if not turned and order.status == "confirmed":
                raise OperationError("conflict", f"order {order.order_id} is confirmed already")

        return await _change(service, request, decide)


def _answer_operators(service: Service, drive: Driver) -> None:
    @service.answers(RESUME_ORDER)
    async def resume_order(request: OrderId) -> OrderView:
        def decide(order: Order, work: Work) -> None:
            if saga.waiting_for(order) is None:
                raise OperationError("conflict", f"order {order.order_id} waits for nothing")
            drive.go_on(work, order)

        return await _change(service, request, decide)

    @service.answers(COMPENSATE_ORDER)
    async def compensate_order(request: OrderId) -> OrderView:
        def decide(order: Order, work: Work) -> None:
            if not drive.turn(work, order, saga.compensate(order, "undone by an operator")):
                raise OperationError("conflict", f"order {order.order_id} is being undone already")

        return await _change(service, request, decide)


async def _change(
    service: Service, request: OrderId, decide: Callable[[Order, Work], None]
) -> OrderView:
    """Decide on an existing order; its view afterwards."""

    def on_existing(work: Work) -> Order:
        decide(_existing(work.state(ORDER, request.order_id), request), work)
        return work.state(ORDER, request.order_id)

    ref = Ref(ORDER, request.order_id)
    return rules.view(await service.transact([ref], on_existing, key=request.order_id))


def _answer_readers(service: Service) -> None:
    orders = service.project(rules.ORDERS)

    @service.answers(GET_ORDER)
    async def get_order(request: OrderId) -> OrderView:
        (order,) = await service.read([Ref(ORDER, request.order_id)])
        return rules.view(_existing(order, request))

    @service.answers(LIST_ORDERS)
    async def list_orders(request: ListOrders) -> OrderPage:
        if request.open:
            return await list_open(request)
        page = await orders.page(after=request.after, limit=request.limit)
        summaries = tuple(map(rules.summary, page.documents))
        return OrderPage(summaries, summaries[-1].order_id if page.full else None, page.lag_events)

    async def list_open(request: ListOrders) -> OrderPage:
        # Every saga that is not over has a timer: together they are the index of open orders.
        ports = service.ports
        timers = await ports.store.due_timers(ports.world.now() + TEN_YEARS_S, limit=10_000)
        ids = sorted(x.event.subject for x in timers if x.event.subject > request.after)
        found = await orders.get_many(ids[: request.limit])
        summaries = tuple(rules.summary(found[id]) for id in ids if id in found)
        more = ids[request.limit - 1] if len(ids) > request.limit else None
        return OrderPage(summaries, more, 0)


def _streams(message: Reply | StepOverdue | OrderShipped) -> Iterable[Ref]:
    yield Ref(ORDER, message.order_id)


def _timer(order: Order) -> str:
    return f"saga-{order.order_id}"


def _existing(order: Order, request: OrderId) -> Order:
    if order.status == "none":
        raise OperationError("not_found", f"there is no order {request.order_id}")
    return order


def _repeated(order: Order, request: PlaceOrder) -> OrderView:
    """The view of an order that was placed with just this request."""
    if order.request_hash != rules.request_hash(request):
        raise OperationError(
            "key_reused",
            f"this key stands for order {order.order_id}, which was placed with another body",
            field="Idempotency-Key",
        )
    return rules.view(order)
