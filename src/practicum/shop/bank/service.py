"""The bank on its ports. It knows nothing of the shop; its answers are durable before given."""

from __future__ import annotations

import asyncio
from typing import Literal

from practicum.service.aggregate import Ref, Work
from practicum.service.crash import crash_point
from practicum.service.errors import OperationError
from practicum.service.service import Ports, Service
from practicum.service.store import StoredEvent
from practicum.service.tracing import current_context
from practicum.shop.bank.messages import (
    CHARGE,
    GET_MOOD,
    LEDGER,
    REFUND,
    SET_MOOD,
    VOCABULARY,
    Charge,
    Charged,
    Declined,
    Entry,
    GetLedger,
    GetMood,
    Ledger,
    Mood,
    Receipt,
    Refund,
    Refunded,
)
from practicum.shop.bank.rules import ACCOUNT, Account, charge, refund

CHARGED = crash_point("bank.charged", "the charge stands in the ledger, nobody was told")
REFUNDED = crash_point("bank.refunded", "the refund stands in the ledger, nobody was told")


def build(ports: Ports) -> Service:
    """The bank on its ports."""
    service = Service(ports, VOCABULARY)
    mood = Mood()

    async def hesitate() -> None:
        await asyncio.sleep(max(mood.delay_ms, ports.mood.get("delay_ms", 0)) / 1000)

    @service.answers(CHARGE)
    async def answer_charge(request: Charge) -> Receipt:
        key = _idempotency_key()
        await hesitate()
        ratio = max(mood.decline_ratio, ports.mood.get("decline_ratio", 0))
        unlucky = ports.world.random.random() < ratio

        def decide(work: Work) -> Account:
            event = charge(work.state(ACCOUNT, key), request, key=key, unlucky=unlucky)
            return work.record(ACCOUNT, key, *([event] if event else []))

        account = await service.transact([Ref(ACCOUNT, key)], decide, key=key)
        CHARGED()
        if account.declined is not None:
            raise OperationError("declined", account.declined)
        return Receipt(key, "charge", request.amount_cents)

    @service.answers(REFUND)
    async def answer_refund(request: Refund) -> Receipt:
        key = _idempotency_key()
        await hesitate()

        def decide(work: Work) -> None:
            event = refund(work.state(ACCOUNT, request.charge), request, key=key)
            if event:
                work.record(ACCOUNT, request.charge, event)

        await service.transact([Ref(ACCOUNT, request.charge)], decide, key=request.charge)
        REFUNDED()
        return Receipt(key, "refund", request.amount_cents)

    @service.answers(LEDGER)
    async def ledger(request: GetLedger) -> Ledger:
        events = await ports.store.read_all(after=request.after, limit=request.limit)
        return Ledger(tuple(map(_entry, events)), await ports.store.head())

    @service.answers(GET_MOOD)
    async def get_mood(request: GetMood) -> Mood:
        return mood

    @service.answers(SET_MOOD)
    async def set_mood(request: Mood) -> Mood:
        nonlocal mood
        mood = request
        return mood

    return service


def _idempotency_key() -> str:
    context = current_context()
    if context is None or not context.idempotency_key:
        raise OperationError(
            "invalid", "money moves only under an Idempotency-Key header", field="Idempotency-Key"
        )
    return context.idempotency_key


def _entry(stored: StoredEvent) -> Entry:
    event = VOCABULARY.decode(stored.event)
    kinds: dict[type, Literal["charge", "refund", "decline"]]
    kinds = {Charged: "charge", Declined: "decline", Refunded: "refund"}
    assert isinstance(event, Charged | Declined | Refunded)
    kind = kinds[type(event)]
    return Entry(stored.position, kind, event.key, event.reference, event.amount_cents)
