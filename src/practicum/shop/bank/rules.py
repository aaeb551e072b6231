"""One account per charge: charged or declined once, refunded at most what was charged."""

from __future__ import annotations

import msgspec

from practicum.service.aggregate import Aggregate
from practicum.service.errors import OperationError
from practicum.shop.bank.messages import Charge, Charged, Declined, Refund, Refunded

DECLINED_CARD = "tok-declined"
"""A card that never has money."""


class Account(msgspec.Struct, frozen=True):
    """What became of one charge; ``refunds`` are cents by the refund's idempotency key."""

    request: Charge | None = None
    declined: str | None = None
    refunds: dict[str, int] = {}

    @property
    def refunded_cents(self) -> int:
        """The sum of all refunds."""
        return sum(self.refunds.values())


def evolve(account: Account, event: Charged | Declined | Refunded) -> Account:
    """The account after an event."""
    match event:
        case Charged():
            return Account(Charge(event.card, event.amount_cents, event.reference))
        case Declined():
            request = Charge(event.card, event.amount_cents, event.reference)
            return Account(request, event.reason)
        case Refunded():
            refunds = {**account.refunds, event.key: event.amount_cents}
            return msgspec.structs.replace(account, refunds=refunds)


ACCOUNT = Aggregate(name="charge", initial=Account(), evolve=evolve)


def charge(
    account: Account, request: Charge, *, key: str, unlucky: bool
) -> Charged | Declined | None:
    """The event of a first try, None when ``key`` was used for just this before.

    Raises `OperationError` ``key_reused``.
    """
    if account.request is not None:
        if account.request != request:
            raise OperationError("key_reused", f"key {key} stood with another charge")
        return None
    reason = None
    if request.card == DECLINED_CARD:
        reason = "the card has no cover"
    elif unlucky:
        reason = "the bank has a bad day"
    if reason is None:
        return Charged(key, request.card, request.reference, request.amount_cents)
    return Declined(key, request.card, request.reference, request.amount_cents, reason)


def refund(account: Account, request: Refund, *, key: str) -> Refunded | None:
    """The event of a first try, None when ``key`` was used for just this before.

    Raises `OperationError`: ``not_found``, ``key_reused``, or ``conflict`` when more would go
    back than was taken.
    """
    if account.request is None or account.declined is not None:
        raise OperationError("not_found", f"there is no charge {request.charge}", field="charge")
    if key in account.refunds:
        if account.refunds[key] != request.amount_cents:
            raise OperationError("key_reused", f"key {key} stood with another refund")
        return None
    left = account.request.amount_cents - account.refunded_cents
    if request.amount_cents > left:
        raise OperationError("conflict", f"only {left} cents are left to refund")
    return Refunded(key, request.charge, account.request.reference, request.amount_cents)
