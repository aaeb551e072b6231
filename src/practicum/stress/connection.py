"""HTTP/1.1 for a load driver: one request at a time on each of many kept connections.

A driver shares the machine with what it measures, so what a request costs here is taken from
the system under test. This is a thin layer over the C parser and the event loop's transports.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast

import httptools


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class Broken(Exception):
    """The connection ended, or said what is not HTTP, before the answer was complete."""


class Connection(asyncio.Protocol):
    """One connection; `ask` again only when the answer before is there."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Reply] | None = None
        self._body = b""
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        # uvloop's transports have the methods, but not the base class.
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes) -> asyncio.Future[Reply]:
        """Send a whole request; the future gets its answer, or `Broken`."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Hang up at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"not HTTP: {error}")
            self.close()

    def on_body(self, body: bytes) -> None:
        """A piece of the answer; called by the parser."""
        self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        """The answer is whole; called by the parser."""
        self.usable = self.usable and self._parser.should_keep_alive()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(Reply(self._parser.get_status_code(), self._body))
        self._body = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.usable = False
        self._fail(str(exc) if exc else "the other side hung up")

    def _fail(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(Broken(reason))


class Pool:
    """Connections to one address; as many as there are requests at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._free: list[Connection] = []
        self._all: set[Connection] = set()

    async def take(self) -> Connection:
        """A connection for one request. OSError if none can be had."""
        while self._free:
            connection = self._free.pop()
            if connection.usable:
                return connection
            self._all.discard(connection)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self._host, self._port)
        self._all.add(connection)
        return connection

    def give_back(self, connection: Connection, *, whole: bool) -> None:
        """After an answer (``whole``) it is kept; otherwise nobody can use it again."""
        if whole and connection.usable:
            self._free.append(connection)
        else:
            connection.close()
            self._all.discard(connection)

    def close(self) -> None:
        """Hang up on all."""
        for connection in self._all:
            connection.close()
        self._free.clear()
        self._all.clear()
