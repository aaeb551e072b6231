"""Messages between processes: core NATS, one subject for each name of a run.

What the weather and the faults do to a message is done by its sender, by the code that does it in
a simulation; then it goes to the server, and arrives as soon and in what order it will.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from practicum.labs.real_world.clock import RealLoop
from practicum.labs.real_world.conditions import Conditions
from practicum.labs.real_world.wire import PAYLOAD_BYTES_MAX, Start, pack, unpack
from practicum.simulation.loop import DeterministicLoop, Domain
from practicum.simulation.network import Network
from practicum.simulation.node import Packet

Arrived: TypeAlias = Callable[[str, Packet], None]
Heard: TypeAlias = Callable[[str, str, str, Packet], None]
"""Is told what happens to a message: sent or arrived, from whom, to whom."""
ASK_WAIT_S = 20.0


def subject_of(start: Start, name: str) -> str:
    """Where what is sent to a name goes. Names are numbered: they may hold any characters."""
    return f"{start.subject}.to.{start.names.index(name)}"


def word_subject(subject: str) -> str:
    """Where the command tells how things are."""
    return f"{subject}.word"


def ask_subject(subject: str) -> str:
    """Where the command is asked that."""
    return f"{subject}.ask"


class Address:
    """Another node as the network of this one knows it."""

    def __init__(self, name: str, domain: Domain, deliver: Arrived) -> None:
        self.name, self.domain, self.deliver = name, domain, deliver


class Post(Network):
    """The network of one life, and its connection to the server."""

    def __init__(self, start: Start, loop: RealLoop, domain: Domain, heard: Heard) -> None:
        seed = f"{start.seed} {start.reroll} {start.name} {start.life}"
        super().__init__(seed, cast(DeterministicLoop, loop), start.weather)
        self._start, self._domain, self._heard = start, domain, heard
        self._client: Client | None = None
        self._leaving: deque[tuple[str, bytes]] = deque()
        self._some = asyncio.Event()
        self._free_at = 0.0
        self.conditions: Conditions
        self.addresses = {
            name: Address(name, domain, self._delivery(subject_of(start, name)))
            for name in start.names
        }

    def send(self, source: str, to: Any, body: Any) -> None:
        """See `Network.send`."""
        self.sent += 1
        self._heard("sent", source, to.name, body)
        self._send_in_trouble(source, to, body)
        if self.troubles:
            self.conditions.look()

    def _delivery(self, subject: str) -> Arrived:
        def deliver(source: str, packet: Packet) -> None:
            payload = pack((source, packet))
            if len(payload) > PAYLOAD_BYTES_MAX:
                raise ValueError(
                    f"a message of {len(payload):,} bytes: processes can send {PAYLOAD_BYTES_MAX:,}"
                )
            self._leaving.append((subject, payload))
            self._some.set()

        return deliver

    async def connect(self, arrived: Arrived, told: Callable[[bytes], None]) -> None:
        """Connect, and hear from then on what is sent to us, and how things are."""

        async def hear(message: Msg) -> None:
            self._receive(arrived, *unpack(message.data))

        async def listen(message: Msg) -> None:
            told(message.data)

        start = self._start
        self._client = await nats.connect(
            start.url, allow_reconnect=False, connect_timeout=10, error_cb=_ignore
        )
        await self._client.subscribe(subject_of(start, start.name), cb=hear)
        await self._client.subscribe(word_subject(start.subject), cb=listen)
        await self._client.flush()
        name = start.name.encode()
        told((await self._client.request(ask_subject(start.subject), name, ASK_WAIT_S)).data)

    def _receive(self, arrived: Arrived, source: str, packet: Packet) -> None:
        """Let it arrive, after its turn if this node is slow."""
        each_s = self.conditions.each_s
        now = self._loop._time
        self._free_at = max(now, self._free_at) + each_s
        if self._free_at <= now:
            arrived(source, packet)
        else:
            self._loop.at(self._free_at, self._domain, arrived, source, packet)

    async def carry(self) -> None:
        """Bring to the server what leaves, in order, for as long as there is one."""
        assert self._client is not None
        while not self._client.is_closed:
            while self._leaving:
                await self._client.publish(*self._leaving.popleft())
            self._some.clear()
            await self._some.wait()


async def _ignore(_: Exception) -> None:
    """nats-py prints errors unless it is given somewhere to put them."""
