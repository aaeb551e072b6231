"""Payment on its ports: what it is told goes to `charging`, what it is asked is answered here."""

from __future__ import annotations

from collections.abc import Iterable

from practicum.service.aggregate import Ref, Work
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.shop.payment import charging
from practicum.shop.payment.bank import Bank
from practicum.shop.payment.messages import (
    GET_PAYMENT,
    LIST_PAYMENTS,
    VOCABULARY,
    ChargePayment,
    GetPayment,
    ListPayments,
    PaymentPage,
    PaymentView,
    RefundPayment,
)
from practicum.shop.payment.rules import PAYMENT, PAYMENTS

COMMANDS = "payment"


def build(ports: Ports) -> Service:
    """Payment on its ports."""
    service = Service(ports, VOCABULARY)
    service.batches_at_once = 4  # a slow answer of the bank must not hold up other orders
    bank = Bank(ports.caller)

    def streams(command: ChargePayment | RefundPayment) -> Iterable[Ref]:
        yield Ref(PAYMENT, command.order_id)

    @service.on(ChargePayment, topic=COMMANDS, streams=streams)
    async def charge(command: ChargePayment, work: Work) -> None:
        await charging.charge(command, work, bank)

    @service.on(RefundPayment, topic=COMMANDS, streams=streams)
    async def refund(command: RefundPayment, work: Work) -> None:
        await charging.refund(command, work, bank)

    @service.answers(GET_PAYMENT)
    async def get_payment(request: GetPayment) -> PaymentView:
        (payment,) = await service.read([Ref(PAYMENT, request.order_id)])
        if payment.status == "new":
            raise OperationError("not_found", f"nothing was paid for {request.order_id}")
        return PaymentView(
            request.order_id, payment.status, payment.charged_cents, payment.refunded_cents
        )

    payments = service.project(PAYMENTS)

    @service.answers(LIST_PAYMENTS)
    async def list_payments(request: ListPayments) -> PaymentPage:
        page = await payments.page(after=request.after, limit=request.limit)
        more = page.documents[-1].order_id if page.full else None
        return PaymentPage(page.documents, more, page.lag_events)

    return service
