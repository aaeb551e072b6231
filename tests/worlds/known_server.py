"""A server whose latency is known, which stalls on purpose, and a load that asks it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import msgspec

from practicum.service.operations import Operation
from practicum.stress.driver import Source, Wanted


class Ask(msgspec.Struct, frozen=True):
    """The n-th request."""

    number: int


class Told(msgspec.Struct, frozen=True):
    """Nothing is told."""


ASK = Operation(
    service="known", name="ask", method="GET", path="/{number}", request=Ask, result=Told
)


def questions(settings: Mapping[str, str]) -> Source:
    """One after another."""
    return lambda number: Wanted(ASK, Ask(number))


class KnownServer:
    """Answers after ``latency_s``; request ``stall_at`` makes everybody wait ``stall_s``."""

    def __init__(self, latency_s: float = 0.0) -> None:
        self.latency_s = latency_s
        self.stall_at = -1
        self.stall_s = 0.0
        self.fail_every = 0
        self.seen: list[int] = []
        self._open = asyncio.Event()
        self._open.set()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its base URL."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                number = int(head.split(b" ", 2)[1].strip(b"/"))
                self.seen.append(number)
                if number == self.stall_at:
                    self._open.clear()
                    asyncio.get_running_loop().call_later(self.stall_s, self._open.set)
                await self._open.wait()
                await asyncio.sleep(self.latency_s)
                if self.fail_every and number % self.fail_every == 0:
                    writer.write(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()
