"""The relay: moves what a service has committed to say from its outbox to the log.

A message is published first and marked as sent afterwards. A crash in between publishes it
again, and the log and the inbox know a copy when they see one; the other way round it would be
lost. Order per key is the log's promise: what is given to it in order is stored in order. When
many messages wait, four publishers share them, so that a backlog is gone sooner.
"""

from __future__ import annotations

import asyncio

from practicum.service.log import LogUnavailable
from practicum.service.outbox import Outbox

BATCH_MAX = 500
POLL_S = 1.0
SHARED_FROM = 60


async def relay(outbox: Outbox) -> None:
    """Go once around: publish what waits, mark what the log has confirmed.

    Raises `LogUnavailable` when messages had to stay in the outbox.
    """
    queued = await outbox.oldest(BATCH_MAX)
    if not queued:
        await outbox.wait(POLL_S)
        return
    shares = [queued] if len(queued) < SHARED_FROM else [queued[n::4] for n in range(4)]
    answers = await asyncio.gather(*(outbox.publish(share) for share in shares))
    failures = []
    for share, results in zip(shares, answers, strict=True):
        await outbox.mark_sent([m for m, failed in zip(share, results, strict=True) if not failed])
        failures += [failed for failed in results if failed]
    if failures:
        raise LogUnavailable(f"{len(failures)} messages stay in the outbox: {failures[0]}")
