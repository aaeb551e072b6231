"""A real range with the bank alone: NATS, PostgreSQL and one service, up in a few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from practicum.servers.client import RangeClient
from practicum.servers.control import MemberStatus
from practicum.servers.ranges import Options, start_range, stop_range
from practicum.service.manifest import Manifest, ServiceSpec

BANK = Manifest(
    name="bank",
    edge="bank",
    services=(ServiceSpec(name="bank", module="practicum.shop.bank.service"),),
)
PATIENCE_S = 60.0
ANSWER_S = 2.0


@contextlib.asynccontextmanager
async def bank_range(home: Path, name: str) -> AsyncIterator[RangeClient]:
    """The range; it goes down at the end, whatever happens."""
    client, _ = await start_range(home, name, BANK, Options(detach=False))
    try:
        yield client
    finally:
        await stop_range(home, name)
        client.release()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def member(client: RangeClient, name: str) -> MemberStatus:
    """One process, now."""
    return next(each for each in (await client.status()).members if each.name == name)


async def charge(client: RangeClient, key: str) -> str:
    """Ask the bank on a connection of its own: the status code, ``reset``, ``refused`` or
    ``silence`` when there was no answer in time."""
    port = (await member(client, "bank")).port
    body = json.dumps({"card": "tok-visa", "amount_cents": 100, "reference": key}).encode()
    head = (
        f"POST /charges HTTP/1.1\r\nHost: bank\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(head.encode() + body)
                line = await reader.readline()
            finally:
                writer.close()
    except TimeoutError:
        return "silence"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "reset"
    return line.split()[1].decode() if line else "reset"


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
