"""What the orchestrator and the participants say to one another."""

from __future__ import annotations

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.manifest import Manifest, ServiceSpec
from practicum.service.operations import Operation

STEPS = ("reserve", "charge", "ship", "notify")
REPLIES = "saga"

VOCABULARY = Vocabulary("bench")


@VOCABULARY.message("step.do")
class DoStep(msgspec.Struct, frozen=True):
    """To the participant that is called like the step."""

    saga_id: str
    step: str


@VOCABULARY.message("step.done")
class StepDone(msgspec.Struct, frozen=True):
    """The participant's reply, and the fact that the orchestrator keeps."""

    saga_id: str
    step: str


@VOCABULARY.message("step.overdue")
class StepOverdue(msgspec.Struct, frozen=True):
    """From the orchestrator's timer: the step's reply is missing."""

    saga_id: str
    step: str


@VOCABULARY.message("saga.started")
class SagaStarted(msgspec.Struct, frozen=True):
    """A saga is under way."""

    saga_id: str


@VOCABULARY.message("saga.confirmed")
class SagaConfirmed(msgspec.Struct, frozen=True):
    """All steps are done."""

    saga_id: str


class RunLap(msgspec.Struct, frozen=True):
    """Keep ``in_flight`` sagas under way for ``duration_s`` seconds."""

    in_flight: int
    duration_s: float


class LapView(msgspec.Struct, frozen=True):
    """What `benchmarks.sagas.closed_loop.Lap` says."""

    sagas: int
    seconds: float
    p50_ms: float
    p99_ms: float


RUN_LAP = Operation(
    service="orchestrator",
    name="run_lap",
    method="POST",
    path="/laps",
    request=RunLap,
    result=LapView,
    summary="Run sagas and tell how many a lap saw confirmed",
)

LOCAL = Manifest(
    name="sagas",
    edge="orchestrator",
    services=(ServiceSpec(name="orchestrator", module="benchmarks.sagas.ours.local"),),
)
MANIFEST = Manifest(
    name="sagas",
    edge="orchestrator",
    topics=dict.fromkeys((REPLIES, *STEPS), 4),
    services=(
        ServiceSpec(name="orchestrator", module="benchmarks.sagas.ours.orchestrator"),
        *(ServiceSpec(name=step, module="benchmarks.sagas.ours.participant") for step in STEPS),
    ),
)
