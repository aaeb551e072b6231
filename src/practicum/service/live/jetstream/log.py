"""The EventLog on NATS JetStream.

A topic is a stream, a partition a subject of it. How far a group is stands in a record of its
own, beside who owns the partition: replacing the record needs its last revision, so the lease
that fences the work also fences the floor. A stream that is full gives up only what every group
has acknowledged; when that is not enough, publishing fails and nothing is lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import msgspec

from practicum.service.events import canonical_json
from practicum.service.live.jetstream.consumer import JetStreamConsumer, Membership
from practicum.service.live.jetstream.deadletters import ReplayRequest, parked_letter
from practicum.service.live.jetstream.membership import Ownership
from practicum.service.live.jetstream.names import RESERVED, Names
from practicum.service.live.jetstream.publish import Letter, Outcome, Publisher
from practicum.service.live.jetstream.reader import KEY_HEADER
from practicum.service.live.jetstream.streams import ensure_records, ensure_topic
from practicum.service.live.jetstream.wire import Refused, Wire
from practicum.service.log import (
    Consumer,
    DeadLetter,
    GroupSettings,
    LogUnavailable,
    PublishFailed,
    Topic,
    partition_of,
)
from practicum.service.store import Outgoing
from practicum.service.world import World

_NANO = 1_000_000_000


class JetStreamEventLog:
    """See `practicum.service.log.EventLog`. ``prefix`` keeps ranges on one server apart."""

    def __init__(self, wire: Wire, prefix: str, world: World, *, stream_bytes_max: int) -> None:
        self._wire = wire
        self._names = Names(prefix)
        self._world = world
        self._stream_bytes_max = stream_bytes_max
        self._partitions: dict[str, int] = {}
        self._publishers: dict[str, Publisher] = {}

    @classmethod
    async def connect(
        cls,
        url: str,
        prefix: str,
        world: World,
        *,
        timeout_s: float = 5.0,
        stream_bytes_max: int = 512 * 1024 * 1024,
    ) -> JetStreamEventLog:
        """Connect to ``url`` (several, separated by commas, are members of one cluster).

        ``timeout_s`` is how long any single answer is waited for, ``stream_bytes_max`` the size
        of one topic. Raises `LogUnavailable`.
        """
        wire = await Wire.connect(url, timeout_s=timeout_s)
        log = cls(wire, prefix, world, stream_bytes_max=stream_bytes_max)
        try:
            await ensure_records(wire, log._names, size=stream_bytes_max)
        except LogUnavailable as error:
            await wire.close()
            raise LogUnavailable(f"NATS at {url} cannot keep streams: {error}") from error
        return log

    async def close(self) -> None:
        """Close the connection. Leave the consumers first: to the others, a member whose
        connection closes is a member that died."""
        await self._wire.close()

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """See `EventLog.ensure_topics`; also ValueError for a name that the log needs itself."""
        for topic in topics:
            if topic.name in RESERVED:
                raise ValueError(f"a topic cannot be called {topic.name}: choose another name")
            await ensure_topic(
                self._wire,
                self._names,
                topic.name,
                partitions=topic.partitions,
                size=self._stream_bytes_max,
            )
            self._partitions.pop(topic.name, None)
            existing = await self._count(topic.name)
            if existing != topic.partitions:
                raise ValueError(
                    f"topic {topic.name} has {existing} partitions, not {topic.partitions}: "
                    "use that number, or a new topic"
                )

    async def publish(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """See `EventLog.publish`."""
        out: list[Outcome] = [None] * len(messages)
        by_topic: dict[str, list[int]] = {}
        for index, message in enumerate(messages):
            by_topic.setdefault(message.topic, []).append(index)
        for topic, indexes in by_topic.items():
            try:
                count = await self._count(topic)
            except LogUnavailable as error:
                outcomes: list[Outcome] = [PublishFailed(str(error)) for _ in indexes]
            else:
                letters = [self._letter(messages[index], count) for index in indexes]
                outcomes = await self._publisher(topic).publish(letters)
            for index, outcome in zip(indexes, outcomes, strict=True):
                out[index] = outcome
        return out

    @contextlib.asynccontextmanager
    async def consumer(
        self, topics: Sequence[str], group: str, member: str, settings: GroupSettings
    ) -> AsyncIterator[Consumer]:
        """See `EventLog.consumer`."""
        places = [(topic, n) for topic in topics for n in range(await self._count(topic))]
        membership = Membership(group=group, member=member, settings=settings)
        consumer = JetStreamConsumer(self._wire, self._names, places, membership, world=self._world)
        try:
            await consumer.join()
            yield consumer
        finally:
            await consumer.leave()

    async def lag(self, topics: Sequence[str], group: str) -> int:
        """See `EventLog.lag`. What is acknowledged behind an unfinished message still counts."""
        total = 0
        for topic in topics:
            records = await self._wire.latest(
                self._names.groups, self._names.owned(group, topic, "*")
            )
            floors = {
                record.subject: msgspec.json.decode(record.body, type=Ownership).floor
                for record in records
            }
            for partition in range(await self._count(topic)):
                floor = floors.get(self._names.owned(group, topic, partition), 0)
                total += await self._waiting(topic, partition, floor)
        return total

    async def dead_letters(self, group: str, *, limit: int = 1000) -> Sequence[DeadLetter]:
        """See `EventLog.dead_letters`."""
        found = await self._wire.read(
            self._names.dead, self._names.letters(group), after=0, limit=limit
        )
        return [parked_letter(stored).letter for stored in found]

    async def replay(self, group: str, topic: str, key: str) -> int:
        """See `EventLog.replay`. The request waits until somebody owns the partition."""
        partition = partition_of(key, await self._count(topic))
        subject = self._names.letter(group, topic, partition, key)
        found = await self._wire.read(self._names.dead, subject, after=0, limit=100_000)
        if found:
            await self._wire.put(
                self._names.replay(group, topic, partition, key),
                canonical_json(ReplayRequest(topic, partition, key)),
            )
            await self._wire.send(self._names.nudge(group), headers=None)
        return len(found)

    def _letter(self, message: Outgoing, partitions: int) -> Letter:
        headers = {"Nats-Msg-Id": message.event.id}
        if message.key != message.event.subject:
            headers[KEY_HEADER] = quote(message.key)
        subject = self._names.message(message.topic, partition_of(message.key, partitions))
        return Letter(message.key, subject, message.event.to_json(), headers)

    def _publisher(self, topic: str) -> Publisher:
        if topic not in self._publishers:

            async def make_room() -> bool:
                return await self._trim(topic)

            self._publishers[topic] = Publisher(self._wire, make_room)
        return self._publishers[topic]

    async def _trim(self, topic: str) -> bool:
        """Delete what every group has acknowledged; whether there was any."""
        trimmed = False
        for partition in range(await self._count(topic)):
            records = await self._wire.latest(
                self._names.groups, self._names.owned_by_any(topic, partition)
            )
            owners = [msgspec.json.decode(record.body, type=Ownership) for record in records]
            floor = min((owner.floor for owner in owners), default=0)
            if floor:
                what = {"filter": self._names.message(topic, partition), "seq": floor + 1}
                answer = await self._wire.api(f"STREAM.PURGE.{self._names.stream(topic)}", what)
                trimmed = trimmed or answer.get("purged", 0) > 0
        return trimmed

    async def _waiting(self, topic: str, partition: int, floor: int) -> int:
        stream = self._names.stream(topic)
        config = {
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": floor + 1,
            "ack_policy": "none",
            "filter_subject": self._names.message(topic, partition),
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": 5 * _NANO,
        }
        answer = await self._wire.api(
            f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": config}
        )
        await self._wire.send(f"$JS.API.CONSUMER.DELETE.{stream}.{answer['name']}", headers=None)
        return int(answer.get("num_pending", 0))

    async def _count(self, topic: str) -> int:
        """How many partitions a topic has."""
        known = self._partitions.get(topic)
        if known is None:
            try:
                info = await self._wire.api(f"STREAM.INFO.{self._names.stream(topic)}")
            except Refused as refused:
                raise LogUnavailable(
                    f"there is no topic {topic}: ensure_topics makes it ({refused})"
                ) from refused
            known = self._partitions[topic] = len(info["config"]["subjects"])
        return known
