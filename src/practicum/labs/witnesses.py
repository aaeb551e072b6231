"""What checks may ask: the shop, the bank, what was done to the range, the load, the traces."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from practicum.checking.conservation import (
    LedgerFact,
    MessageFact,
    OrderFact,
    ShipmentFact,
    StockFact,
)
from practicum.checking.recovery import faults_fired
from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.experiment.observations import FaultSeen, Observations, Second
from practicum.labs.facts import Facts, OnLog, narrowed, read_books, read_messages, with_messages
from practicum.labs.order_story import message_lines, shortened, story
from practicum.servers.client import RangeClient
from practicum.servers.home import state_home
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.tracing import QuietTracer
from practicum.shop.inventory.rules import arrivals
from practicum.shop.manifest import MANIFEST
from practicum.stress.open_loop import percentile
from practicum.telemetry.reading import Archive, NothingKept
from practicum.telemetry.records import SpanRecord

CLOCKS_APART_S = 1.0
"""The log is read from so long before the experiment, lest clocks hide its first messages."""
TRACES_WAIT_S = 2.0
"""A service sends its spans twice a second, and the receiver writes four times a second."""
FAILING_MAX = 10


class Witnesses(msgspec.Struct, frozen=True):
    """What the services say, narrowed to the run if it had a shelf of its own; the messages of
    the run; and where the range keeps its telemetry."""

    facts: Facts
    messages: tuple[OnLog, ...]
    telemetry: Path


async def ask_witnesses(observations: Observations) -> Witnesses:
    """Ask all. Raises `OperationError`, `LogUnavailable`, RangeError or TimeoutError."""
    world = LiveWorld()
    tracer = QuietTracer(world)
    status = await RangeClient.of(state_home(os.environ), observations.range).status()
    since_s = max(0.0, observations.began_at - CLOCKS_APART_S)
    async with HttpCaller(observations.peers, world=world, tracer=tracer) as caller:
        books, messages = await asyncio.gather(read_books(caller), read_messages(status, since_s))
    facts = with_messages(books, messages)
    if observations.shelf:
        facts = narrowed(facts, observations.asked, observations.shelf)
    return Witnesses(facts, messages, Path(status.folder) / "telemetry")


class Shop:
    """The shop after the experiment, and the messages between its services."""

    def __init__(self, observations: Observations, facts: Facts) -> None:
        self._shelf = frozenset(observations.shelf)
        self.accepted = observations.accepted
        self.orders: tuple[OrderFact, ...] = facts.orders
        self.stock: tuple[StockFact, ...] = facts.stock
        self.shipments: tuple[ShipmentFact, ...] = facts.shipments
        self.messages: tuple[MessageFact, ...] = facts.messages

    @functools.cached_property
    def arrived(self) -> Mapping[str, int]:
        """Pieces of each product that inventory was given at the beginning."""
        settings = next(x for x in MANIFEST.services if x.name == "inventory").settings
        all_products = arrivals(settings["products"], settings["pieces"])
        return {sku: n for sku, n in all_products.items() if not self._shelf or sku in self._shelf}


class Bank:
    """The bank's own ledger."""

    def __init__(self, facts: Facts) -> None:
        self.ledger: tuple[LedgerFact, ...] = facts.ledger


class Chaos:
    """What was done to the range."""

    def __init__(self, observations: Observations) -> None:
        self.planned: tuple[str, ...] = observations.planned
        self.faults: tuple[FaultSeen, ...] = observations.faults
        self.calm: bool = observations.calm

    def struck(self) -> Judgement:
        """Whether every planned fault was there; unknown if not. A calm run has none to show."""
        found = faults_fired(self.planned, [each.what for each in self.faults if each.struck])
        if not self.calm:
            return found
        return msgspec.structs.replace(
            found, verdict=Verdict.PASS, expected="no fault: this is the calm run"
        )


class Load:
    """What was asked of the shop, and what buyers got."""

    def __init__(self, observations: Observations) -> None:
        self.asked = len(observations.asked)
        self.accepted: tuple[str, ...] = observations.accepted
        self.refused: Mapping[str, int] = observations.refused
        self.latencies_ms: tuple[float, ...] = observations.latencies_ms
        self.seconds: tuple[Second, ...] = observations.seconds

    def percentile_ms(self, percent: float) -> float:
        """Of the answers that accepted an order; 0 if there was none."""
        return percentile(sorted(self.latencies_ms), percent) if self.latencies_ms else 0.0


class Traces:
    """What happened to an order, in lines for people."""

    def __init__(self, observations: Observations, witnesses: Witnesses) -> None:
        self._began_ns = int(observations.began_at * 1e9)
        self._folder = witnesses.telemetry
        self._messages = witnesses.messages

    def of(self, order_id: str) -> tuple[str, ...]:
        """The hops of an order through the services, and its messages on the log in between."""
        spans = self.spans(order_id)
        lines = story(spans, self._said_of(order_id))
        note = () if spans else (f"no trace of {order_id or 'the order'} was kept",)
        return (*note, *lines)

    def of_example(self, judgement: Judgement) -> tuple[str, ...]:
        """The same for the first example of a judgement that names an order; else nothing."""
        for example in judgement.examples:
            order_id = example.partition(":")[0].strip()
            if order_id.startswith("o-"):
                return (f"order {order_id}", *self.of(order_id))
        return ()

    def messages(self, order_id: str) -> tuple[str, ...]:
        """The messages of an order on the log: who said what, and because of what."""
        return message_lines(self._said_of(order_id))

    def failing(self) -> tuple[str, ...]:
        """The newest traces of this run in which something failed."""
        try:
            with Archive(self._folder) as archive:
                found = archive.failing(since_ns=self._began_ns, limit=FAILING_MAX)
        except NothingKept:
            return ()
        lines = [
            f"{trace.key or trace.trace_id}  {trace.name}  {trace.duration_ms:.0f} ms  "
            f"{' '.join(trace.error.split())}"
            for trace in found
        ]
        return shortened(lines)

    def spans(self, order_id: str) -> Sequence[SpanRecord]:
        """The spans of all traces of an order; waits a little for the first to be written."""
        deadline = time.monotonic() + TRACES_WAIT_S
        while True:
            try:
                with Archive(self._folder) as archive:
                    traces = archive.traces_of(order_id)
                    found = [span for trace in traces for span in archive.spans(trace)]
            except NothingKept:
                return ()
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def _said_of(self, order_id: str) -> list[OnLog]:
        return [message for message in self._messages if message.event.subject == order_id]
