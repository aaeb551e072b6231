"""The EventLog in memory: the same promises, with members that can be killed by a call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from practicum.service.events import Event
from practicum.service.live.jetstream.membership import (
    CAREFUL_FROM,
    Ownership,
    Place,
    assignment,
    taken_over,
)
from practicum.service.log import (
    Consumer,
    DeadLetter,
    Delivery,
    GroupSettings,
    LogUnavailable,
    PublishFailed,
    Topic,
    partition_of,
)
from practicum.service.store import Fence, Outgoing
from practicum.service.window import Window
from practicum.service.world import World, new_id


class _Group:
    def __init__(self) -> None:
        self.records: dict[Place, Ownership] = {}
        self.members: dict[str, MemoryConsumer] = {}
        self.dead: dict[Place, list[tuple[int, DeadLetter]]] = {}
        self.replays: set[tuple[Place, str]] = set()


class _Owned:
    def __init__(self, record: Ownership, window: Window[Event]) -> None:
        self.record = record
        self.window = window
        self.alone_left = 0
        self.condemned = 0
        self.draining_until: float | None = None


class MemoryEventLog:
    """`practicum.service.log.EventLog` for tests.

    ``capacity`` bounds the messages of a topic that some group has not acknowledged. Set
    ``available`` to False, and everything raises or fails until it is True again.
    """

    def __init__(self, world: World, *, capacity: int | None = None) -> None:
        self.available = True
        self._world = world
        self._capacity = capacity
        self._topics: dict[str, list[list[tuple[int, str, Event]]]] = {}
        self._ids: dict[str, set[str]] = {}
        self._groups: dict[str, _Group] = {}
        self._sequence = 0

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """See `EventLog.ensure_topics`."""
        self._check()
        for topic in topics:
            existing = self._topics.setdefault(topic.name, [[] for _ in range(topic.partitions)])
            self._ids.setdefault(topic.name, set())
            if len(existing) != topic.partitions:
                raise ValueError(f"topic {topic.name} has {len(existing)} partitions")

    async def publish(self, messages: Sequence[Outgoing]) -> Sequence[PublishFailed | None]:
        """See `EventLog.publish`."""
        await asyncio.sleep(0)
        failed: set[tuple[str, str]] = set()
        out: list[PublishFailed | None] = []
        for message in messages:
            line = (message.topic, message.key)
            reason = "an earlier message of its key failed" if line in failed else None
            reason = reason or self._store(message)
            if reason is not None:
                failed.add(line)
            out.append(PublishFailed(reason) if reason else None)
        self._wake_all()
        return out

    def _store(self, message: Outgoing) -> str | None:
        partitions = self._topics.get(message.topic)
        if not self.available or partitions is None:
            return "the log is not available" if partitions else "there is no such topic"
        if message.event.id in self._ids[message.topic]:
            return None
        if self._capacity is not None and self._kept(message.topic) >= self._capacity:
            return "the topic is full"
        self._sequence += 1
        self._ids[message.topic].add(message.event.id)
        partition = partitions[partition_of(message.key, len(partitions))]
        partition.append((self._sequence, message.key, message.event))
        return None

    def _kept(self, topic: str) -> int:
        total = 0
        for number, partition in enumerate(self._topics[topic]):
            floors = [
                group.records[topic, number].floor
                for group in self._groups.values()
                if (topic, number) in group.records
            ]
            total += sum(1 for m in partition if m[0] > min(floors, default=0))
        return total

    @contextlib.asynccontextmanager
    async def consumer(
        self, topics: Sequence[str], group: str, member: str, settings: GroupSettings
    ) -> AsyncIterator[Consumer]:
        """See `EventLog.consumer`."""
        self._check()
        members = self._groups.setdefault(group, _Group()).members
        if member in members:
            members[member].alive = False
            members[member].wake.set()
        consumer = MemoryConsumer(self, group, member, topics=topics, settings=settings)
        members[member] = consumer
        self.rebalance(group)
        try:
            yield consumer
        finally:
            if members.get(member) is consumer and consumer.alive:
                del members[member]
                consumer.release(tuple(consumer.owned))
                consumer.alive = False
                self.rebalance(group)

    def kill(self, group: str, member: str) -> None:
        """The member's process dies now; the others notice after its lease."""
        consumer = self._groups[group].members[member]
        consumer.alive = False
        consumer.wake.set()

        def notice() -> None:
            if self._groups[group].members.get(member) is consumer:
                del self._groups[group].members[member]
                self.rebalance(group)

        asyncio.get_running_loop().call_later(consumer.settings.lease_s, notice)

    async def lag(self, topics: Sequence[str], group: str) -> int:
        """See `EventLog.lag`."""
        self._check()
        records = self._groups[group].records if group in self._groups else {}
        total = 0
        for topic in topics:
            for number, partition in enumerate(self._topics[topic]):
                floor = records.get((topic, number), Ownership()).floor
                total += sum(1 for message in partition if message[0] > floor)
        return total

    async def dead_letters(self, group: str, *, limit: int = 1000) -> Sequence[DeadLetter]:
        """See `EventLog.dead_letters`."""
        self._check()
        dead = self._groups[group].dead.values() if group in self._groups else ()
        ordered = sorted((pair for pairs in dead for pair in pairs), key=lambda pair: pair[0])
        return [letter for _, letter in ordered[:limit]]

    async def replay(self, group: str, topic: str, key: str) -> int:
        """See `EventLog.replay`."""
        self._check()
        place = topic, partition_of(key, len(self._topics[topic]))
        state = self._groups.setdefault(group, _Group())
        parked = sum(1 for _, letter in state.dead.get(place, ()) if letter.key == key)
        if parked:
            state.replays.add((place, key))
            self._wake_all()
        return parked

    def rebalance(self, group: str) -> None:
        """Give every partition to the member that it belongs to, if it is free."""
        state = self._groups[group]
        if not state.members:
            return
        topics = {topic for member in state.members.values() for topic in member.topics}
        places = [(t, n) for t in topics for n in range(len(self._topics[t]))]
        ours = assignment(places, state.members)
        for member in state.members.values():
            if member.alive:
                member.hand_over({p for p in member.owned if ours.get(p) != member.name})
        for place, name in ours.items():
            held = any(place in member.owned and member.alive for member in state.members.values())
            dying = any(place in m.owned and m.name != name for m in state.members.values())
            if not held and not dying and state.members[name].alive:
                state.members[name].take(place)
        self._wake_all()

    def state(self, group: str) -> _Group:
        """The group as the log sees it."""
        return self._groups[group]

    def messages(self, place: Place, after: int) -> Iterator[tuple[int, str, Event]]:
        """The messages of a partition behind a sequence."""
        for message in self._topics[place[0]][place[1]]:
            if message[0] > after:
                yield message

    @property
    def world(self) -> World:
        """The world that the log was given."""
        return self._world

    def _check(self) -> None:
        if not self.available:
            raise LogUnavailable("the log was made unavailable")

    def _wake_all(self) -> None:
        for group in self._groups.values():
            for member in group.members.values():
                if member.alive and self.available:
                    member.keep()
                member.wake.set()


