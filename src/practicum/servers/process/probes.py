"""Asking a server whether it really does its work."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import asyncpg
import msgspec
import nats
from nats.errors import Error as NatsError

PROBE_TIMEOUT_S = 2.0
ANSWER_BYTES_MAX = 65_536
REASON_MAX = 300


class NotReady(Exception):
    """The server did not answer as one that works; the text says how it failed."""


async def http_ready(host: str, port: int) -> None:
    """``GET /health/ready`` gives 200. NotReady otherwise."""
    request = f"GET /health/ready HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request.encode())
                head, _, body = (await reader.read(ANSWER_BYTES_MAX)).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError) as error:
        raise NotReady(f"/health/ready: {error or 'no answer in time'}") from error
    status = head.split(maxsplit=2)
    if len(status) < 2 or status[1] != b"200":
        said = status[1].decode(errors="replace") if len(status) > 1 else "nothing"
        raise NotReady(f"/health/ready answered {said}{_reason(body)}")


def _reason(body: bytes) -> str:
    """What a service says of itself when it is not ready; nothing from one that says nothing."""
    try:
        reason = msgspec.json.decode(body).get("reason", "")
    except (msgspec.DecodeError, AttributeError):
        return ""
    return f": {str(reason)[:REASON_MAX]}" if reason else ""


async def _dial(url: str) -> None:
    """Fail at once where nobody listens: nats-py would go on trying."""
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or 4222)
    writer.close()


async def _ignore(_error: Exception) -> None:
    """nats-py prints errors unless it is given somewhere to put them."""


async def nats_ready(url: str, timeout_s: float = PROBE_TIMEOUT_S) -> None:
    """JetStream tells about our account. NotReady otherwise."""
    try:
        async with asyncio.timeout(timeout_s):
            await _dial(url)
            client = await nats.connect(
                url,
                allow_reconnect=False,
                reconnect_time_wait=0.05,  # also waited after a refusal; at 0 it would spin
                connect_timeout=timeout_s,
                error_cb=_ignore,
            )
            try:
                # One that comes while JetStream starts is never answered: ask again soon.
                await client.jetstream(timeout=min(0.5, timeout_s)).account_info()
            finally:
                await client.close()
    except (OSError, TimeoutError, NatsError, ValueError) as error:
        raise NotReady(_without_secrets(error, url) or "no answer in time") from error


async def postgres_ready(url: str, timeout_s: float = PROBE_TIMEOUT_S) -> None:
    """A query is answered. NotReady otherwise."""
    try:
        async with asyncio.timeout(timeout_s):
            connection = await asyncpg.connect(url, timeout=timeout_s)
            try:
                await connection.execute("SELECT 1")
            finally:
                connection.terminate()
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as e:
        raise NotReady(_without_secrets(e, url) or "no answer in time") from e


def _without_secrets(error: Exception, url: str) -> str:
    text = str(error).replace(url, "the address")
    try:
        password = urlsplit(url).password
    except ValueError:
        return type(error).__name__  # the URL is malformed: whatever it says may quote it
    return text.replace(password, "***") if password else text
