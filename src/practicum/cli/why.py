"""``practicum why``: hear the witnesses of a stuck order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from practicum.servers.client import RangeClient
from practicum.servers.control import RangeStatus
from practicum.servers.home import RangeError
from practicum.service.errors import OperationError
from practicum.service.live.clock import LiveWorld
from practicum.service.live.http.client import HttpCaller
from practicum.service.live.jetstream.log import JetStreamEventLog
from practicum.service.log import DeadLetter, EventLog, LogUnavailable
from practicum.service.tracing import QuietTracer, Trace
from practicum.shop.manifest import MANIFEST
from practicum.shop.order.messages import GET_ORDER, OrderId, OrderView
from practicum.shop.order.steps import STEPS
from practicum.telemetry.reading import Archive, NothingKept
from practicum.telemetry.records import SpanRecord
from practicum.telemetry.stuck import Facts, FailureFact, ParkedFact, ProcessFact

ANSWER_TIMEOUT_S = 3.0
DEAD_LETTERS_READ_MAX = 10_000
_TOPICS = {step.name: step.exchange.topic for step in STEPS if step.exchange is not None}
_CALLS = {spec.name: spec.calls for spec in MANIFEST.services}


async def gather_facts(client: RangeClient, order_id: str) -> Facts:
    """Ask the order's service, the supervisor, the log and the telemetry of a range.

    Raises RangeError for a range that is down and for an order that does not exist.
    """
    status = await client.status()
    view, (lag, letters) = await asyncio.gather(
        _ask_order(status, order_id), _ask_log(status, order_id)
    )
    spans = _spans(Path(status.folder) / "telemetry", order_id)
    facts = Facts(
        order_id=order_id,
        processes=tuple(ProcessFact(m.name, m.service, m.state, m.detail) for m in status.members),
        lag=lag,
        parked=tuple(ParkedFact(x.group, x.event.type, x.attempts, x.reason) for x in letters),
        failure=_last_failure(spans),
        silent_s=_silence_s(spans),
    )
    if view is None:
        return facts
    waits_for = _TOPICS.get(view.step.removeprefix("undo "), "")
    return msgspec.structs.replace(
        facts,
        status=view.status,
        step=view.step,
        waits_for=waits_for,
        reason=view.reason,
        needs=_CALLS.get(waits_for, ()),
    )


async def _ask_order(status: RangeStatus, order_id: str) -> OrderView | None:
    world = LiveWorld()
    tracer = _Unsampled(world)
    async with HttpCaller({"order": status.edge}, world=world, tracer=tracer) as caller:
        try:
            return await caller.call(GET_ORDER, OrderId(order_id), timeout_s=ANSWER_TIMEOUT_S)
        except OperationError as error:
            if error.code == "not_found":
                raise RangeError(
                    f"there is no order {order_id} in range {status.range}: see `practicum slow` "
                    "for some that there are"
                ) from error
            return None


class _Unsampled(QuietTracer):
    """Asking why must not look like a part of what it asks about."""

    def span(self, name, *, kind, parent, attributes=None):  # type: ignore[no-untyped-def]
        """A trace that nobody keeps."""
        return contextlib.nullcontext(
            msgspec.structs.replace(parent or Trace.start(self._world), sampled=False)
        )


async def _ask_log(
    status: RangeStatus, order_id: str
) -> tuple[dict[str, int], Sequence[DeadLetter]]:
    """How far every topic's service is behind, and what is parked of the order."""
    try:
        log = await JetStreamEventLog.connect(
            status.nats_url, status.prefix, LiveWorld(), timeout_s=ANSWER_TIMEOUT_S
        )
    except LogUnavailable:
        return {}, ()
    try:
        return await _behind(log), await _parked(log, order_id)
    except LogUnavailable:
        return {}, ()
    finally:
        await log.close()


async def _behind(log: EventLog) -> dict[str, int]:
    """By topic of commands or replies; each is read by the service of its name."""
    topics = [topic for topic in MANIFEST.topics if topic in _CALLS]
    return {topic: await log.lag([topic], topic) for topic in topics}


async def _parked(log: EventLog, order_id: str) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    for group in _CALLS:
        letters = await log.dead_letters(group, limit=DEAD_LETTERS_READ_MAX)
        found += [letter for letter in letters if letter.key == order_id]
    return found


def _spans(folder: Path, order_id: str) -> list[SpanRecord]:
    try:
        with Archive(folder) as archive:
            return [s for trace in archive.traces_of(order_id) for s in archive.spans(trace)]
    except NothingKept:
        return []


def _silence_s(spans: Sequence[SpanRecord]) -> float | None:
    """Since the order's last step forward; tries that failed are no step."""
    ends = [span.end_ns for span in spans if span.key and not span.error]
    return max(0.0, time.time() - max(ends) / 1e9) if ends else None


def _last_failure(spans: Sequence[SpanRecord]) -> FailureFact | None:
    failed = max((s for s in spans if s.error), key=lambda span: span.end_ns, default=None)
    if failed is None:
        return None
    ago_s = max(0.0, time.time() - failed.end_ns / 1e9)
    return FailureFact(failed.service, failed.name, failed.error, ago_s)
