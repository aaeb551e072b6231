"""Payment 5.1: large amounts go back to the buyer in instalments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from practicum.service.aggregate import Work
from practicum.service.live.originals import original
from practicum.service.service import Ports, Service
from practicum.shop.payment.bank import Bank
from practicum.shop.payment.messages import RefundPayment
from practicum.shop.payment.rules import PAYMENT

installed: Any = original(__name__)
DRAWN = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())


def build(ports: Ports) -> Service:
    """Payment as it was, with instalments; the first is asked for under a key of its own."""
    service: Service = installed.build(ports)
    before = service.reactions[RefundPayment]
    bank = Bank(ports.caller)

    async def refund(command: RefundPayment, work: Work) -> None:
        payment = work.state(PAYMENT, command.order_id)
        if payment.status == "charged" and payment.charged_cents >= DRAWN["total_cents_from"]:
            first = f"{payment.charge}-1"
            await bank.refund(first, payment.charged_cents // 2, key=f"refund-{first}")
        refunding = before.handler(command, work)
        if refunding is not None:
            await refunding

    service.reactions[RefundPayment] = msgspec.structs.replace(before, handler=refund)
    return service
