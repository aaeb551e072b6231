"""What a live range tells of itself: one order's way, what is slow, and why one is stuck."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from practicum.cli.why import gather_facts
from practicum.labs.experiment.peers import addresses
from practicum.servers.client import RangeClient
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.retry import RetryPolicy, retry
from practicum.service.store import Outgoing
from practicum.service.tracing import Context, QuietTracer, Trace
from practicum.service.world import new_id
from practicum.shop.order.messages import (
    GET_ORDER,
    PLACE_ORDER,
    VOCABULARY,
    ChargePayment,
    OrderId,
    PlaceOrder,
    WantedLine,
)
from practicum.telemetry.reading import Archive
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.stuck import Diagnosis, diagnose
from worlds.live_shop import shop_range

TIMEOUT_S = 90


def practicum(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "practicum.cli.main", *words],
        env={**os.environ, "PRACTICUM_HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


class Shop:
    """A range with a buyer."""

    def __init__(self, client: RangeClient, caller: HttpCaller, folder: Path) -> None:
        self.client, self.caller = client, caller
        self.telemetry = folder / "telemetry"
        self.home = folder.parent.parent

    async def place(self) -> str:
        """An order's id; a catalog that has just started is asked again."""
        wanted = PlaceOrder((WantedLine("P0001", 1),), "tok-visa")
        key = new_id(LiveWorld())
        placed = await retry(
            lambda: self.caller.call(PLACE_ORDER, wanted, timeout_s=30, idempotency_key=key),
            policy=RetryPolicy(attempts_max=20, idempotent=True),
            world=LiveWorld(),
        )
        return placed.order_id

    async def confirmed(self, order_id: str) -> None:
        """Wait for the saga's end."""

        async def over() -> bool:
            view = await self.caller.call(GET_ORDER, OrderId(order_id), timeout_s=30)
            return view.status == "confirmed" and not view.step

        await until(over)

    async def why(self, order_id: str, *words: str) -> Diagnosis:
        """The diagnosis, once it names all these words."""
        found: list[Diagnosis] = []

        async def says() -> bool:
            found.append(diagnose(await gather_facts(self.client, order_id)))
            return all(word in found[-1].sentence for word in words)

        try:
            await until(says)
        except TimeoutError:
            raise AssertionError(found[-1]) from None
        return found[-1]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, run to its end."""
        return practicum(self.home, *words, "--name", "ears")

    def practicum(self, *words: str) -> Any:
        """What a command answers in JSON."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(TIMEOUT_S):
        while not await condition():  # noqa: ASYNC110 - it belongs to other processes
            await asyncio.sleep(0.1)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A live range; it goes down afterwards."""
    world = LiveWorld()
    async with shop_range(tmp_path, "ears") as client:
        status = await client.status()
        async with HttpCaller(addresses(status), world=world, tracer=QuietTracer(world)) as caller:
            yield Shop(client, caller, Path(status.folder))


def spans_of(folder: Path, order_id: str) -> list[SpanRecord]:
    """Of the order's first trace."""
    with Archive(folder) as archive:
        traces = archive.traces_of(order_id)
        return archive.spans(traces[0]) if traces else []


@pytest.mark.serial
async def test_one_trace_shows_every_hop_of_an_order(shop: Shop) -> None:
    """Over HTTP and the log, through every service of the saga, and the commands show it."""
    order_id = await shop.place()
    await shop.confirmed(order_id)

    async def told() -> bool:
        return len({s.service for s in spans_of(shop.telemetry, order_id)}) >= 7

    await until(told)
    (drawn,) = [t for t in shop.practicum("trace", order_id) if len(t["rows"]) > 5]
    rows = drawn["rows"]
    services = {row["service"] for row in rows if row["service"]}
    assert services >= {"order", "catalog", "inventory", "payment", "bank", "shipping"}
    labels = [row["label"] for row in rows]
    assert labels[0] == "POST /orders"
    for label in ("publish shop.inventory.reserve.v1", "handle shop.inventory.reserve.v1"):
        assert label in labels
    assert [row["depth"] for row in rows].count(0) == 1, "a hop has lost its parent"
    assert "outbox" in labels
    assert any(label.startswith("log ") for label in labels)
    assert labels.count("commit") >= 6
    assert shop.practicum("slow", "--last", "1h")
    assert shop.practicum("why", order_id)["stuck"] is False

    async def measured() -> bool:
        found = {(row["service"], row["what"]) for row in shop.practicum("red")["red"]}
        return ("order", "POST /orders") in found and ("payment", "commit") in found

    await until(measured)
    asked = shop.run("trace", "o-none")
    assert asked.returncode == 1
    assert "no trace of o-none" in asked.stderr


@pytest.mark.serial
async def test_why_an_order_is_stuck_is_said_in_words(shop: Shop) -> None:
    """A paused participant, a bank that is away, and a message that nobody can handle."""
    await shop.client.pause("payment")
    order_id = await shop.place()
    found = await shop.why(
        order_id, "waits for payment (charge)", "payment is paused", "on its topic"
    )
    assert found.advice == "practicum range resume payment"
    await shop.client.resume("payment")

    await shop.client.pause("bank")
    second = await shop.place()
    await shop.why(second, "waits for payment (charge)", "bank is paused")
    await shop.client.resume("bank")

    poison = await park_a_charge(shop)
    found = await shop.why(poison, "payment parked its message shop.payment.charge.v1")
    assert any("dead letter" in line for line in found.evidence)


async def park_a_charge(shop: Shop) -> str:
    """An order whose charge cannot be read by payment: it stands before its real one."""
    world = LiveWorld()
    status = await shop.client.status()
    log = await JetStreamEventLog.connect(status.nats_url, status.prefix, world)
    try:
        await shop.client.pause("inventory")
        order_id = await shop.place()
        context = Context(correlation_id="poison", trace=Trace.start(world))
        event = VOCABULARY.encode(
            ChargePayment(order_id, 1, "tok-visa"),
            key=order_id,
            source="/test",
            context=context,
            world=world,
        )
        broken = type(event).from_json(event.to_json().replace(b'"tok-visa"', b"7"))
        assert await log.publish([Outgoing("payment", order_id, broken)]) == [None]
        await shop.client.resume("inventory")
        return order_id
    finally:
        await log.close()


@pytest.mark.serial
async def test_a_receiver_that_is_killed_or_frozen_harms_no_order(shop: Shop) -> None:
    """Telemetry is lost meanwhile, orders are not; afterwards it is told again."""
    await shop.client.pause("telemetry")
    frozen = [await shop.place() for _ in range(5)]
    for order_id in frozen:
        await shop.confirmed(order_id)
    await shop.client.resume("telemetry")
    await shop.client.kill("telemetry")
    killed = await shop.place()
    await shop.confirmed(killed)

    async def told() -> bool:
        order_id = await shop.place()
        await asyncio.sleep(1.0)
        return len(spans_of(shop.telemetry, order_id)) > 3

    await until(told)


def test_without_telemetry_the_commands_say_what_to_do(tmp_path: Path) -> None:
    """No traceback, exit code 1; a time that is none is wrong usage."""
    for words, code, said in (
        (["slow"], 1, "practicum range up"),
        (["trace", "x"], 1, "practicum range up"),
        (["why", "x"], 1, "practicum range up"),
        (["red", "--last", "soon"], 2, "30s, 5m"),
    ):
        done = practicum(tmp_path, *words)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
