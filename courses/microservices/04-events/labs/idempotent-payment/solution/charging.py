"""Charging and refunding, each once for an order, however often it is commanded.

The bank is asked before anything is committed, under a key made from the order. If the process
dies in between, the command comes again, the bank is asked again, and the key makes the second
charge the first one.
"""

from __future__ import annotations

from practicum.service.aggregate import Work
from practicum.shop.payment.bank import Bank, Declined
from practicum.shop.payment.messages import (
    ChargePayment,
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    RefundPayment,
)
from practicum.shop.payment.rules import PAYMENT

REPLIES = "order"


def charge_key(order_id: str) -> str:
    """The bank's idempotency key for an order's charge: a repeated try charges once."""
    return f"charge-{order_id}"


def refund_key(order_id: str) -> str:
    """The bank's idempotency key for an order's refund."""
    return f"refund-{order_id}"


async def charge(command: ChargePayment, work: Work, bank: Bank) -> None:
    """Take the order's money, unless that was decided before; tell the order service."""
    payment = work.state(PAYMENT, command.order_id)
    if payment.status == "new":
        event = await _ask_to_charge(bank, command)
        payment = work.record(PAYMENT, command.order_id, event)
    if payment.status == "charged":
        charged = PaymentCharged(command.order_id, payment.charged_cents, payment.charge)
        work.send(REPLIES, charged)
    else:
        reason = payment.reason or "the payment was refunded"
        work.send(REPLIES, PaymentDeclined(command.order_id, reason))


async def refund(command: RefundPayment, work: Work, bank: Bank) -> None:
    """Give back what was taken, if anything was, and take nothing later."""
    order_id = command.order_id
    payment = work.state(PAYMENT, order_id)
    if payment.status == "charged":
        taken = payment.charge or charge_key(order_id)  # older events do not name the charge
        await bank.refund(taken, payment.charged_cents, key=refund_key(order_id))
    if payment.status != "refunded":
        event = PaymentRefunded(order_id, payment.charged_cents)
        payment = work.record(PAYMENT, order_id, event)
    work.send(REPLIES, PaymentRefunded(order_id, payment.refunded_cents))


async def _ask_to_charge(bank: Bank, command: ChargePayment) -> PaymentCharged | PaymentDeclined:
    key = charge_key(command.order_id)
    try:
        await bank.charge(command, key=key)
    except Declined as declined:
        return PaymentDeclined(command.order_id, str(declined))
    return PaymentCharged(command.order_id, command.amount_cents, key)
