"""The saga with its steps in one process, as the other engines run theirs.

What a step gave is committed before the next one begins. The timer that is set with the first
commit and cancelled with the last is the index of unfinished sagas: after a crash it fires, and
the saga goes on behind the last step that was noted.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.sagas.ours.messages import (
    STEPS,
    VOCABULARY,
    SagaConfirmed,
    SagaStarted,
    StepDone,
    StepOverdue,
)
from benchmarks.sagas.ours.orchestrator import SAGA, STEP_TIMEOUT_S, Saga, answer_laps
from practicum.service.aggregate import Ref, Work
from practicum.service.service import Ports, Service
from practicum.service.world import new_id


async def do_step(step: str) -> str:
    """A step that does nothing."""
    return step


def build(ports: Ports) -> Service:
    """The saga's service, and the load on it."""
    service = Service(ports, VOCABULARY)
    service.on(StepOverdue, topic=None, streams=_streams)(resume)

    async def run_saga() -> None:
        saga_id = new_id(ports.world)

        def start(work: Work) -> None:
            work.record(SAGA, saga_id, SagaStarted(saga_id))
            work.set_timer(saga_id, STEP_TIMEOUT_S, StepOverdue(saga_id, STEPS[0]))

        await service.transact([Ref(SAGA, saga_id, new=True)], start, key=saga_id)
        for step in STEPS:
            done = StepDone(saga_id, await do_step(step))
            await service.transact(
                [Ref(SAGA, saga_id)], lambda work, d=done: note(work, d), key=saga_id
            )

    answer_laps(service, run_saga)
    return service


def note(work: Work, done: StepDone) -> None:
    """Note that a step is done, unless a resumed run was faster; after the last, confirm."""
    saga = work.state(SAGA, done.saga_id)
    if saga.confirmed or done.step != STEPS[saga.done]:
        return
    saga = work.record(SAGA, done.saga_id, done)
    if saga.done == len(STEPS):
        work.record(SAGA, done.saga_id, SagaConfirmed(done.saga_id))
        work.cancel_timer(done.saga_id)


async def resume(timer: StepOverdue, work: Work) -> None:
    """Do what a crash has left undone."""
    saga: Saga = work.state(SAGA, timer.saga_id)
    for step in STEPS[saga.done :]:
        note(work, StepDone(timer.saga_id, await do_step(step)))


def _streams(timer: StepOverdue) -> Iterable[Ref]:
    yield Ref(SAGA, timer.saga_id)
