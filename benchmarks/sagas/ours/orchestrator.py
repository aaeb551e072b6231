"""The orchestrator: drives sagas through their steps as the shop's order service does."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from typing import Any

import msgspec

from benchmarks.sagas.closed_loop import One, closed_loop
from benchmarks.sagas.ours.messages import (
    REPLIES,
    RUN_LAP,
    STEPS,
    VOCABULARY,
    DoStep,
    LapView,
    RunLap,
    SagaConfirmed,
    SagaStarted,
    StepDone,
    StepOverdue,
)
from practicum.service.aggregate import Aggregate, Ref, Work
from practicum.service.service import Ports, Service
from practicum.service.store import Commit, EventStore
from practicum.service.world import new_id

STEP_TIMEOUT_S = 30.0


class Saga(msgspec.Struct, frozen=True):
    """Where a saga stands: how many steps are done."""

    saga_id: str = ""
    done: int = 0
    confirmed: bool = False


def evolve(saga: Saga, event: SagaStarted | StepDone | SagaConfirmed) -> Saga:
    """The saga after an event."""
    match event:
        case SagaStarted():
            return Saga(event.saga_id)
        case StepDone():
            return Saga(saga.saga_id, saga.done + 1)
        case SagaConfirmed():
            return Saga(saga.saga_id, saga.done, True)


SAGA = Aggregate(name="saga", initial=Saga(), evolve=evolve)


class Watched:
    """The store, telling those who wait when a saga's confirmation is durable."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def confirmed(self, saga_id: str) -> asyncio.Future[None]:
        """Done once the saga is confirmed; to be asked before the saga starts."""
        future = self._waiting[saga_id] = asyncio.get_running_loop().create_future()
        return future

    async def commit(self, commit: Commit) -> int:
        """See `EventStore.commit`."""
        position = await self._store.commit(commit)
        confirmed = VOCABULARY.type_of(SagaConfirmed)
        for append in commit.appends:
            for event in append.events:
                if event.type == confirmed and (waiter := self._waiting.pop(event.subject, None)):
                    waiter.set_result(None)
        return position


def build(ports: Ports) -> Service:
    """The orchestrator, and the load on it."""
    watched = Watched(ports.store)
    service = Service(msgspec.structs.replace(ports, store=watched), VOCABULARY)
    service.on(StepDone, topic=REPLIES, streams=_streams)(hear)
    service.on(StepOverdue, topic=None, streams=_streams)(insist)

    async def run_saga() -> None:
        saga_id = new_id(ports.world)
        confirmed = watched.confirmed(saga_id)

        def start(work: Work) -> None:
            go_on(work, work.record(SAGA, saga_id, SagaStarted(saga_id)))

        await service.transact([Ref(SAGA, saga_id)], start, key=saga_id)
        await confirmed

    answer_laps(service, run_saga)
    return service


def answer_laps(service: Service, one: One) -> None:
    """The operation that runs the load on a service of ours."""

    @service.answers(RUN_LAP)
    async def run_lap(request: RunLap) -> LapView:
        lap = await closed_loop(one, in_flight=request.in_flight, duration_s=request.duration_s)
        return LapView(**dataclasses.asdict(lap))


def hear(reply: StepDone, work: Work) -> None:
    """Note that a step is done, and take the next one; a late or repeated reply is ignored."""
    saga = work.state(SAGA, reply.saga_id)
    if not saga.confirmed and reply.step == STEPS[saga.done]:
        go_on(work, work.record(SAGA, reply.saga_id, reply))


def insist(timer: StepOverdue, work: Work) -> None:
    """Ask for the step again if it is still missing."""
    saga = work.state(SAGA, timer.saga_id)
    if not saga.confirmed and timer.step == STEPS[saga.done]:
        go_on(work, saga)


def go_on(work: Work, saga: Saga) -> None:
    """Send the next command with a timer behind it, or confirm the saga."""
    if saga.done == len(STEPS):
        work.record(SAGA, saga.saga_id, SagaConfirmed(saga.saga_id))
        work.cancel_timer(saga.saga_id)
    else:
        step = STEPS[saga.done]
        work.send(step, DoStep(saga.saga_id, step))
        work.set_timer(saga.saga_id, STEP_TIMEOUT_S, StepOverdue(saga.saga_id, step))


def _streams(message: StepDone | StepOverdue) -> Iterable[Ref]:
    yield Ref(SAGA, message.saga_id)
