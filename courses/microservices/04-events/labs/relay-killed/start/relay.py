"""The relay: moves what a service has committed to say from its outbox to the log.

`relay` is called again and again for as long as the service lives. Each time it takes what waits
in the outbox, oldest first, and sees to it that the log has it and the outbox has it no more.
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
    await outbox.mark_sent(queued)
    results = await outbox.publish(queued)
    failures = [failed for failed in results if failed]
    if failures:
        raise LogUnavailable(f"{len(failures)} messages stay in the outbox: {failures[0]}")
