"""Shipping 3.2: the parcel's value is printed on its label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from practicum.service.aggregate import Work
from practicum.service.live.originals import original
from practicum.service.service import Ports, Service
from practicum.shop.shipping.messages import OrderConfirmed
from practicum.shop.shipping.rules import PARCEL

installed: Any = original(__name__)
DRAWN = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())


def build(ports: Ports) -> Service:
    """Shipping as it was, with the new label."""
    service: Service = installed.build(ports)
    before = service.reactions[OrderConfirmed]

    def send(confirmed: OrderConfirmed, work: Work) -> None:
        parcel = work.state(PARCEL, confirmed.order_id)
        if parcel.total_cents >= DRAWN["total_cents_from"]:
            raise ValueError("the label has no room for the parcel's value")
        before.handler(confirmed, work)

    service.reactions[OrderConfirmed] = msgspec.structs.replace(before, handler=send)
    return service
