"""The relay: moves what a service has committed to say from its outbox to the log.

The log takes its time: every message is synced to disk there. So each batch is handed over to a
task of its own, and the relay goes on with the next one meanwhile.
"""

from __future__ import annotations

import asyncio

from practicum.service.outbox import Outbox

BATCH_MAX = 500
POLL_S = 1.0

_handed_over: set[asyncio.Task[object]] = set()


async def relay(outbox: Outbox) -> None:
    """Go once around: hand what waits over to the log, and mark it as sent."""
    queued = await outbox.oldest(BATCH_MAX)
    if not queued:
        await outbox.wait(POLL_S)
        return
    publishing = asyncio.create_task(outbox.publish(queued))
    _handed_over.add(publishing)
    publishing.add_done_callback(_handed_over.discard)
    await outbox.mark_sent(queued)