class MemoryConsumer:
    """A member of a group in memory."""

    def __init__(
        self,
        log: MemoryEventLog,
        group: str,
        name: str,
        *,
        topics: Sequence[str],
        settings: GroupSettings,
    ) -> None:
        self.name = name
        self.topics = tuple(topics)
        self.settings = settings
        self.alive = True
        self.owned: dict[Place, _Owned] = {}
        self.wake = asyncio.Event()
        self._log = log
        self._group = group
        self._life = new_id(log.world)

    @property
    def partitions(self) -> frozenset[Place]:
        """See `Consumer.partitions`."""
        return frozenset(self.owned) if self.alive else frozenset()

    def take(self, place: Place) -> None:
        """Become the owner of a partition."""
        state = self._log.state(self._group)
        record = taken_over(
            state.records.get(place, Ownership()),
            member=self.name,
            life=self._life,
            now_ms=int(self._log.world.now() * 1000),
        )
        waiting = sum(1 for _ in self._log.messages(place, record.floor))
        if not waiting:
            record = msgspec.structs.replace(record, doubt=0, suspect=0, tries=0)
        state.records[place] = record
        parked = {letter.key: number for number, letter in state.dead.get(place, ())}
        window: Window[Event] = Window(
            record.floor, self.settings, self._log.world.random, parked=parked
        )
        owned = self.owned[place] = _Owned(record, window)
        attempts_max = self.settings.attempts_max
        if record.doubt >= min(CAREFUL_FROM, attempts_max):
            owned.alone_left = min(waiting, self.settings.in_flight_max)
            if record.suspect and record.doubt + record.tries >= attempts_max:
                owned.condemned = record.suspect

    def hand_over(self, places: set[Place]) -> None:
        """Stop handing out of these, and release them once nothing is in hand."""
        now = asyncio.get_running_loop().time()
        for place in places:
            owned = self.owned[place]
            if owned.draining_until is None:
                owned.draining_until = now + self.settings.lease_s
            if not owned.window.handed or now >= owned.draining_until:
                self.release((place,))

    def release(self, places: Sequence[Place]) -> None:
        """Note the floors and free the partitions."""
        records = self._log.state(self._group).records
        for place in places:
            owned = self.owned.pop(place)
            if records[place].token == owned.record.token:
                floor = owned.window.floor
                records[place] = Ownership(token=owned.record.token, floor=floor)

    async def batch(self, max_messages: int) -> Sequence[Delivery]:
        """See `Consumer.batch`."""
        loop = asyncio.get_running_loop()
        while True:
            self.wake.clear()
            if not self.alive:
                raise LogUnavailable(f"{self.name} is dead")
            self.keep()
            out = self._pick(max_messages, loop.time()) if self._log.available else []
            if out:
                return out
            times = [t for o in self.owned.values() if (t := o.window.ready_at()) is not None]
            wait_s = max(0.005, min(times) - loop.time()) if times else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self.wake.wait()

    def _pick(self, count: int, now: float) -> list[Delivery]:
        careful = [place for place, owned in self.owned.items() if owned.alone_left > 0]
        if careful and any(owned.window.handed for owned in self.owned.values()):
            return []
        for place in careful:
            alone = self._hand_out(place, 1, now)
            if alone:
                self._suspect(place, alone[0].sequence)
                return alone
        out: list[Delivery] = []
        for place in self.owned.keys() - set(careful):
            out += self._hand_out(place, count - len(out), now)
        return out

    def _suspect(self, place: Place, sequence: int) -> None:
        owned = self.owned[place]
        record = owned.record
        again = record.suspect == sequence
        owned.record = msgspec.structs.replace(
            record, suspect=sequence, tries=record.tries + 1 if again else 1
        )
        owned.alone_left -= 1
        self._note(place)

    def _hand_out(self, place: Place, count: int, now: float) -> list[Delivery]:
        owned = self.owned[place]
        if owned.draining_until is not None:
            return []
        fence = Fence(f"{self._group}/{place[0]}/{place[1]}", owned.record.token)
        return [
            Delivery(
                topic=place[0],
                partition=place[1],
                sequence=entry.sequence,
                key=entry.key,
                attempt=entry.attempt,
                event=entry.payload,
                fence=fence,
            )
            for entry in owned.window.ready(count, now)
        ]

    def keep(self) -> None:
        """Read on, park, replay, and note the floors."""
        for place, owned in self.owned.items():
            for number, key, event in self._log.messages(place, owned.window.last):
                if not owned.window.room:
                    break
                owned.window.add(number, key, event)
                if number == owned.condemned:
                    owned.window.park(number, "its process died handling it")
            self._park_and_replay(place)
            self._note(place)

    def _park_and_replay(self, place: Place) -> None:
        state, window = self._log.state(self._group), self.owned[place].window
        letters = state.dead.setdefault(place, [])
        for entry in window.to_park(10**6):
            letter = DeadLetter(
                group=self._group,
                topic=place[0],
                partition=place[1],
                key=entry.key,
                reason=entry.reason,
                attempts=entry.attempt,
                event=entry.payload,
            )
            letters.append((entry.sequence, letter))
            window.parked([entry.sequence])
        done = set(window.take_replayed())
        letters[:] = [pair for pair in letters if pair[0] not in done]
        for entry in window.take_stopped():
            state.replays.discard((place, entry.key))
        for where, key in tuple(state.replays):
            if where == place and not window.replaying(key):
                parked = [(n, letter.event) for n, letter in letters if letter.key == key]
                window.replay(key, parked)
                if not parked and window.unpark(key):
                    state.replays.discard((place, key))

    def _note(self, place: Place) -> None:
        records, owned = self._log.state(self._group).records, self.owned[place]
        if records[place].token == owned.record.token:
            owned.record = msgspec.structs.replace(owned.record, floor=owned.window.floor)
            records[place] = owned.record

    def _current(self, delivery: Delivery) -> _Owned | None:
        owned = self.owned.get((delivery.topic, delivery.partition))
        if owned is None or not self.alive or delivery.fence.token != owned.record.token:
            return None
        return owned

    def _changed(self) -> None:
        if self.alive:
            self.keep()
        self._log.rebalance(self._group)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.acknowledge`."""
        for delivery in deliveries:
            owned = self._current(delivery)
            if owned is not None:
                owned.window.acknowledge(delivery.sequence)
        self._changed()

    async def retry(self, delivery: Delivery, reason: str) -> None:
        """See `Consumer.retry`."""
        owned = self._current(delivery)
        if owned is not None:
            owned.window.retry(delivery.sequence, asyncio.get_running_loop().time(), reason)
        self._changed()

    async def defer(self, delivery: Delivery, wait_s: float) -> None:
        """See `Consumer.defer`."""
        owned = self._current(delivery)
        if owned is not None:
            owned.window.defer(delivery.sequence, asyncio.get_running_loop().time() + wait_s)
        self._changed()

    async def park(self, delivery: Delivery, reason: str) -> None:
        """See `Consumer.park`."""
        owned = self._current(delivery)
        if owned is not None and owned.window.is_handed(delivery.sequence):
            owned.window.park(delivery.sequence, reason)
        self._changed()
