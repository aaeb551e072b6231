"""The few requests to JetStream that the event log is made of, over one connection.

The client library carries the bytes and reconnects; its own JetStream layer is left aside where
it costs too much (one task and one random inbox per request) or has no word for what is needed:
a write that names the revision it replaces, and many records in one read. All replies come to
one inbox and are told apart by a number.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from practicum.service.log import LogUnavailable

STREAM_FULL = 10077
DUPLICATE_IN_BATCH = 10201
_WRONG_REVISION = (10071, 10164)
_NOT_FOUND = 404
_READ_BATCH = 256
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def token(text: str) -> str:
    """``text`` as one token of a subject or part of a stream's name; different texts differ."""
    escaped = _UNSAFE.sub(lambda m: "".join(f"={b:02X}" for b in m[0].encode()), text)
    return escaped or "=="


class Refused(LogUnavailable):
    """JetStream said no. ``code`` is its error code, 0 when nobody listens on the subject."""

    def __init__(self, code: int, reason: str, *, status: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status


class WrongRevision(Exception):
    """Somebody else has written this record since."""


class Stored(msgspec.Struct, frozen=True):
    """A message read from a stream; ``sequence`` is its revision in the stream."""

    subject: str
    sequence: int
    headers: dict[str, str]
    body: bytes


class _Error(msgspec.Struct):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Answer(msgspec.Struct):
    error: _Error | None = None
    seq: int = 0


_decode_answer = msgspec.json.Decoder(_Answer).decode


def checked(message: Msg) -> int:
    """The sequence that an answer tells (0 if none); raises `Refused` when it is an error."""
    status = message.headers.get("Status") if message.headers else None
    if status is not None and not message.data:
        reason = message.headers.get("Description", "") if message.headers else ""
        raise Refused(0, reason or f"status {status}", status=int(status))
    answer = _decode_answer(message.data)
    if answer.error is not None:
        error = answer.error
        raise Refused(error.err_code, error.description, status=error.code)
    return answer.seq


def acknowledged(reply: str) -> tuple[str, int, int]:
    """What the reply subject of a delivered message tells: the consumer's name, the message's
    sequence in the stream, and its number among the consumer's deliveries."""
    parts = reply.split(".")
    at = 3 if len(parts) == 9 else 5  # some servers put a domain and an account in front
    return parts[at], int(parts[at + 2]), int(parts[at + 3])


class Wire:
    """One connection. `LogUnavailable` is raised when no answer comes within ``timeout_s``."""

    def __init__(self, client: Client, inbox: str, timeout_s: float) -> None:
        self.client = client
        self.timeout_s = timeout_s
        self.on_reconnect: set[Callable[[], None]] = set()
        self._inbox = inbox
        self._count = 0
        self._waiting: dict[str, Callable[[Msg], Awaitable[None] | None]] = {}

    @classmethod
    async def connect(cls, url: str, *, timeout_s: float) -> Wire:
        """Connect to ``url``; the connection is made anew for as long as it takes."""
        client = Client()
        wire = cls(client, client.new_inbox(), timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                await client.connect(
                    servers=url.split(","),
                    reconnected_cb=wire._reconnected,
                    error_cb=_quiet,
                    connect_timeout=2,
                    reconnect_time_wait=0.05,  # type: ignore[arg-type]  # it sleeps for it
                    max_reconnect_attempts=-1,
                    ping_interval=5,
                    skip_subject_validation=True,
                    inbox_prefix="_INBOX",
                )
                await client.subscribe(
                    wire._inbox + ".*", cb=wire._dispatch, pending_bytes_limit=-1
                )
        except (TimeoutError, OSError, nats.errors.Error) as error:
            with contextlib.suppress(Exception):
                await client.close()
            raise LogUnavailable(f"no NATS server answers at {url}: start it") from error
        return wire

    async def close(self) -> None:
        """Close the connection at once."""
        await self.client.close()

    async def _reconnected(self) -> None:
        for callback in tuple(self.on_reconnect):
            callback()

    async def _dispatch(self, message: Msg) -> None:
        callback = self._waiting.get(message.subject)
        if callback is None and message.reply.startswith("$JS.ACK."):
            callback = self._waiting.get(acknowledged(message.reply)[0])
        if callback is not None:
            result = callback(message)
            if result is not None:
                await result

    async def subscribe(
        self, subject: str, callback: Callable[[Msg], Awaitable[None]]
    ) -> Subscription:
        """Hear what is sent on ``subject`` from now on."""
        try:
            return await self.client.subscribe(subject, cb=callback)
        except nats.errors.Error as error:
            raise LogUnavailable(f"the connection to NATS is down: {error}") from error

    def expect(self, callback: Callable[[Msg], Awaitable[None] | None]) -> str:
        """A reply subject whose messages go to ``callback`` until `forget`."""
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        self._waiting[reply] = callback
        return reply

    def expect_from(self, consumer: str, callback: Callable[[Msg], None]) -> None:
        """Give what a consumer delivers to ``callback`` until `forget`."""
        self._waiting[consumer] = callback

    def forget(self, reply: str) -> None:
        """Stop listening for a reply, or to a consumer."""
        self._waiting.pop(reply, None)

    async def send(
        self, subject: str, body: bytes = b"", *, reply: str = "", headers: dict[str, str] | None
    ) -> None:
        """Send without waiting; during a reconnect a bounded amount is kept and sent after it."""
        try:
            await self.client.publish(subject, body, reply=reply, headers=headers)
        except nats.errors.MaxPayloadError as error:
            raise Refused(0, "the message is larger than the server takes") from error
        except nats.errors.Error as error:
            raise LogUnavailable(f"the connection to NATS is down: {error}") from error

    async def request(
        self, subject: str, body: bytes = b"", *, headers: dict[str, str] | None = None
    ) -> Msg:
        """Send, and wait for the answer."""
        answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()

        def arrived(message: Msg) -> None:
            if not answer.done():
                answer.set_result(message)

        reply = self.expect(arrived)
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.send(subject, body, reply=reply, headers=headers)
                return await answer
        except TimeoutError as error:
            raise LogUnavailable(f"no answer from NATS within {self.timeout_s:g} s") from error
        finally:
            self.forget(reply)

    async def api(self, operation: str, body: object = None) -> Any:
        """Call ``$JS.API.<operation>``; returns the decoded answer or raises `Refused`."""
        payload = b"" if body is None else msgspec.json.encode(body)
        message = await self.request(f"$JS.API.{operation}", payload)
        checked(message)
        return msgspec.json.decode(message.data)

    async def put(
        self,
        subject: str,
        body: bytes,
        *,
        replaces: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> int:
        """Store a message; returns its revision. With ``replaces`` only if the subject's last
        revision is that one (0 for none), else `WrongRevision`."""
        headers = dict(headers or {})
        if replaces is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(replaces)
        try:
            return checked(await self.request(subject, body, headers=headers or None))
        except Refused as refused:
            if refused.code in _WRONG_REVISION:
                raise WrongRevision(subject) from refused
            if refused.code == 0 and refused.status == 503:
                raise LogUnavailable("NATS has no such stream: ensure_topics makes it") from None
            raise

    async def delete(self, stream: str, sequence: int) -> bool:
        """Delete one message; False if it was gone. Replaced records are gone."""
        try:
            await self.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence, "no_erase": True})
        except Refused as refused:
            if refused.status in (400, _NOT_FOUND, 500):
                return False
            raise
        return True

    async def latest(self, stream: str, *filters: str) -> list[Stored]:
        """The last message of every subject that fits one of ``filters``."""
        return await self._get(stream, {"multi_last": list(filters)})

    async def read(self, stream: str, subject: str, *, after: int, limit: int) -> list[Stored]:
        """Up to ``limit`` messages with sequences above ``after``, oldest first."""
        out: list[Stored] = []
        while len(out) < limit:
            count = min(_READ_BATCH, limit - len(out))
            start = (out[-1].sequence if out else after) + 1
            page = await self._get(stream, {"seq": start, "next_by_subj": subject, "batch": count})
            out += page
            if len(page) < count:
                break
        return out

    async def _get(self, stream: str, what: dict[str, object]) -> list[Stored]:
        out: list[Stored] = []
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def arrived(message: Msg) -> None:
            headers = message.headers or {}
            status = headers.get("Status")
            if status is None:
                number, subject = int(headers["Nats-Sequence"]), headers["Nats-Subject"]
                out.append(Stored(subject, number, headers, message.data))
            elif not done.done():
                if status in ("204", "404"):
                    done.set_result(None)
                else:
                    text = headers.get("Description", "")
                    done.set_exception(Refused(0, text, status=int(status)))

        reply = self.expect(arrived)
        body = msgspec.json.encode(what)
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.send(f"$JS.API.DIRECT.GET.{stream}", body, reply=reply, headers=None)
                await done
                return out
        except TimeoutError as error:
            raise LogUnavailable(f"no answer from NATS within {self.timeout_s:g} s") from error
        finally:
            self.forget(reply)


async def _quiet(error: Exception) -> None:
    """Errors of the connection show in the requests that they spoil."""
