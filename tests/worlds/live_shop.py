"""The shop on a live range of a test's own, with a crowd that orders and books that are judged."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.ending import wait_until_ended
from practicum.labs.experiment.peers import addresses
from practicum.labs.experiment.shopper import Crowd, Taste
from practicum.labs.facts import judge_facts, read_facts
from practicum.servers.client import RangeClient
from practicum.servers.ranges import Options, start_range, stop_range
from practicum.service.crash import crash_points
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.manifest import Manifest
from practicum.service.tracing import QuietTracer
from practicum.service.world import new_id
from practicum.shop.bank.messages import SET_MOOD, Mood
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST
from practicum.stress.open_loop import Shot, open_loop

STEP_TIMEOUT_S = 2.0
STRIKE_POLL_S = 0.02
PIECES = 5000
BANK_DELAY_MS = 40
END_WAIT_S = 60.0
FICKLE_RATIO = 0.3
"""Many change their mind, so that there is always something to undo."""

SHARED = {
    "consumer": ("order", "inventory", "payment", "shipping", "notification", "catalog"),
    "relay": ("order", "inventory", "payment", "shipping", "notification"),
    "timer": ("order",),
}
"""Who passes a point that belongs to the runtime and not to one service."""


def crash_cases() -> list[tuple[str, str]]:
    """(service, point) for every declared point and every service that passes it."""
    for spec in MANIFEST.services:
        importlib.import_module(spec.module)
    importlib.import_module("practicum.service.running")
    return [
        (service, point)
        for point in crash_points()
        if not point.startswith("record.")
        for service in SHARED.get(point.split(".")[0], (point.split(".")[0],))
    ]


def impatient() -> Manifest:
    """The shop with steps that are overdue soon, so that timers fire within a test."""
    settings = {"order": {"step_timeout_s": STEP_TIMEOUT_S}, "inventory": {"pieces": PIECES}}
    services = tuple(
        msgspec.structs.replace(spec, settings={**spec.settings, **settings.get(spec.name, {})})
        for spec in MANIFEST.services
    )
    return msgspec.structs.replace(MANIFEST, services=services)


@contextlib.asynccontextmanager
async def shop_range(home: Path, name: str) -> AsyncIterator[RangeClient]:
    """A range with the impatient shop; it goes down at the end, whatever happens."""
    home.chmod(0o711)
    client, _ = await start_range(home, name, impatient(), Options(detach=False))
    try:
        yield client
    finally:
        await stop_range(home, name)
        client.release()


class RangeStriker:
    """Kills services of a live range at crash points."""

    def __init__(self, client: RangeClient) -> None:
        self._client = client

    async def strike(self, service: str, point: str, hit: int = 1) -> None:
        """Arm the point; return when the service has died at its ``hit``-th visit there."""
        before = len(await self._client.hits())
        await self._client.arm(service, point, hit)
        while True:
            hits = (await self._client.hits())[before:]
            if any((each.service, each.point) == (service, point) for each in hits):
                return
            await asyncio.sleep(STRIKE_POLL_S)


class Trial:
    """A crowd ordering at a range, and what the witnesses say when it is over."""

    def __init__(self, client: RangeClient, caller: HttpCaller) -> None:
        world = LiveWorld()
        run = new_id(world)[-12:]
        self.crowd = Crowd(run, caller, world, taste=Taste(fickle_ratio=FICKLE_RATIO))
        self.shots: list[Shot] = []
        self._ended: set[str] = set()
        self._client = client
        self._caller = caller

    @classmethod
    @contextlib.asynccontextmanager
    async def at(cls, client: RangeClient) -> AsyncIterator[Trial]:
        """A trial with a bank that takes its time, so that somebody is always in mid-payment."""
        world = LiveWorld()
        peers = addresses(await client.status())
        async with HttpCaller(peers, world=world, tracer=QuietTracer(world)) as caller:
            await caller.call(SET_MOOD, Mood(delay_ms=BANK_DELAY_MS), timeout_s=10)
            yield cls(client, caller)

    async def order(self, *, rate: float, duration_s: float) -> None:
        """Let the crowd order, and those who change their mind do so."""
        first = len(self.shots)

        async def buy(number: int) -> None:
            await self.crowd.buy(first + number)

        await open_loop(buy, rate=rate, duration_s=duration_s, on_shot=self.shots.append)
        await self.crowd.finish()

    async def until_ended(self) -> None:
        """Return when every accepted order has ended, or patience has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WAIT_S):
                left = [id for id in self.crowd.accepted if id not in self._ended]
                await wait_until_ended(left, self._caller, self._ended.add)

    async def failures(self) -> list[Judgement]:
        """Wait until every accepted order has ended; every judgement that is not a pass."""
        await self.until_ended()  # if not, the first judgement names who is stuck
        facts = await read_facts(self._caller, await self._client.status())
        judgements = judge_facts(self.crowd.accepted, facts, arrivals(1000, PIECES))
        return [judgement for judgement in judgements if judgement.verdict is not Verdict.PASS]
