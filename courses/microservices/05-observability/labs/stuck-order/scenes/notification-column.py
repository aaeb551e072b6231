"""Notification 2.4: confirmations carry the amount in a column of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from practicum.service.aggregate import Work
from practicum.service.live.originals import original
from practicum.service.service import Ports, Service
from practicum.shop.notification.messages import NotifyBuyer

installed: Any = original(__name__)
DRAWN = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())


def build(ports: Ports) -> Service:
    """Notification as it was, with the new confirmation."""
    service: Service = installed.build(ports)
    before = service.reactions[NotifyBuyer]

    def notify(command: NotifyBuyer, work: Work) -> None:
        if command.total_cents >= DRAWN["total_cents_from"]:
            raise ValueError("the amount does not fit into its column")
        before.handler(command, work)

    service.reactions[NotifyBuyer] = msgspec.structs.replace(before, handler=notify)
    return service
