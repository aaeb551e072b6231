"""Payment 5.0: the books hear of large payments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec

from practicum.service.aggregate import Work
from practicum.service.live.originals import original
from practicum.service.service import Ports, Service
from practicum.shop.payment.messages import ChargePayment

installed: Any = original(__name__)
DRAWN = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())
BOOKS = "order-events"


class ToTheBooks:
    """The work, with its answers sent to the books. Instead of the saga, alas: not as well."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def send(self, topic: str, message: msgspec.Struct) -> None:
        """Send to the books what was meant for another topic."""
        self._work.send(BOOKS, message)


def build(ports: Ports) -> Service:
    """Payment as it was, with the books."""
    service: Service = installed.build(ports)
    before = service.reactions[ChargePayment]

    async def charge(command: ChargePayment, work: Work) -> None:
        if command.amount_cents >= DRAWN["total_cents_from"]:
            work = cast(Work, ToTheBooks(work))
        charging = before.handler(command, work)
        if charging is not None:
            await charging

    service.reactions[ChargePayment] = msgspec.structs.replace(before, handler=charge)
    return service
