"""A release that is slow, and otherwise right: it waits for a printer before each message."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec

from practicum.service.aggregate import Work
from practicum.service.live.originals import original
from practicum.service.service import Handler, Ports, Service

installed: Any = original(__name__)
DRAWN = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())
logger = logging.getLogger("practicum.printer")


def build(ports: Ports) -> Service:
    """The service as it was, behind the printer."""
    service: Service = installed.build(ports)
    for message, before in service.reactions.items():
        handler = _printed(before.handler)
        service.reactions[message] = msgspec.structs.replace(before, handler=handler)
    logger.warning("the printer answers slowly: %d ms", DRAWN["seconds"] * 1000)
    return service


def _printed(handler: Handler) -> Handler:
    async def after_printing(message: Any, work: Work) -> None:
        await asyncio.sleep(DRAWN["seconds"])
        handling = handler(message, work)
        if handling is not None:
            await handling

    return after_printing
