"""Read what a topic holds, as a witness: nothing is acknowledged and no group is disturbed."""

from __future__ import annotations

import contextlib

import nats
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from practicum.service.events import Event
from practicum.service.live.jetstream.names import Names
from practicum.service.log import LogUnavailable

_BATCH = 1000
_TIMEOUT_S = 10.0


async def read_topic(url: str, prefix: str, topic: str) -> list[Event]:
    """Every message that the topic still holds, oldest first; an unknown topic holds none.

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
            left = (await jetstream.stream_info(names.stream(topic))).state.messages
            subscription = await jetstream.pull_subscribe(
                "",
                stream=names.stream(topic),
                config=ConsumerConfig(
                    ack_policy=AckPolicy.NONE,
                    deliver_policy=DeliverPolicy.ALL,
                    inactive_threshold=30,
                ),
            )
            while left:
                for message in await subscription.fetch(min(left, _BATCH), timeout=_TIMEOUT_S):
                    events.append(Event.from_json(message.data))
                    left = message.metadata.num_pending
    except (nats.errors.Error, TimeoutError) as error:
        raise LogUnavailable(f"topic {topic} cannot be read: {error}") from error
    finally:
        await client.close()
    return events
