"""Read what a topic holds, as a witness: nothing is acknowledged and no group is disturbed."""

from __future__ import annotations

import contextlib
import datetime as dt

import nats
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from practicum.service.events import Event
from practicum.service.live.jetstream.names import Names
from practicum.service.log import LogUnavailable

_BATCH = 1000
_TIMEOUT_S = 10.0


async def read_topic(
    url: str, prefix: str, topic: str, *, since: dt.datetime | None = None
) -> list[Event]:
    """Every message that the topic still holds, oldest first; an unknown topic holds none.
    With ``since`` (in UTC) only those that were published then or later.

    Raises `LogUnavailable` when the server does not answer.
    """
    names = Names(prefix)
    events: list[Event] = []
    try:
        client = await nats.connect(url, allow_reconnect=False, connect_timeout=5)
    except Exception as error:
        raise LogUnavailable(f"NATS does not answer: {error}") from error
    try:
        jetstream = client.jetstream(timeout=_TIMEOUT_S)
        with contextlib.suppress(nats.js.errors.NotFoundError):
            subscription = await jetstream.pull_subscribe(
                "",
                stream=names.stream(topic),
                config=ConsumerConfig(
                    ack_policy=AckPolicy.NONE,
                    deliver_policy=DeliverPolicy.BY_START_TIME if since else DeliverPolicy.ALL,
                    opt_start_time=since,
                    inactive_threshold=30,
                ),
            )
            left = (await subscription.consumer_info()).num_pending or 0
            while left:
                for message in await subscription.fetch(min(left, _BATCH), timeout=_TIMEOUT_S):
                    events.append(Event.from_json(message.data))
                    left = message.metadata.num_pending
    except (nats.errors.Error, TimeoutError) as error:
        raise LogUnavailable(f"topic {topic} cannot be read: {error}") from error
    finally:
        await client.close()
    return events
