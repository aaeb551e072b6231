"""The relay: moves what a service has committed to say from its outbox to the log.

A message is published first and marked as sent afterwards. A crash in between publishes it
again, and the log and the inbox know a copy when they see one; the other way round it would be
lost. Order per key is the log's promise: what is given to it in order is stored in order.
"""

from __future__ import annotations

from practicum.service.log import LogUnavailable
from practicum.service.outbox import Outbox

BATCH_MAX = 500
POLL_S = 1.0


async def relay(outbox: Outbox) -> None:
    """Go once around: publish what waits, mark what the log has confirmed.

    Raises `LogUnavailable` when messages had to stay in the outbox.
    """
    queued = await outbox.oldest(BATCH_MAX)
    if not queued:
        await outbox.wait(POLL_S)
        return
    results = await outbox.publish(queued)
    await outbox.mark_sent([m for m, failed in zip(queued, results, strict=True) if not failed])
    failures = [failed for failed in results if failed]
    if failures:
        raise LogUnavailable(f"{len(failures)} messages stay in the outbox: {failures[0]}")
