"""A small service: it adds amounts up by key, tells each sum, and echoes some of them later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from practicum.service.aggregate import Aggregate, Ref, Work
from practicum.service.events import Event, Vocabulary
from practicum.service.log import Delivery
from practicum.service.operations import Caller
from practicum.service.service import Handler, Ports, Service
from practicum.service.store import EventStore, Fence, Outgoing
from practicum.service.tracing import Context, QuietTracer, Trace
from practicum.service.world import World
from worlds.memory_log import MemoryEventLog
from worlds.memory_views import MemoryViews

VOCABULARY = Vocabulary("test")
ECHO_AFTER_S = 1.0


@VOCABULARY.message("add")
class Add(msgspec.Struct, frozen=True):
    """Command: add ``amount``; with ``echo`` say so again later."""

    key: str
    amount: int
    echo: bool = False


@VOCABULARY.message("added")
class Added(msgspec.Struct, frozen=True):
    """Fact."""

    amount: int


@VOCABULARY.message("echoed")
class Echoed(msgspec.Struct, frozen=True):
    """Fact: a timer rang for this amount."""

    amount: int


@VOCABULARY.message("sum")
class Sum(msgspec.Struct, frozen=True):
    """Consequence of each `Add`."""

    key: str
    total: int


@VOCABULARY.message("echo")
class Echo(msgspec.Struct, frozen=True):
    """From a timer."""

    key: str
    amount: int


class Tally(msgspec.Struct, frozen=True):
    """What was added, in order, and what was echoed."""

    amounts: tuple[int, ...] = ()
    echoes: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """The sum."""
        return sum(self.amounts)


def evolve(tally: Tally, event: Added | Echoed) -> Tally:
    """The tally after an event."""
    if isinstance(event, Added):
        return Tally((*tally.amounts, event.amount), tally.echoes)
    return Tally(tally.amounts, (*tally.echoes, event.amount))


TALLY = Aggregate(name="tally", initial=Tally(), evolve=evolve, snapshot_every=3)


def add(message: Add, work: Work) -> None:
    """The plain handler."""
    tally = work.record(TALLY, message.key, Added(message.amount))
    work.send("sums", Sum(message.key, tally.total))
    if message.echo:
        timer = f"echo-{message.key}-{message.amount}"
        work.set_timer(timer, ECHO_AFTER_S, Echo(message.key, message.amount))


def echo(message: Echo, work: Work) -> None:
    """The timer's handler."""
    work.record(TALLY, message.key, Echoed(message.amount))


def streams(message: Add | Echo) -> Iterable[Ref]:
    """The tally of the message's key."""
    yield Ref(TALLY, message.key)


def build(ports: Ports, handler: Handler = add) -> Service:
    """The service; tests give it handlers that misbehave."""
    service = Service(ports, VOCABULARY)
    service.on(Add, topic="adds", streams=streams)(handler)
    service.on(Echo, topic=None, streams=streams)(echo)
    return service


def ports(world: World, store: EventStore, log: MemoryEventLog) -> Ports:
    """Ports of a service that calls nobody."""
    return Ports(
        service="tally",
        member="tally-0",
        world=world,
        store=store,
        log=log,
        caller=cast(Caller, None),
        tracer=QuietTracer(world),
        views=MemoryViews(),
        settings={},
    )


def event_of(world: World, message: msgspec.Struct, key: str) -> Event:
    """A message as somebody sent it."""
    context = Context(correlation_id="c", trace=Trace.start(world))
    return VOCABULARY.encode(message, key=key, source="test", context=context, world=world)


def outgoing(world: World, adds: Sequence[Add]) -> list[Outgoing]:
    """Commands on their way."""
    return [Outgoing("adds", x.key, event_of(world, x, x.key)) for x in adds]


def delivery(event: Event, sequence: int = 1, *, partition: int = 0, token: int = 1) -> Delivery:
    """A message as the log hands it out."""
    return Delivery(
        topic="adds",
        partition=partition,
        sequence=sequence,
        key=event.subject,
        attempt=1,
        event=event,
        fence=Fence(f"tally/adds/{partition}", token),
    )


class NotedConsumer:
    """`service.log.Consumer` that notes what becomes of each delivery, by sequence."""

    partitions = frozenset({("adds", 0)})

    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self.retried: dict[int, str] = {}
        self.deferred: dict[int, float] = {}
        self.parked: dict[int, str] = {}

    async def batch(self, max_messages: int) -> Sequence[Delivery]:
        """Not needed: tests hand batches to `handle_batch`."""
        raise AssertionError

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""
        self.acknowledged += [x.sequence for x in deliveries]

    async def retry(self, delivery: Delivery, reason: str) -> None:
        """See the port."""
        self.retried[delivery.sequence] = reason

    async def defer(self, delivery: Delivery, wait_s: float) -> None:
        """See the port."""
        self.deferred[delivery.sequence] = wait_s

    async def park(self, delivery: Delivery, reason: str) -> None:
        """See the port."""
        self.parked[delivery.sequence] = reason


async def tallies(store: EventStore, keys: Iterable[str]) -> Mapping[str, Tally]:
    """The truth: all events folded, no cache and no snapshot."""
    found: dict[str, Any] = {}
    for key in keys:
        state = TALLY.initial
        for stored in await store.read_stream(TALLY.stream(key)):
            state = evolve(state, cast(Any, VOCABULARY.decode(stored.event)))
        found[key] = state
    return found


async def sums(store: EventStore) -> list[tuple[str, int]]:
    """What waits in the outbox for ``sums``."""
    found = [VOCABULARY.decode(x.outgoing.event) for x in await store.outbox()]
    return [(x.key, x.total) for x in found if isinstance(x, Sum)]
