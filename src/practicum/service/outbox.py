"""The outbox as a relay sees it: what waits in it, the way to the log, and the mark.

Publishing and marking are two steps at two servers, and no transaction spans them. The process
may die between them, whichever comes first; the crash points stand after each.
"""

from __future__ import annotations

from collections.abc import Sequence

from practicum.service.crash import crash_point
from practicum.service.log import PublishFailed
from practicum.service.service import Ports
from practicum.service.store import Queued
from practicum.service.tracing import Trace, hop_span_id

PUBLISHED = crash_point("relay.published", "messages are on the log, still in the outbox")
MARKED = crash_point("relay.marked", "messages are marked as sent, and leave the outbox")


class Outbox:
    """The outbox of one service, and the log that it is emptied into."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def oldest(self, limit: int) -> Sequence[Queued]:
        """Up to ``limit`` messages that are not marked as sent, in commit order."""
        queued = await self._ports.store.outbox(limit=limit)
        self._ports.meter.gauge("practicum.outbox.depth", len(queued))
        return queued

    async def wait(self, timeout_s: float) -> None:
        """Return when something was added, or after the timeout."""
        await self._ports.store.wait_for_outbox(timeout_s)

    async def publish(self, messages: Sequence[Queued]) -> Sequence[PublishFailed | None]:
        """Put messages on the log, and wait until each is durable; per message None, or why
        it may not be there. See `EventLog.publish` for what holds within a key.

        Raises `LogUnavailable` when nothing is known of any of them.
        """
        began = self._ports.world.now()
        results = await self._ports.log.publish([each.outgoing for each in messages])
        PUBLISHED()
        self._tell(messages, results, began)
        return results

    async def mark_sent(self, messages: Sequence[Queued]) -> None:
        """Take messages out of the outbox, for good."""
        if messages:
            await self._ports.store.mark_sent([each.sequence for each in messages])
            MARKED()

    def _tell(
        self,
        messages: Sequence[Queued],
        results: Sequence[PublishFailed | None],
        began: float,
    ) -> None:
        """The publication of each message, in the trace that it belongs to."""
        ports = self._ports
        ended = ports.world.now()
        ports.meter.record("practicum.relay.batch", len(messages))
        for each, failed in zip(messages, results, strict=True):
            event, topic = each.outgoing.event, each.outgoing.topic
            trace = Trace.parse(event.traceparent)
            if failed or trace is None or not trace.sampled:
                continue
            ports.tracer.finished(
                f"publish {event.type}",
                kind="producer",
                parent=trace,
                start=began,
                end=ended,
                span_id=hop_span_id(event.id),
                attributes={
                    "messaging.operation.name": "publish",
                    "messaging.destination.name": topic,
                    "messaging.message.id": event.id,
                    "messaging.message.conversation_id": event.correlationid,
                    "practicum.key": event.subject,
                    "practicum.written_at": event.time,
                },
            )
