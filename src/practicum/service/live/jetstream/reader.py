"""Reading one partition: a standing request for more messages, and what comes back.

The server keeps no state for a reader that matters: the consumer behind it is made anew, at any
sequence, whenever there is doubt (a new owner, a new connection, a gap, silence). What has been
handled is noted elsewhere, as a floor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from nats.aio.msg import Msg

from practicum.service.live.jetstream.wire import Wire, acknowledged
from practicum.service.log import LogUnavailable

KEY_HEADER = "Practicum-Key"
_EXPIRES_S = 20.0
_NANO = 1_000_000_000

Arrived = Callable[[int, str | None, bytes], None]
"""Called with the sequence, the key if it is not the event's subject, and the event in JSON."""


class Reader:
    """Reads ``subject`` of ``stream``; ``room`` says how many messages may be asked for."""

    def __init__(
        self, wire: Wire, stream: str, subject: str, *, arrived: Arrived, room: Callable[[], int]
    ) -> None:
        self._wire = wire
        self._stream = stream
        self._subject = subject
        self._arrived = arrived
        self._room = room
        self._consumer = ""
        self._consumed = 0
        self._reply = ""
        self._wanted = 0
        self._expires_at = 0.0
        self._broken = asyncio.Event()
        self._more = asyncio.Event()

    async def start(self, after: int) -> int:
        """Read from the sequence ``after`` on; returns how many messages wait there."""
        await self.stop()
        self._broken.clear()
        self._consumed = 0
        config = {
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": after + 1,
            "ack_policy": "none",
            "filter_subject": self._subject,
            "mem_storage": True,
            "num_replicas": 1,
            "max_waiting": 8,
            "inactive_threshold": int(3 * _EXPIRES_S * _NANO),
        }
        answer = await self._wire.api(
            f"CONSUMER.CREATE.{self._stream}", {"stream_name": self._stream, "config": config}
        )
        self._consumer = answer["name"]
        self._wire.expect_from(self._consumer, self._on_message)
        return int(answer.get("num_pending", 0))

    async def stop(self) -> None:
        """Stop reading; the server forgets the consumer by itself if it cannot be told."""
        self._wire.forget(self._reply)
        self._wanted = 0
        if self._consumer:
            self._wire.forget(self._consumer)
            subject = f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._consumer}"
            self._consumer = ""
            try:
                await self._wire.send(subject, headers=None)
            except LogUnavailable:
                return

    def interrupt(self) -> None:
        """The connection was lost: whatever was on its way may be lost too."""
        self._broken.set()
        self._more.set()

    def wants_more(self) -> None:
        """There may be room again."""
        if not self._wanted:
            self._more.set()

    async def run(self, last: Callable[[], int], low_water: int) -> None:
        """Keep a request standing until cancelled; ``last`` is the last sequence taken in."""
        loop = asyncio.get_running_loop()
        while True:
            self._more.clear()
            try:
                if self._broken.is_set() or (self._wanted and loop.time() > self._expires_at):
                    await self.start(last())
                room = self._room()
                if not self._wanted and room >= low_water:
                    await self._ask(room)
            except LogUnavailable:
                self._broken.set()
                await asyncio.sleep(0.1)
                continue
            try:
                async with asyncio.timeout(_EXPIRES_S):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _ask(self, count: int) -> None:
        self._wire.forget(self._reply)
        self._reply = self._wire.expect(self._on_status)
        self._wanted = count
        self._expires_at = asyncio.get_running_loop().time() + _EXPIRES_S + 2.0
        body = msgspec.json.encode({"batch": count, "expires": int(_EXPIRES_S * _NANO)})
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}"
        await self._wire.send(subject, body, reply=self._reply, headers=None)

    def _on_status(self, message: Msg) -> None:
        status = (message.headers or {}).get("Status")
        self._wanted = 0
        if status not in ("404", "408"):
            self._broken.set()
        self._more.set()

    def _on_message(self, message: Msg) -> None:
        consumer, sequence, consumed = acknowledged(message.reply)
        if consumer != self._consumer:
            return
        if consumed != self._consumed + 1:
            self.interrupt()  # one was lost on the way: nothing may pass it
            return
        self._consumed = consumed
        key = (message.headers or {}).get(KEY_HEADER)
        self._arrived(sequence, key, message.data)
        self._wanted -= 1
        if self._wanted <= 0:
            self._wanted = 0
            self._more.set()
