"""What the bank can be asked, and its ledger."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.operations import Operation

VOCABULARY = Vocabulary("bank")

Cents = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[\w.:-]+$")]


@VOCABULARY.message("charged")
class Charged(msgspec.Struct, frozen=True):
    """Money was taken from a card. ``key`` is the caller's idempotency key."""

    key: str
    card: str
    reference: str
    amount_cents: int


@VOCABULARY.message("declined")
class Declined(msgspec.Struct, frozen=True):
    """No money was taken, and under this key none will be."""

    key: str
    card: str
    reference: str
    amount_cents: int
    reason: str


@VOCABULARY.message("refunded")
class Refunded(msgspec.Struct, frozen=True):
    """Money went back to the card. ``charge`` is the key of the charge."""

    key: str
    charge: str
    reference: str
    amount_cents: int


class Charge(msgspec.Struct, frozen=True):
    """Take ``amount_cents`` from ``card``; ``reference`` is shown on the statement."""

    card: Text
    amount_cents: Cents
    reference: Text


class Refund(msgspec.Struct, frozen=True):
    """Give ``amount_cents`` of the charge with key ``charge`` back."""

    charge: Text
    amount_cents: Cents


class Receipt(msgspec.Struct, frozen=True):
    """What the ledger says now. The same key gives the same receipt."""

    key: str
    kind: Literal["charge", "refund"]
    amount_cents: int


class GetLedger(msgspec.Struct, frozen=True):
    """Entries after ``after``."""

    after: int = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class Entry(msgspec.Struct, frozen=True):
    """A line of the ledger; declined charges stand in it with their kind."""

    position: int
    kind: Literal["charge", "refund", "decline"]
    key: str
    reference: str
    amount_cents: int


class Ledger(msgspec.Struct, frozen=True):
    """A page of the ledger; ``head`` is the position of its last line of all."""

    entries: tuple[Entry, ...]
    head: int


class Mood(msgspec.Struct, frozen=True):
    """How the bank behaves: it waits ``delay_ms`` before each answer, and declines each
    charge with probability ``decline_ratio``. It forgets its mood when it restarts."""

    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    decline_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class GetMood(msgspec.Struct, frozen=True):
    """No parameters."""


CHARGE = Operation(
    service="bank",
    name="charge",
    method="POST",
    path="/charges",
    request=Charge,
    result=Receipt,
    status=201,
    summary="Take money from a card, once per idempotency key",
    errors=("declined", "invalid", "key_reused"),
)
REFUND = Operation(
    service="bank",
    name="refund",
    method="POST",
    path="/refunds",
    request=Refund,
    result=Receipt,
    status=201,
    summary="Give money back, once per idempotency key",
    errors=("not_found", "invalid", "conflict", "key_reused"),
)
LEDGER = Operation(
    service="bank",
    name="ledger",
    method="GET",
    path="/ledger",
    request=GetLedger,
    result=Ledger,
    summary="Read the ledger",
)
GET_MOOD = Operation(
    service="bank",
    name="get_mood",
    method="GET",
    path="/mood",
    request=GetMood,
    result=Mood,
    summary="How the bank behaves now",
)
SET_MOOD = Operation(
    service="bank",
    name="set_mood",
    method="PUT",
    path="/mood",
    request=Mood,
    result=Mood,
    summary="Change how the bank behaves, for experiments",
)
