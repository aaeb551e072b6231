"""What payment is told, remembers and answers, and what it asks of the bank."""

from __future__ import annotations

from typing import Annotated

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("shop")


@VOCABULARY.message("payment.charge")
class ChargePayment(msgspec.Struct, frozen=True):
    """Command: take the order's money."""

    order_id: str
    amount_cents: int
    card: str


@VOCABULARY.message("payment.refund")
class RefundPayment(msgspec.Struct, frozen=True):
    """Command: give back whatever was taken for the order, and take nothing later."""

    order_id: str


@VOCABULARY.message("payment.charged")
class PaymentCharged(msgspec.Struct, frozen=True):
    """The bank has taken the money, under the key ``charge``. Fact and reply."""

    order_id: str
    amount_cents: int
    charge: str = ""


@VOCABULARY.message("payment.declined")
class PaymentDeclined(msgspec.Struct, frozen=True):
    """No money was taken, and none will be. Fact and reply."""

    order_id: str
    reason: str


@VOCABULARY.message("payment.refunded")
class PaymentRefunded(msgspec.Struct, frozen=True):
    """The order holds no money of the buyer: ``amount_cents`` went back, 0 if none was taken.
    Fact and reply."""

    order_id: str
    amount_cents: int


class GetPayment(msgspec.Struct, frozen=True):
    """The payment of one order."""

    order_id: str


class PaymentView(msgspec.Struct, frozen=True):
    """A payment's state: new, charged, declined or refunded."""

    order_id: str
    status: str
    charged_cents: int
    refunded_cents: int


GET_PAYMENT = Operation(
    service="payment",
    name="get_payment",
    method="GET",
    path="/payments/{order_id}",
    request=GetPayment,
    result=PaymentView,
    summary="What was paid for an order",
    errors=("not_found",),
)


class ListPayments(msgspec.Struct, frozen=True):
    """Payments in order of their orders' ids, a page after ``after``."""

    after: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class PaymentPage(msgspec.Struct, frozen=True):
    """``next`` is the ``after`` of the following page, None on the last."""

    payments: tuple[PaymentView, ...]
    next: str | None
    lag_events: int


LIST_PAYMENTS = Operation(
    service="payment",
    name="list_payments",
    method="GET",
    path="/payments",
    request=ListPayments,
    result=PaymentPage,
    summary="All payments, from the read model",
)


class BankCharge(msgspec.Struct, frozen=True):
    """The bank's charge, as far as payment needs it."""

    card: str
    amount_cents: int
    reference: str


class BankRefund(msgspec.Struct, frozen=True):
    """The bank's refund; ``charge`` is the key under which the charge was made."""

    charge: str
    amount_cents: int


class BankReceipt(msgspec.Struct, frozen=True):
    """The bank's answer."""

    amount_cents: int


BANK_CHARGE = Operation(
    service="bank",
    name="charge",
    method="POST",
    path="/charges",
    request=BankCharge,
    result=BankReceipt,
)
BANK_REFUND = Operation(
    service="bank",
    name="refund",
    method="POST",
    path="/refunds",
    request=BankRefund,
    result=BankReceipt,
)
