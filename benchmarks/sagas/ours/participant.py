"""A participant whose step does nothing: it only answers, through inbox and outbox."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.sagas.ours.messages import REPLIES, VOCABULARY, DoStep, StepDone
from practicum.service.aggregate import Ref, Work
from practicum.service.service import Ports, Service


def build(ports: Ports) -> Service:
    """The participant that is called like its step."""
    service = Service(ports, VOCABULARY)

    def nothing(command: DoStep) -> Iterable[Ref]:
        return ()

    @service.on(DoStep, topic=ports.service, streams=nothing)
    def do_step(command: DoStep, work: Work) -> None:
        work.send(REPLIES, StepDone(command.saga_id, command.step))

    return service
