"""Copies of messages: known by the commit's refusal, or asked for when a handler stumbles."""

from __future__ import annotations

import asyncio

from practicum.service.aggregate import Work
from practicum.service.handling import handle_batch
from worlds import tally
from worlds.memory_log import MemoryEventLog
from worlds.memory_store import MemoryEventStore
from worlds.scripted_store import ScriptedStore
from worlds.tally import TALLY, Add, NotedConsumer, delivery
from worlds.virtual_time import VirtualWorld, in_virtual_time


def once_only(message: Add, work: Work) -> None:
    """A handler that raises when its effect stands already."""
    if message.amount in work.state(TALLY, message.key).amounts:
        raise RuntimeError(f"{message.amount} is there already")
    tally.add(message, work)


@in_virtual_time
async def test_a_copy_whose_handler_stumbles_over_the_original_is_dropped() -> None:
    """It is acknowledged, costs no try, and the messages beside it have their effect."""
    world = VirtualWorld()
    store = ScriptedStore(MemoryEventStore(world))
    consumer = NotedConsumer()
    service = tally.build(tally.ports(world, store, MemoryEventLog(world)), once_only)
    first = delivery(tally.event_of(world, Add("a", 1, False), "a"), 1)
    second = delivery(tally.event_of(world, Add("a", 2, False), "a"), 2)
    async with asyncio.timeout(600):
        await handle_batch(service, consumer, [first])
        await handle_batch(service, consumer, [first, second])
    assert sorted(consumer.acknowledged) == [1, 1, 2]
    assert (await tally.tallies(store, ["a"]))["a"].amounts == (1, 2)
