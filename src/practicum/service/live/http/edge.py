"""Bad weather at a service's own address: requests are late, or reset before they are read.

It stands below HTTP, where the bytes come in, so that callers meet what a bad network gives
them: a connection reset, a silence. Connections from before the fault meet it too.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import weakref
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class Edge:
    """What befalls bytes on their way in. Nothing, until `set`."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.jitter_s = 0.0
        self.refuse_ratio = 0.0
        self._holding: weakref.WeakSet[_Held] = weakref.WeakSet()

    def set(self, *, delay_ms: float, jitter_ms: float, refuse_ratio: float) -> None:
        """Let it be so from now on; what an earlier delay still holds back arrives now."""
        self.delay_s, self.jitter_s = delay_ms / 1000, jitter_ms / 1000
        self.refuse_ratio = refuse_ratio
        for held in list(self._holding):
            held.release()

    def refuses(self) -> bool:
        """Draw whether this connection or request is reset."""
        return self.refuse_ratio > 0 and random.random() < self.refuse_ratio

    def wait_s(self) -> float:
        """Draw how late these bytes are."""
        return self.delay_s + random.uniform(0, self.jitter_s) if self.jitter_s else self.delay_s

    def keep(self, held: _Held) -> None:
        """See that it is released when the weather changes."""
        self._holding.add(held)

    def protocol(self) -> type[asyncio.Protocol]:
        """uvicorn's protocol, below this edge."""

        class BelowEdge(_WeatheredProtocol):
            edge = self

        return BelowEdge


class _Held:
    """Bytes of one connection that are not there yet."""

    def __init__(self, protocol: _WeatheredProtocol, wait_s: float) -> None:
        self._protocol = protocol
        self._data = bytearray()
        self._timer = asyncio.get_running_loop().call_later(wait_s, self.release)

    def add(self, data: bytes) -> None:
        """These too."""
        self._data += data

    def release(self) -> None:
        """Let them arrive."""
        self._timer.cancel()
        self._protocol.held = None
        self._protocol.arrive(bytes(self._data))

    def drop(self) -> None:
        """Nobody waits for them any more."""
        self._timer.cancel()


class _WeatheredProtocol(HttpToolsProtocol):
    edge: Edge
    held: _Held | None = None
    _refused = False

    def connection_made(self, transport: Any) -> None:
        if self.edge.refuses():
            self._refused = True
            _reset(transport)
        else:
            super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self.held is not None:
            self.held.add(data)
            return
        starts_request = self.cycle is None or self.cycle.response_complete
        if starts_request and self.edge.refuses():
            _reset(self.transport)
            return
        wait_s = self.edge.wait_s()
        if wait_s <= 0:
            super().data_received(data)
            return
        self.held = _Held(self, wait_s)
        self.held.add(data)
        self.edge.keep(self.held)

    def arrive(self, data: bytes) -> None:
        """The bytes are there."""
        super().data_received(data)

    def eof_received(self) -> None:
        if not self._refused:
            super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.held is not None:
            self.held.drop()
            self.held = None
        if not self._refused:
            super().connection_lost(exc)


def _reset(transport: Any) -> None:
    """Close so that the other side sees a reset, not an end."""
    opened = transport.get_extra_info("socket")
    if opened is not None:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    transport.abort()
