"""Payment's two handlers: `charge` takes an order's money, `refund` gives it back.

Each runs once for every message that payment is handed, and the same message may be handed in
again: whenever payment dies before what it did was committed, nobody knows that the message was
handled, and it comes again when payment is back.

What a handler records (`work.record`) and sends (`work.send`) is committed in one transaction
after it has returned, or not at all. What it does at the bank is done at once, and stays done.
"""

from __future__ import annotations

from practicum.service.aggregate import Work
from practicum.service.world import new_id
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
"""The topic that the order service listens to."""


async def charge(command: ChargePayment, work: Work, bank: Bank) -> None:
    """Take the order's money; record what became of it, and tell the order service."""
    order_id = command.order_id
    key = new_id(work.world)  # the bank wants a key for every movement of money
    event: PaymentCharged | PaymentDeclined
    try:
        await bank.charge(command, key=key)
        event = PaymentCharged(order_id, command.amount_cents, key)
    except Declined as declined:
        event = PaymentDeclined(order_id, str(declined))
    work.record(PAYMENT, order_id, event)
    work.send(REPLIES, event)


async def refund(command: RefundPayment, work: Work, bank: Bank) -> None:
    """Give back what was taken for the order; record it, and tell the order service."""
    order_id = command.order_id
    payment = work.state(PAYMENT, order_id)
    if payment.status == "charged":
        await bank.refund(payment.charge, payment.charged_cents, key=new_id(work.world))
    event = PaymentRefunded(order_id, payment.charged_cents)
    work.record(PAYMENT, order_id, event)
    work.send(REPLIES, event)
