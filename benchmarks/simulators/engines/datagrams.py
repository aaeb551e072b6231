"""Ports on asyncio's datagrams, for engines whose network carries bytes and no objects."""

from __future__ import annotations

import asyncio
import marshal
from typing import Any

from benchmarks.simulators.programs import Life, Port

_PORT = 7000


def host(number: int) -> str:
    """The name of a node."""
    return f"n{number}"


class _Inbox(asyncio.DatagramProtocol):
    """marshal is the cheapest way from a tuple to bytes that Python has."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Queue it by its sender's number, which the port tells."""
        self.queue.put_nowait((addr[1] - _PORT, marshal.loads(data)))


async def live(number: int, count: int, life: Life) -> None:
    """Open a node's port, on its own host, and let it live."""
    loop = asyncio.get_running_loop()
    here = (host(number), _PORT + number)
    transport, inbox = await loop.create_datagram_endpoint(_Inbox, local_addr=here)
    addresses = [(host(each), _PORT + each) for each in range(count)]

    async def send(to: int, body: Any) -> None:
        transport.sendto(marshal.dumps(body), addresses[to])

    await life(Port(number, send, inbox.queue.get))
