"""What the HTTP client says when no good answer comes, and how it treats its connections."""

from __future__ import annotations

import asyncio
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from practicum.service.errors import OperationError
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.http.server import HttpServer
from practicum.service.operations import Operation
from practicum.service.tracing import QuietTracer
from worlds.fixed import FixedWorld
from worlds.warehouse import FIND, FORGET, LISTEN, Find, Nothing, Wait, Warehouse

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
EMPTY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Peer:
    """A server that says what a test wants; ``requests`` counts the heads that it read."""

    def __init__(self, talk: Talk) -> None:
        self.requests = 0
        self._talk = talk

    async def start(self, port: int = 0) -> str:
        """Its base URL."""
        self.server = await asyncio.start_server(self._answer, "127.0.0.1", port)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                await self._talk(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def peers() -> AsyncIterator[Callable[[Talk], Awaitable[tuple[Peer, HttpCaller]]]]:
    """Start a peer that talks so, and a caller that knows it as the warehouse."""
    world = FixedWorld()
    started: list[tuple[Peer, HttpCaller]] = []

    async def start(talk: Talk) -> tuple[Peer, HttpCaller]:
        peer = Peer(talk)
        caller = HttpCaller({"warehouse": await peer.start()}, world, QuietTracer(world))
        started.append((peer, caller))
        return peer, caller

    yield start
    for peer, caller in started:
        await caller.close()
        peer.server.close()


Start = Callable[[Talk], Awaitable[tuple[Peer, HttpCaller]]]


def saying(answer: bytes) -> Talk:
    """A peer that answers with these bytes, and then closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        raise EOFError

    return talk


def status(line: str, body: str = "a page") -> bytes:
    """An answer that no operation wrote."""
    head = f"HTTP/1.1 {line}\r\nconnection: close\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()


async def test_nobody_listening_is_refused_and_definite() -> None:
    """Nothing was begun, because there was nobody to begin it."""
    world = FixedWorld()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with HttpCaller({"warehouse": url}, world, QuietTracer(world)) as caller:
            with pytest.raises(OperationError) as caught:
                await caller.call(FORGET, Nothing(), timeout_s=30.0)
    assert (caught.value.code, caught.value.definite) == ("refused", True)
    assert url in caught.value.message


async def test_a_name_that_does_not_resolve_is_refused() -> None:
    """RFC 2606 keeps this one unknown."""
    world = FixedWorld()
    peers = {"warehouse": "http://warehouse.invalid:80"}
    async with HttpCaller(peers, world, QuietTracer(world)) as caller:
        with pytest.raises(OperationError) as caught:
            await caller.call(FORGET, Nothing(), timeout_s=30.0)
    assert caught.value.code == "refused"


async def test_no_connection_in_time_is_too_late_and_definite() -> None:
    """No byte was sent: the listen queue was full."""
    world = FixedWorld()
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(address)
        peers = {"warehouse": f"http://127.0.0.1:{address[1]}"}
        async with HttpCaller(peers, world, QuietTracer(world)) as caller:
            with pytest.raises(OperationError) as caught:
                await caller.call(FORGET, Nothing(), timeout_s=0.2)
        for one in held:
            one.close()
    assert (caught.value.code, caught.value.definite) == ("too_late", True)


async def test_silence_after_the_request_is_deadline_exceeded(peers: Start) -> None:
    """The request was sent; what became of it is unknown."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    _, caller = await peers(silent)
    with pytest.raises(OperationError) as caught:
        await caller.call(FORGET, Nothing(), timeout_s=0.2)
    assert (caught.value.code, caught.value.definite) == ("deadline_exceeded", False)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "unavailable"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "unavailable"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "unavailable"),
        (b"220 mail.example ESMTP\r\n\r\n", "internal"),
        (status("200 OK", "<html>"), "internal"),
        (status("200 OK", "[" * 5000), "internal"),
        (status("503 Service Unavailable", "upstream connect error"), "unavailable"),
        (status("502 Bad Gateway"), "unavailable"),
        (status("504 Gateway Timeout"), "unavailable"),
        (status("429 Too Many Requests"), "unavailable"),
        (status("500 Oh"), "internal"),
        (status("404 Not Found"), "internal"),
        (status("403 Forbidden", "RBAC: access denied"), "internal"),
        (status("302 Found"), "internal"),
        (status("500 Oh", '{"code": "unheard_of", "detail": "x"}'), "internal"),
        (status("409 Conflict", '{"code": "conflict", "status": "x"}'), "internal"),
    ],
)
async def test_no_answer_that_an_operation_did_not_write_is_definite(
    peers: Start, answer: bytes, code: str
) -> None:
    """Proxies and broken connections know nothing of effects."""
    peer, caller = await peers(saying(answer))
    asked: list[tuple[Operation[Any, Any], Any]] = [
        (FORGET, Nothing()),
        (LISTEN, Wait(0.0)),
        (FIND, Find(sku="x")),
    ]
    for operation, request in asked:
        with pytest.raises(OperationError) as caught:
            await caller.call(operation, request, timeout_s=30.0)
        assert (caught.value.code, caught.value.definite) == (code, False)
    assert peer.requests == 3


