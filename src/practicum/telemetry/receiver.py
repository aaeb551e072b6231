"""The receiver's process: ``python -m practicum.telemetry.receiver CONFIG.json``.

OTLP over HTTP on the loopback: ``/v1/traces``, ``/v1/metrics``, ``/v1/logs``, in JSON or
protobuf, plain or gzip. What was taken is written a few times a second; a kill -9 loses what was
not written yet, and nothing else. When the disk is slower than the senders the rest is dropped
and counted: telemetry is worth less than the system that it tells about.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sqlite3
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop

from practicum.service.live.logging import configure_logging
from practicum.service.manifest import ReceiverConfig
from practicum.telemetry.decoding import Unreadable, read_figures, read_lines, read_spans
from practicum.telemetry.forwarding import Forwarder, forwarder_of_environment
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.sampling import TailSampler
from practicum.telemetry.store import Record, Store

_logger = logging.getLogger("practicum.telemetry")
BODY_BYTES_MAX = 32_000_000
WAITING_MAX = 100_000
WRITE_EVERY_S = 0.25
_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
_READERS: Mapping[str, Callable[..., Sequence[Record]]] = {
    "/v1/traces": read_spans,
    "/v1/metrics": read_figures,
    "/v1/logs": read_lines,
}

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Refused(Exception):
    """A request gets this status and says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Receiver:
    """An ASGI application that samples and keeps what it is sent. `keep_writing` must run."""

    def __init__(
        self, store: Store, sampler: TailSampler, forwarder: Forwarder | None = None
    ) -> None:
        self.dropped = 0
        self._store, self._sampler, self._forwarder = store, sampler, forwarder
        self._waiting: list[Record] = []

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            status, body = await self._answer(scope, headers, (media_type, receive))
        except Refused as refusal:
            status, body = refusal.status, msgspec.json.encode({"message": str(refusal)})
        answers_protobuf = media_type == _PROTOBUF and status == 200
        kind = _PROTOBUF if answers_protobuf else _JSON
        fields = [
            (b"content-type", kind.encode()),
            (b"content-length", str(0 if answers_protobuf else len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if answers_protobuf else body})

    async def _answer(
        self, scope: Mapping[str, Any], headers: Mapping[str, str], rest: tuple[str, Receive]
    ) -> tuple[int, bytes]:
        path, (media_type, receive) = scope["path"], rest
        if path in ("/health/ready", "/health/live"):
            return 200, b"{}"
        read = _READERS.get(path)
        if read is None:
            raise Refused(404, f"send OTLP to one of {', '.join(_READERS)}")
        if scope["method"] != "POST":
            raise Refused(405, "use POST")
        if media_type not in (_JSON, _PROTOBUF):
            raise Refused(415, f"send {_JSON} or {_PROTOBUF}")
        body = _unpacked(await _read_body(receive), headers.get("content-encoding", ""))
        try:
            self.take(read(body, is_json=media_type == _JSON))
        except Unreadable as error:
            raise Refused(400, str(error)) from error
        if self._forwarder is not None:
            self._forwarder.forward(path, body, media_type)
        return 200, b"{}"

    def take(self, records: Sequence[Record]) -> None:
        """Queue records for the disk; spans only if they are worth it."""
        now = asyncio.get_running_loop().time()
        spans = [record for record in records if type(record) is SpanRecord]
        kept: Sequence[Record] = self._sampler.take(spans, now) if spans else records
        room = WAITING_MAX - len(self._waiting)
        self._waiting += kept[:room]
        self.dropped += max(0, len(kept) - room)

    async def keep_writing(self) -> None:
        """Write what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Write what waits now. What the disk refuses is dropped."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            await asyncio.to_thread(self._store.write, batch)
        except (sqlite3.Error, OSError, ValueError, OverflowError) as error:
            self.dropped += len(batch)
            _logger.error("%d records are lost: %s", len(batch), error)


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "the connection closed within the body")
        body += message["body"]
        if len(body) > BODY_BYTES_MAX:
            raise Refused(413, f"a body has at most {BODY_BYTES_MAX} bytes")
        if not message.get("more_body"):
            return bytes(body)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Refused(415, "send the body plain or with content-encoding gzip")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, BODY_BYTES_MAX)
    except zlib.error as error:
        raise Refused(400, f"not gzip: {error}") from error
    if unpacker.unconsumed_tail:
        raise Refused(413, f"a body has at most {BODY_BYTES_MAX} bytes")
    return unpacked


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to us: its own way ends the process before the last write."""

    def stop(self) -> None:
        """Let `serve` return."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(config: ReceiverConfig) -> None:
    """Receive until SIGTERM or SIGINT; then write the rest."""
    spec = config.spec
    store = Store(Path(config.folder), bytes_max=spec.bytes_max)
    sampler = TailSampler(
        slow_ms=spec.slow_ms, keep_share=spec.keep_share, keep_per_s=spec.keep_per_s
    )
    forwarder = forwarder_of_environment()
    receiver = Receiver(store, sampler, forwarder)
    server = _Server(
        uvicorn.Config(
            receiver,
            host=config.host,
            port=config.port,
            http="httptools",
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    beside = [asyncio.create_task(receiver.keep_writing())]
    if forwarder is not None:
        beside.append(asyncio.create_task(forwarder.run()))
    try:
        await server.serve()
    finally:
        for task in beside:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*beside, return_exceptions=True)
        await receiver.write()
        store.close()


def main() -> None:
    """Read the configuration named on the command line and serve."""
    config = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=ReceiverConfig)
    configure_logging("telemetry")
    try:
        uvloop.run(serve(config))
    except Exception as error:
        _logger.critical("the receiver cannot run: %s", error, exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    main()
