"""Handle a batch of messages: read once, decide each, commit once, acknowledge.

The order of these four is what makes effects happen exactly once. A crash before the commit
leaves nothing; a crash after it, before the acknowledgement, brings the messages again, and
the inbox, committed together with the effects, drops them.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable, Sequence

import msgspec

from practicum.service.aggregate import Session, StaleWork, Work
from practicum.service.crash import crash_point
from practicum.service.events import Event, MalformedMessage, UnknownMessage, context_of
from practicum.service.log import Consumer, Delivery
from practicum.service.service import Reaction, Service, TryLater
from practicum.service.store import (
    AlreadyHandled,
    Conflict,
    Fenced,
    Handled,
    StoreUnavailable,
)
from practicum.service.tracing import Trace, hop_span_id, use_context

logger = logging.getLogger(__name__)

DECIDED = crash_point("consumer.decided", "messages are decided on, nothing is committed")
COMMITTED = crash_point("consumer.committed", "effects are committed, nothing is acknowledged")

BATCH_MAX = 200
SIDE_BY_SIDE_MAX = 32
"""How many keys of a batch may be inside handlers that wait (the bulkhead)."""
STALE_TRIES_MAX = 20


class _Known(msgspec.Struct):
    delivery: Delivery
    message: msgspec.Struct
    reaction: Reaction


async def consume(service: Service, consumer: Consumer) -> None:
    """Handle what the consumer brings until cancelled.

    Several batches may be under way at once; the consumer hands out no key twice.
    """
    turn = asyncio.Lock()

    async def reader() -> None:
        while True:
            async with turn:
                deliveries = await consumer.batch(BATCH_MAX)
            service.ports.meter.record("practicum.consumer.batch", len(deliveries))
            await handle_batch(service, consumer, deliveries)

    async with asyncio.TaskGroup() as group:
        for _ in range(service.batches_at_once):
            group.create_task(reader())


async def handle_batch(
    service: Service, consumer: Consumer, deliveries: Sequence[Delivery]
) -> None:
    """Give every delivery of the batch an end: acknowledged, parked, or to come again."""
    await _settle(service, consumer, await _recognise(service, consumer, deliveries))


async def _settle(service: Service, consumer: Consumer, known: list[_Known]) -> None:
    wait_s = 0.05
    # Copies are rare, and the commit refuses them anyway. Only what a handler does outside of
    # the commit makes it worth a round trip to know them before.
    careful = any(inspect.iscoroutinefunction(each.reaction.handler) for each in known)
    while known:
        try:
            await _decide_and_commit(service, consumer, known, careful=careful)
            return
        except (Conflict, AlreadyHandled):
            careful = True  # somebody else was faster, or a new stream is none: look first
        except Fenced as error:
            logger.warning("lost a lease: %s", error)
            lost = [each for each in known if each.delivery.fence.name == error.name]
            known = [each for each in known if each.delivery.fence.name != error.name]
            for each in lost:
                await consumer.defer(each.delivery, service.group.lease_s)
        except StoreUnavailable as error:
            logger.warning("the store is away, %d messages wait: %s", len(known), error)
            await asyncio.sleep(service.ports.world.random.uniform(0, wait_s))
            wait_s = min(2.0, wait_s * 2)
        except Exception as error:
            if len(known) == 1:
                logger.exception("%s cannot be committed", known[0].delivery.event.type)
                await _fail(consumer, known, f"{type(error).__name__}: {error}")
                return
            chains = list(_by_key(known).values())
            if len(chains) == 1:  # the first alone; those behind it come again, and are found so
                for each in known[1:]:
                    await consumer.defer(each.delivery, 0)
                chains = [known[:1]]
            for links in chains:  # one message spoils the commit: find it key by key
                await _settle(service, consumer, links)
            return


async def _recognise(
    service: Service, consumer: Consumer, deliveries: Sequence[Delivery]
) -> list[_Known]:
    known: list[_Known] = []
    strangers: list[Delivery] = []
    parked: set[tuple[str, str]] = set()
    for delivery in deliveries:
        event = delivery.event
        if (delivery.topic, delivery.key) in parked:
            continue  # the log has parked it behind its leader
        if not service.vocabulary.knows(event):
            strangers.append(delivery)
            continue
        try:
            message = service.vocabulary.decode(event)
        except (UnknownMessage, MalformedMessage) as error:
            logger.error("parking %s of %s: %s", event.id, delivery.key, error)
            await consumer.park(delivery, str(error))
            parked.add((delivery.topic, delivery.key))
            continue
        reaction = service.reactions.get(type(message))
        if reaction is None:
            strangers.append(delivery)
        else:
            known.append(_Known(delivery, message, reaction))
    if strangers:
        await consumer.acknowledge(strangers)
    return known


async def _decide_and_commit(
    service: Service, consumer: Consumer, known: list[_Known], *, careful: bool
) -> None:
    seen: frozenset[str] = frozenset()
    if careful:
        ids = [each.delivery.event.id for each in known]
        seen = await service.ports.store.handled(service.name, ids)
    done: list[Delivery] = []
    fresh: dict[str, _Known] = {}
    for each in known:
        id = each.delivery.event.id
        if id in seen or id in fresh:
            done.append(each.delivery)
        else:
            fresh[id] = each
    if done:
        logger.info("dropped %d messages that were handled before", len(done))
    session = service.session()
    refs = (ref for each in fresh.values() for ref in each.reaction.streams(each.message))
    await session.load(refs, trust=not careful)
    failures: dict[str, tuple[list[_Known], Exception]] = {}
    bulkhead = asyncio.Semaphore(SIDE_BY_SIDE_MAX)

    async def chain(key: str, links: list[_Known]) -> None:
        for index, link in enumerate(links):
            try:
                await _handle(service, session, link, bulkhead)
            except Exception as error:
                failures[key] = (links[index:], error)
                return
            done.append(link.delivery)

    async with asyncio.TaskGroup() as group:
        for key, links in _by_key(fresh.values()).items():
            group.create_task(chain(key, links))
    if failures and not careful:
        stumbled = [rest[0].delivery.event.id for rest, _ in failures.values()]
        if await service.ports.store.handled(service.name, stumbled):
            # A copy stumbled over what its original did.
            await _decide_and_commit(service, consumer, known, careful=True)
            return
    if not session.empty:
        DECIDED()
        await service.commit(session)
        COMMITTED()
    await consumer.acknowledge(done)
    for rest, error in failures.values():
        if isinstance(error, TryLater):
            logger.warning("%s waits: %s", rest[0].delivery.key, error)
            for each in rest:
                await consumer.defer(each.delivery, error.wait_s)
        else:
            event = rest[0].delivery.event
            logger.error("%s of %s failed", event.type, event.subject, exc_info=error)
            await _fail(consumer, rest, f"{type(error).__name__}: {error}")


async def _handle(
    service: Service, session: Session, link: _Known, bulkhead: asyncio.Semaphore
) -> None:
    delivery = link.delivery
    session.handled.append(Handled(service.name, delivery.event.id))
    try:
        await work_on(
            service, session, delivery.event, link.message, link.reaction, bulkhead, delivery
        )
    except BaseException:
        session.handled.remove(Handled(service.name, delivery.event.id))
        raise
    session.fences[delivery.fence.name] = delivery.fence


async def work_on(
    service: Service,
    session: Session,
    event: Event,
    message: msgspec.Struct,
    reaction: Reaction,
    bulkhead: asyncio.Semaphore,
    delivery: Delivery | None = None,
) -> None:
    """Run one handler inside the session; again while others change what it reads. Without a
    ``delivery`` the event is a timer's."""
    ports = service.ports
    context = context_of(event, ports.world)
    parent = context.trace
    attributes: dict[str, str | int] = {
        "messaging.operation.name": "handle",
        "messaging.message.id": event.id,
        "messaging.message.conversation_id": event.correlationid,
        "practicum.key": event.subject,
    }
    if delivery is not None:
        parent = Trace(parent.trace_id, hop_span_id(event.id), parent.sampled)
        attributes["messaging.destination.name"] = delivery.topic
        attributes["messaging.destination.partition.id"] = str(delivery.partition)
        attributes["practicum.attempt"] = delivery.attempt
    with ports.tracer.span(
        f"handle {event.type}",
        kind="consumer" if delivery is not None else "internal",
        parent=parent,
        attributes=attributes,
    ) as trace:
        context = msgspec.structs.replace(context, trace=trace)
        for _ in range(STALE_TRIES_MAX):
            with use_context(context):
                work = Work(session, context, event.subject)
                waiting = reaction.handler(message, work)
                if waiting is not None:
                    async with bulkhead:
                        await waiting
            try:
                work.finish()
                return
            except StaleWork:
                continue
        raise TryLater(f"{event.subject} is changed by too many at once", 0.05)


async def _fail(consumer: Consumer, links: Sequence[_Known], reason: str) -> None:
    """Count a try against the first of a key's messages; the later ones stay behind it."""
    await consumer.retry(links[0].delivery, reason)
    for link in links[1:]:
        await consumer.defer(link.delivery, 0)


def _by_key(known: Iterable[_Known]) -> dict[str, list[_Known]]:
    chains: dict[str, list[_Known]] = {}
    for each in known:
        chains.setdefault(each.delivery.key, []).append(each)
    return chains