async def test_a_reset_is_unavailable(peers: Start) -> None:
    """As after a SIGKILL with unread bytes."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        raise EOFError

    _, caller = await peers(reset)
    with pytest.raises(OperationError) as caught:
        await caller.call(FORGET, Nothing(), timeout_s=30.0)
    assert caught.value.code == "unavailable"


async def test_a_try_on_a_stale_connection_is_one_try_and_indefinite(peers: Start) -> None:
    """The peer closes the pooled connection when the second request reaches it: that request
    must not be sent again behind the caller's back, whatever its method."""
    answered = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        answered += 1
        if answered % 2 == 0:
            raise EOFError
        writer.write(EMPTY)

    peer, caller = await peers(once)
    for _ in range(3):
        assert await caller.call(FORGET, Nothing(), timeout_s=30.0) == Nothing()
        with pytest.raises(OperationError) as caught:
            await caller.call(FORGET, Nothing(), timeout_s=30.0)
        assert (caught.value.code, caught.value.definite) == ("unavailable", False)
    assert peer.requests == 6


async def test_connections_are_kept_and_used_again(peers: Start) -> None:
    """A second call opens no second connection."""
    connections = set()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer.get_extra_info("peername"))
        writer.write(EMPTY)

    _, caller = await peers(note)
    for _ in range(5):
        await caller.call(FORGET, Nothing(), timeout_s=30.0)
    assert len(connections) == 1


async def test_a_peer_that_restarts_is_reachable_at_once() -> None:
    """Its closed connections are not used again."""
    world = FixedWorld()
    tracer = QuietTracer(world)
    port = 0
    caller = None
    for _ in range(4):
        server = HttpServer(
            "warehouse", Warehouse().operations(), world, tracer, ready=lambda: True, port=port
        )
        await server.start()
        port = server.port
        caller = caller or HttpCaller({"warehouse": server.url}, world, tracer)
        for _ in range(3):
            assert await caller.call(FORGET, Nothing(), timeout_s=30.0) == Nothing()
        await server.drain(0.0)
    assert caller is not None
    await caller.close()


SERVER = """
import asyncio, sys
from worlds.fixed import FixedWorld
from worlds.warehouse import Warehouse
from practicum.service.live.http.server import HttpServer
from practicum.service.operations import Operation
from practicum.service.tracing import QuietTracer

async def main():
    world = FixedWorld()
    warehouse = Warehouse()
    server = HttpServer("warehouse", warehouse.operations(), world, QuietTracer(world),
                        ready=lambda: True, port=int(sys.argv[1]))
    await server.start()
    print(server.port, flush=True)
    await warehouse.began.wait()
    print("began", flush=True)
    await server.serve()

asyncio.run(main())
"""


def start_process(port: int) -> tuple[subprocess.Popen[str], int]:
    """A server in a process of its own, and its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def test_a_server_killed_amid_a_request_leaves_the_effect_unknown() -> None:
    """Killed: indefinite. Gone: definite. Back: reachable, on the first call."""
    world = FixedWorld()
    process, port = await asyncio.to_thread(start_process, 0)
    peers = {"warehouse": f"http://127.0.0.1:{port}"}
    try:
        async with HttpCaller(peers, world, QuietTracer(world)) as caller:
            asking = asyncio.create_task(caller.call(LISTEN, Wait(3600.0), timeout_s=60.0))
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "began\n"
            await caller.call(FORGET, Nothing(), timeout_s=60.0)
            process.kill()
            with pytest.raises(OperationError) as caught:
                await asking
            assert (caught.value.code, caught.value.definite) == ("unavailable", False)
            process.wait()
            with pytest.raises(OperationError) as caught:
                await caller.call(FORGET, Nothing(), timeout_s=60.0)
            assert (caught.value.code, caught.value.definite) == ("refused", True)
            process, _ = await asyncio.to_thread(start_process, port)
            assert await caller.call(FORGET, Nothing(), timeout_s=60.0) == Nothing()
    finally:
        process.kill()
        process.communicate()


async def test_a_cancelled_call_is_cancelled(peers: Start) -> None:
    """The caller's own cancellation is not turned into an error of the table."""
    began = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.set()
        await reader.read()

    _, caller = await peers(silent)
    asking = asyncio.create_task(caller.call(FORGET, Nothing(), timeout_s=60.0))
    await began.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
