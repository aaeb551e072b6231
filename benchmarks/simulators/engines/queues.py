"""Ports on asyncio.Queue, over any way to deliver a message: for loops without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from benchmarks.simulators.programs import Port

Sending = Callable[[int, int, Any], None]
"""Puts a message on its way: from whom, to whom, what."""


def port(number: int, queue: asyncio.Queue[tuple[int, Any]], sending: Sending) -> Port:
    """The port of a node that receives by a queue."""

    async def send(to: int, body: Any) -> None:
        sending(number, to, body)

    return Port(number, send, queue.get)
