"""Run a declared service: its relay, its timers and its consumer, until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from practicum.service.crash import crash_point
from practicum.service.handling import consume, work_on
from practicum.service.log import LogUnavailable
from practicum.service.outbox import Outbox
from practicum.service.relay import relay
from practicum.service.service import Service, TryLater
from practicum.service.store import Conflict, StoreUnavailable, Timer

logger = logging.getLogger(__name__)

TIMER_DECIDED = crash_point("timer.decided", "a timer is decided on, nothing is committed")

TIMER_POLL_S = 0.25
PAUSE_MAX_S = 2.0


class Health:
    """What keeps a service from being ready, by part; empty when nothing does."""

    def __init__(self) -> None:
        self.troubles: dict[str, str] = {"start": "still starting"}

    @property
    def ready(self) -> bool:
        """Whether the service may be given work."""
        return not self.troubles

    def __str__(self) -> str:
        return "; ".join(f"{part}: {trouble}" for part, trouble in self.troubles.items())


async def run_service(service: Service, health: Health) -> None:
    """Run until cancelled. Store and log may go away and come back meanwhile."""
    for starter in service.starters:
        await _until_it_works(starter, "start", health)
    outbox = Outbox(service.ports)
    async with asyncio.TaskGroup() as group:
        group.create_task(_forever(lambda: relay(outbox), "relay", health))
        group.create_task(_forever(lambda: _ring(service), "timers", health))
        for projector in service.projectors:
            part = f"view {projector.projection.view}"
            group.create_task(_forever(projector.run, part, health))
        if service.topics:
            group.create_task(_forever(lambda: _consume(service, health), "consumer", health))
        else:
            health.troubles.pop("start", None)


async def _consume(service: Service, health: Health) -> None:
    topics = sorted(service.topics)
    ports = service.ports
    async with ports.log.consumer(topics, service.name, ports.member, service.group) as consumer:
        health.troubles.pop("start", None)
        health.troubles.pop("consumer", None)
        await consume(service, consumer)


async def _ring(service: Service) -> None:
    """Handle the timers that are due, once around, each in a commit that removes it."""
    ports = service.ports
    stumbled: list[Exception] = []
    for timer in await ports.store.due_timers(ports.world.now()):
        try:
            await _ring_one(service, timer)
        except (Conflict, TryLater):
            continue  # its stream moved, or something is down: the next round sees it again
        except StoreUnavailable:
            raise
        except Exception as error:  # one bad timer must not hold up the others
            logger.exception("timer %s stumbled", timer.name)
            stumbled.append(error)
    await asyncio.sleep(TIMER_POLL_S)
    if stumbled:
        raise ExceptionGroup("timers", stumbled)


async def _ring_one(service: Service, timer: Timer) -> None:
    message = service.vocabulary.decode(timer.event)
    reaction = service.reactions[type(message)]
    session = service.session()
    await session.load(reaction.streams(message))
    due = await service.ports.store.due_timers(timer.due)
    if timer.event.id not in {each.event.id for each in due}:
        return  # replaced or cancelled since: the new one must not be cancelled by its name
    session.timers[timer.name] = None  # unless the handler sets it anew
    await work_on(service, session, timer.event, message, reaction, asyncio.Semaphore())
    TIMER_DECIDED()
    await service.commit(session)


async def _until_it_works(start: Callable[[], Awaitable[None]], part: str, health: Health) -> None:
    pause_s = 0.1
    while True:
        try:
            await start()
            return
        except (StoreUnavailable, LogUnavailable) as error:
            health.troubles[part] = str(error)
            logger.warning("%s: %s", part, error)
            await asyncio.sleep(pause_s)
            pause_s = min(PAUSE_MAX_S, pause_s * 2)


async def _forever(once: Callable[[], Awaitable[None]], part: str, health: Health) -> None:
    """Repeat; when a server is away or a bug shows, say so, wait, and go on."""
    pause_s = 0.05
    while True:
        try:
            await once()
            health.troubles.pop(part, None)
            pause_s = 0.05
            continue
        except Exception as error:
            cause = _first(error)
            health.troubles[part] = str(cause) or repr(cause)
            if isinstance(cause, StoreUnavailable | LogUnavailable):
                logger.warning("%s: %s", part, cause)
            else:
                logger.error("%s stumbled", part, exc_info=error)
        await asyncio.sleep(pause_s)
        pause_s = min(PAUSE_MAX_S, pause_s * 2)


def _first(error: Exception) -> Exception:
    """The first cause inside nested exception groups."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
