"""The order service: takes orders, and drives each one's saga to its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from practicum.service.aggregate import Ref, Work
from practicum.service.crash import crash_point
from practicum.service.errors import OperationError
from practicum.service.retry import RetryBudget, RetryPolicy, retry
from practicum.service.service import Ports, Service
from practicum.service.tracing import current_context
from practicum.service.world import new_id
from practicum.shop.order import rules, saga
from practicum.shop.order.messages import (
    CANCEL_ORDER,
    CATALOG_PRICES,
    GET_ORDER,
    LIST_ORDERS,
    PLACE_ORDER,
    VOCABULARY,
    GetPrices,
    ListOrders,
    OrderCancelled,
    OrderConfirmed,
    OrderCreated,
    OrderId,
    OrderPage,
    OrderView,
    PlaceOrder,
    StepOverdue,
)
from practicum.shop.order.saga import ORDER, Order

REPLIES = "order"
PRICES_TIMEOUT_S = 2.0
UNDO_WAIT_S = 5.0
UNDO_WAIT_MAX_S = 60.0
SCAN = 1000

ACCEPTED = crash_point("order.accepted", "the order is durable, its buyer was not told")


def build(ports: Ports) -> Service:
    """The order service on its ports. Setting: ``step_timeout_s``, how long a step may go
    unanswered before the order turns back."""
    service = Service(ports, VOCABULARY)
    drive = Driver(float(ports.settings.get("step_timeout_s", 30.0)))
    for reply in get_args(saga.Reply):
        service.on(reply, topic=REPLIES, streams=_streams)(drive.hear)
    service.on(StepOverdue, topic=None, streams=_streams)(drive.overdue)
    _answer_buyers(service, drive)
    _answer_lists(service)
    return service


class Driver:
    """Takes the saga's next move after each event; ``step_timeout_s`` bounds each step."""

    def __init__(self, step_timeout_s: float) -> None:
        self._step_timeout_s = step_timeout_s

    def hear(self, reply: saga.Reply, work: Work) -> None:
        """A participant has answered."""
        order = work.state(ORDER, reply.order_id)
        event = saga.hear(order, reply)
        if event is not None:
            self.go_on(work, work.record(ORDER, order.order_id, event))

    def overdue(self, timer: StepOverdue, work: Work) -> None:
        """A participant has not answered: turn back, or when undoing, insist."""
        order = work.state(ORDER, timer.order_id)
        step = saga.waiting_for(order)
        if step is None or (step.name, order.turned) != (timer.step, timer.undoing):
            return
        if order.turned:
            self._command(work, order, timer.attempt + 1)
        else:
            self.turn(work, order, f"no answer to {step.name} in {self._step_timeout_s:g} s")

    def turn(self, work: Work, order: Order, reason: str) -> bool:
        """Turn the order back if it still goes forward; tells whether it was turned."""
        event = saga.give_up(order, reason)
        if event is None:
            return False
        self.go_on(work, work.record(ORDER, order.order_id, event))
        return True

    def go_on(self, work: Work, order: Order) -> None:
        """Send the next command, or end the order."""
        move = saga.next_move(order)
        if isinstance(move, OrderConfirmed | OrderCancelled):
            work.record(ORDER, order.order_id, move)
            work.cancel_timer(_timer(order))
        else:
            self._command(work, order, 1)

    def _command(self, work: Work, order: Order, attempt: int) -> None:
        step = saga.waiting_for(order)
        assert step is not None
        work.send(step.topic, saga.next_move(order))
        wait_s = self._step_timeout_s
        if order.turned:
            wait_s = min(UNDO_WAIT_MAX_S, UNDO_WAIT_S * 2 ** (attempt - 1))
        overdue = StepOverdue(order.order_id, step.name, order.turned, attempt)
        work.set_timer(_timer(order), wait_s, overdue)


def _answer_buyers(service: Service, drive: Driver) -> None:
    ports = service.ports
    budget = RetryBudget()

    async def prices(request: PlaceOrder) -> dict[str, int]:
        skus = GetPrices(",".join(line.sku for line in request.lines))
        try:
            answer = await retry(
                lambda: ports.caller.call(CATALOG_PRICES, skus, timeout_s=PRICES_TIMEOUT_S),
                policy=RetryPolicy(idempotent=True),
                world=ports.world,
                budget=budget,
            )
        except OperationError as error:  # nothing is done yet, whatever became of the question
            raise OperationError("dependency_down", f"no prices from catalog: {error}") from error
        return answer.prices_cents

    @service.answers(PLACE_ORDER)
    async def place_order(request: PlaceOrder) -> OrderView:
        rules.check_lines(request)
        context = current_context()
        key = context.idempotency_key if context else None
        order_id = rules.order_id_for(key) if key else "o-" + new_id(ports.world)
        if key:
            (known,) = await service.read([Ref(ORDER, order_id)])
            if known.status != "none":
                return _repeated(known, request)
        event = rules.created(order_id, request, await prices(request))

        def decide(work: Work) -> Order:
            order = work.state(ORDER, order_id)
            if order.status == "none":
                order = work.record(ORDER, order_id, event)
                drive.go_on(work, order)
            return order

        order = await service.transact([Ref(ORDER, order_id)], decide, key=order_id)
        ACCEPTED()
        return _repeated(order, request)

    @service.answers(CANCEL_ORDER)
    async def cancel_order(request: OrderId) -> OrderView:
        def decide(work: Work) -> Order:
            order = _existing(work.state(ORDER, request.order_id), request)
            turned = drive.turn(work, order, "cancelled by the buyer")
            if not turned and order.status == "confirmed":
                raise OperationError("conflict", f"order {order.order_id} is confirmed already")
            return work.state(ORDER, request.order_id)

        ref = Ref(ORDER, request.order_id)
        return rules.view(await service.transact([ref], decide, key=request.order_id))


def _answer_lists(service: Service) -> None:
    @service.answers(GET_ORDER)
    async def get_order(request: OrderId) -> OrderView:
        (order,) = await service.read([Ref(ORDER, request.order_id)])
        return rules.view(_existing(order, request))

    @service.answers(LIST_ORDERS)
    async def list_orders(request: ListOrders) -> OrderPage:
        found: list[str] = []
        position = request.after
        created = VOCABULARY.type_of(OrderCreated)
        while events := await service.ports.store.read_all(after=position, limit=SCAN):
            for stored in events:
                if stored.event.type == created:
                    if len(found) == request.limit:
                        return OrderPage(await views(found), position)
                    found.append(stored.event.subject)
                position = stored.position
        return OrderPage(await views(found), None)

    async def views(ids: list[str]) -> tuple[OrderView, ...]:
        orders = await service.read([Ref(ORDER, id) for id in ids])
        return tuple(rules.view(order) for order in orders)


def _streams(message: saga.Reply | StepOverdue) -> Iterable[Ref]:
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
