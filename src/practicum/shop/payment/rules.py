"""A payment is charged at most once, and once refunded it stays so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.store import StoredEvent
from practicum.service.views import Projection
from practicum.shop.payment.messages import (
    PaymentCharged,
    PaymentDeclined,
    PaymentRefunded,
    PaymentView,
)


class Payment(msgspec.Struct, frozen=True):
    """What the order's buyer has paid and got back, in cents; ``charge`` is the key under which
    the bank took it."""

    status: Literal["new", "charged", "declined", "refunded"] = "new"
    charged_cents: int = 0
    refunded_cents: int = 0
    reason: str = ""
    charge: str = ""


def evolve(payment: Payment, event: PaymentCharged | PaymentDeclined | PaymentRefunded) -> Payment:
    """The payment after an event."""
    match event:
        case PaymentCharged():
            return Payment("charged", event.amount_cents, charge=event.charge)
        case PaymentDeclined():
            return Payment("declined", reason=event.reason)
        case PaymentRefunded():
            return Payment("refunded", payment.charged_cents, event.amount_cents)


PAYMENT = Aggregate(name="payment", initial=Payment(), evolve=evolve)


def fold(
    view: PaymentView | None,
    key: str,
    event: PaymentCharged | PaymentDeclined | PaymentRefunded,
    stored: StoredEvent,
) -> PaymentView:
    """The payment in the read model after an event."""
    before = Payment(charged_cents=view.charged_cents) if view else Payment()
    after = evolve(before, event)
    return PaymentView(key, after.status, after.charged_cents, after.refunded_cents)


def _keys(event: object) -> Iterable[str]:
    known = PaymentCharged | PaymentDeclined | PaymentRefunded
    return [event.order_id] if isinstance(event, known) else []


PAYMENTS = Projection(view="payments", document=PaymentView, keys=_keys, fold=fold)
