"""Payment: asks the bank, until the answer is sure.

The bank is asked before anything is committed, under a key made from the order. If the process
dies in between, the command comes again, the bank is asked again, and the key makes the second
charge the first one.
"""

from __future__ import annotations

from collections.abc import Iterable

from practicum.service.aggregate import Ref, Work
from practicum.service.crash import crash_point
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service, TryLater
from practicum.shop.payment.messages import (
    BANK_CHARGE,
    BANK_REFUND,
    GET_PAYMENT,
    LIST_PAYMENTS,
    VOCABULARY,
    BankCharge,
    BankRefund,
    ChargePayment,
    GetPayment,
    ListPayments,
    PaymentCharged,
    PaymentDeclined,
    PaymentPage,
    PaymentRefunded,
    PaymentView,
    RefundPayment,
)
from practicum.shop.payment.rules import PAYMENT, PAYMENTS, charge_key, refund_key

COMMANDS = "payment"
REPLIES = "order"
BANK_TIMEOUT_S = 5.0
BANK_PAUSE_S = 0.3

CHARGED = crash_point("payment.charged", "the bank has charged, payment has not noted it")
REFUNDED = crash_point("payment.refunded", "the bank has refunded, payment has not noted it")


def build(ports: Ports) -> Service:
    """Payment on its ports."""
    service = Service(ports, VOCABULARY)
    service.batches_at_once = 4  # a slow answer of the bank must not hold up other orders

    def streams(command: ChargePayment | RefundPayment) -> Iterable[Ref]:
        yield Ref(PAYMENT, command.order_id)

    @service.on(ChargePayment, topic=COMMANDS, streams=streams)
    async def charge(command: ChargePayment, work: Work) -> None:
        payment = work.state(PAYMENT, command.order_id)
        if payment.status == "new":
            event = await _ask_to_charge(ports, command)
            payment = work.record(PAYMENT, command.order_id, event)
        if payment.status == "charged":
            work.send(REPLIES, PaymentCharged(command.order_id, payment.charged_cents))
        else:
            reason = payment.reason or "the payment was refunded"
            work.send(REPLIES, PaymentDeclined(command.order_id, reason))

    @service.on(RefundPayment, topic=COMMANDS, streams=streams)
    async def refund(command: RefundPayment, work: Work) -> None:
        payment = work.state(PAYMENT, command.order_id)
        if payment.status == "charged":
            await _ask_to_refund(ports, command.order_id, payment.charged_cents)
        if payment.status != "refunded":
            event = PaymentRefunded(command.order_id, payment.charged_cents)
            payment = work.record(PAYMENT, command.order_id, event)
        work.send(REPLIES, PaymentRefunded(command.order_id, payment.refunded_cents))

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


async def _ask_to_charge(ports: Ports, command: ChargePayment) -> PaymentCharged | PaymentDeclined:
    request = BankCharge(command.card, command.amount_cents, command.order_id)
    try:
        await ports.caller.call(
            BANK_CHARGE,
            request,
            timeout_s=BANK_TIMEOUT_S,
            idempotency_key=charge_key(command.order_id),
        )
    except OperationError as error:
        if error.code == "declined":
            return PaymentDeclined(command.order_id, error.message)
        raise _later(error) from error
    CHARGED()
    return PaymentCharged(command.order_id, command.amount_cents)


async def _ask_to_refund(ports: Ports, order_id: str, amount_cents: int) -> None:
    try:
        await ports.caller.call(
            BANK_REFUND,
            BankRefund(charge_key(order_id), amount_cents),
            timeout_s=BANK_TIMEOUT_S,
            idempotency_key=refund_key(order_id),
        )
    except OperationError as error:
        raise _later(error) from error
    REFUNDED()


def _later(error: OperationError) -> Exception:
    """The bank is away or unsure: ask again later. A refusal for good is a bug of ours, and
    goes the way of all poison."""
    if error.transient or not error.definite:
        return TryLater(f"the bank: {error}", BANK_PAUSE_S)
    return RuntimeError(f"the bank refuses: {error}")
