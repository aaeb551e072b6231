"""The bank as payment sees it: money moves under an idempotency key, or the message waits."""

from __future__ import annotations

from practicum.service.crash import crash_point
from practicum.service.errors import OperationError
from practicum.service.operations import Caller
from practicum.service.service import TryLater
from practicum.shop.payment.messages import (
    BANK_CHARGE,
    BANK_REFUND,
    BankCharge,
    BankReceipt,
    BankRefund,
    ChargePayment,
)

BANK_TIMEOUT_S = 5.0
BANK_PAUSE_S = 0.3

CHARGED = crash_point("payment.charged", "the bank has charged, payment has not noted it")
REFUNDED = crash_point("payment.refunded", "the bank has refunded, payment has not noted it")


class Declined(Exception):
    """The bank says no, for good: no money was taken under this key, and none will be."""


class Bank:
    """Asks the bank. A repeated request under the key of an earlier one moves nothing again,
    and gets the earlier answer.

    Raises `TryLater` when the bank is away or unsure: the message in hand comes again. Any
    refusal for good but `Declined` is a bug of ours (RuntimeError), and goes the way of poison.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def charge(self, command: ChargePayment, *, key: str) -> BankReceipt:
        """Take the order's money from the card, once under ``key``. Raises `Declined`."""
        request = BankCharge(command.card, command.amount_cents, command.order_id)
        try:
            receipt = await self._caller.call(
                BANK_CHARGE, request, timeout_s=BANK_TIMEOUT_S, idempotency_key=key
            )
        except OperationError as error:
            if error.code == "declined":
                raise Declined(error.message) from error
            raise _later(error) from error
        CHARGED()
        return receipt

    async def refund(self, charge: str, amount_cents: int, *, key: str) -> BankReceipt:
        """Give back from the charge that was made under the key ``charge``, once under
        ``key``. The bank refuses to give back more than it took."""
        request = BankRefund(charge, amount_cents)
        try:
            receipt = await self._caller.call(
                BANK_REFUND, request, timeout_s=BANK_TIMEOUT_S, idempotency_key=key
            )
        except OperationError as error:
            raise _later(error) from error
        REFUNDED()
        return receipt


def _later(error: OperationError) -> Exception:
    if error.transient or not error.definite:
        return TryLater(f"the bank: {error}", BANK_PAUSE_S)
    return RuntimeError(f"the bank refuses: {error}")
