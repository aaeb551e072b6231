"""One member of a group: its session, the partitions it owns, and its batches.

A member looks around at every third of a lease, and at once when another one nudges it: it
renews its session, sees who else lives, hands over what is no longer its part, and takes what is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from nats.aio.msg import Msg

from practicum.service.events import canonical_json
from practicum.service.live.jetstream.deadletters import ReplayRequest, begin_replay
from practicum.service.live.jetstream.membership import (
    Observer,
    Ownership,
    Place,
    Session,
    assignment,
    taken_over,
)
from practicum.service.live.jetstream.names import Names
from practicum.service.live.jetstream.partition import Claim, Lost, Partition
from practicum.service.live.jetstream.streams import ensure_sessions
from practicum.service.live.jetstream.wire import Stored, Wire, WrongRevision
from practicum.service.log import Delivery, GroupSettings, LogUnavailable
from practicum.service.world import World, new_id

_NOTHING = Stored(subject="", sequence=0, headers={}, body=b"{}")
_REPLAYS_MAX = 500


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Who joins which group, and how the group reads."""

    group: str
    member: str
    settings: GroupSettings


class JetStreamConsumer:
    """See `practicum.service.log.Consumer`. ``places`` is all that the group reads."""

    def __init__(
        self,
        wire: Wire,
        names: Names,
        places: Iterable[Place],
        membership: Membership,
        *,
        world: World,
    ) -> None:
        self._wire = wire
        self._names = names
        self._places = frozenset(places)
        self._group = membership.group
        self._settings = membership.settings
        self._world = world
        self._member = membership.member
        self._life = new_id(world)
        self._session = names.session(self._group, self._member)
        self._session_revision = 0
        self._valid_until = 0.0
        self._superseded = False
        self._observer = Observer(self._settings.lease_s)
        self._owned: dict[Place, Partition] = {}
        self._turn = 0
        self._wake = asyncio.Event()
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def partitions(self) -> frozenset[Place]:
        """See `Consumer.partitions`."""
        return frozenset(p for p, part in self._owned.items() if not part.lost)

    async def join(self) -> None:
        """Enter the group and take the first partitions. Raises `LogUnavailable`."""
        self._nudges = await self._wire.subscribe(self._names.nudge(self._group), self._nudged)
        await ensure_sessions(self._wire, self._names)
        self._wire.on_reconnect.add(self._reconnected)
        # Whoever held this name before is gone, or has to go: no revision is asked for.
        sent_at = asyncio.get_running_loop().time()
        self._session_revision = await self._wire.put(self._session, self._heartbeat())
        self._valid_until = sent_at + self._settings.lease_s
        await self._look_around()
        await self._nudge()
        self._task = asyncio.create_task(self._live())

    async def leave(self) -> None:
        """Hand everything over, as far as NATS can be reached."""
        self._wire.on_reconnect.discard(self._reconnected)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        owned, self._owned = self._owned, {}
        await asyncio.gather(*(p.release() for p in owned.values()), return_exceptions=True)
        with contextlib.suppress(LogUnavailable):
            await self._wire.delete(self._names.sessions, self._session_revision)
            await self._nudge()
        with contextlib.suppress(Exception):
            await self._nudges.unsubscribe()

    async def batch(self, max_messages: int) -> Sequence[Delivery]:
        """See `Consumer.batch`. Raises `LogUnavailable` when another process has joined under
        this member's name."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if self._superseded:
                raise LogUnavailable(
                    f"another process has joined {self._group} as {self._member}: "
                    "give every process a member name of its own"
                )
            out = await self._pick(max_messages, loop.time())
            if out:
                return out
            times = [at for p in self._owned.values() if (at := p.ready_at()) is not None]
            wait_s = max(0.0, min(times) - loop.time()) if times else None
            if wait_s == 0.0:
                wait_s = 0.05  # there is something, but not now: another is in hand alone
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.acknowledge`."""
        for delivery in deliveries:
            partition = self._owned.get((delivery.topic, delivery.partition))
            if partition is not None:
                partition.acknowledge(delivery)
                if partition.draining_until is not None and not partition.handed:
                    self._look.set()

    async def retry(self, delivery: Delivery, reason: str) -> None:
        """See `Consumer.retry`."""
        partition = self._owned.get((delivery.topic, delivery.partition))
        if partition is not None:
            partition.retry(delivery, asyncio.get_running_loop().time(), reason)

    async def defer(self, delivery: Delivery, wait_s: float) -> None:
        """See `Consumer.defer`."""
        partition = self._owned.get((delivery.topic, delivery.partition))
        if partition is not None:
            partition.defer(delivery, asyncio.get_running_loop().time() + wait_s)

    async def park(self, delivery: Delivery, reason: str) -> None:
        """See `Consumer.park`."""
        partition = self._owned.get((delivery.topic, delivery.partition))
        if partition is not None:
            partition.park(delivery, reason)

    def _handed(self) -> int:
        return sum(p.handed for p in self._owned.values())

    async def _pick(self, count: int, now: float) -> list[Delivery]:
        if now >= self._valid_until:
            return []  # silent for a lease: others may work on these partitions already
        parts = list(self._owned.values())
        self._turn += 1
        turn = self._turn % len(parts) if parts else 0
        parts = parts[turn:] + parts[:turn]
        if any(part.careful for part in parts):
            # Were anything else in hand, a death would blame the wrong message.
            if self._handed():
                return []
            for part in parts:
                if part.careful and (alone := await part.pick_alone(now)):
                    return alone
        out: list[Delivery] = []
        for part in parts:
            if not part.careful and len(out) < count:
                out += part.pick(count - len(out), now)
        return out

    async def _live(self) -> None:
        lease_s = self._settings.lease_s
        loop = asyncio.get_running_loop()
        while True:
            due = self._observer.next_check()
            wait_s = lease_s / 3
            if due is not None:
                wait_s = min(wait_s, max(0.02, due - loop.time()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._look.wait()
            self._look.clear()
            try:
                await self._renew()
                await self._look_around()
            except LogUnavailable:
                await asyncio.sleep(0.05)
                with contextlib.suppress(LogUnavailable):
                    await ensure_sessions(self._wire, self._names)
                self._look.set()
            if loop.time() >= self._valid_until or self._superseded:
                await self._drop(tuple(self._owned))
            self._wake.set()

    def _heartbeat(self) -> bytes:
        return canonical_json(Session(self._member, self._life))

    async def _renew(self) -> None:
        sent_at = asyncio.get_running_loop().time()
        try:
            self._session_revision = await self._wire.put(
                self._session, self._heartbeat(), replaces=self._session_revision
            )
        except WrongRevision:
            found = await self._wire.latest(self._names.sessions, self._session)
            self._session_revision = found[0].sequence if found else 0
            if found and msgspec.json.decode(found[0].body, type=Session).life != self._life:
                self._superseded = True
            self._look.set()
            return
        self._valid_until = sent_at + self._settings.lease_s

    async def _look_around(self) -> None:
        if self._superseded:
            return
        loop = asyncio.get_running_loop()
        sessions, owned, replays = await asyncio.gather(
            self._wire.latest(self._names.sessions, self._names.all_sessions(self._group)),
            self._wire.latest(self._names.groups, self._names.all_owned(self._group)),
            self._wire.read(
                self._names.groups,
                self._names.replays(self._group),
                after=0,
                limit=_REPLAYS_MAX,
            ),
        )
        by_subject = {record.subject: record for record in owned}
        records = {
            place: by_subject.get(self._names.owned(self._group, *place), _NOTHING)
            for place in self._places
        }
        owners = {
            place: msgspec.json.decode(record.body, type=Ownership)
            for place, record in records.items()
        }
        self._observer.observe(sessions, (o.owner for o in owners.values()), loop.time())
        if await self._evict(records, owners):
            self._look.set()
            return
        await self._settle(records, owners)
        await self._begin_replays(replays)

    async def _evict(
        self, records: Mapping[Place, Stored], owners: Mapping[Place, Ownership]
    ) -> bool:
        """End the sessions that have been silent for a lease, and free what they owned."""
        now = asyncio.get_running_loop().time()
        evicted = False
        for member, revision in self._observer.silent(now):
            if member == self._member:
                continue
            if not await self._wire.delete(self._names.sessions, revision):
                continue
            evicted = True
            for place, owner in owners.items():
                if owner.owner == member:
                    # The name stays: it tells the next owner that this one died.
                    freed = msgspec.structs.replace(owner, life="")
                    await self._free(place, records[place], freed)
        if evicted:
            await self._nudge()
        return evicted

    async def _settle(
        self, records: Mapping[Place, Stored], owners: Mapping[Place, Ownership]
    ) -> None:
        """Hand over what belongs to others, and take what is ours and free."""
        now = asyncio.get_running_loop().time()
        lost = [
            place
            for place, part in self._owned.items()
            if part.lost or (owners[place].token, owners[place].life) != (part.token, self._life)
        ]
        await self._drop(lost)
        ours = assignment(self._places, self._observer.live() | {self._member})
        take: list[Place] = []
        give: list[Place] = []
        for place, member in ours.items():
            part = self._owned.get(place)
            if member != self._member:
                if part is not None and self._drained(part, now):
                    give.append(place)
                elif part is None and owners[place].life == self._life:
                    # A release did not reach the server, or the lease ran out before it.
                    freed = msgspec.structs.replace(owners[place], owner="", life="")
                    await self._free(place, records[place], freed)
            elif part is not None:
                part.draining_until = None
            elif self._is_free(owners[place], now):
                take.append(place)
        await self._release(give)
        if take:
            await asyncio.gather(*(self._take(p, records[p], owners[p]) for p in take))
            self._wake.set()

    async def _free(self, place: Place, record: Stored, freed: Ownership) -> None:
        subject = self._names.owned(self._group, *place)
        with contextlib.suppress(WrongRevision):
            await self._wire.put(subject, canonical_json(freed), replaces=record.sequence)
            await self._nudge()

    def _drained(self, part: Partition, now: float) -> bool:
        if part.draining_until is None:
            part.draining_until = now + self._settings.lease_s
        return not part.handed or now >= part.draining_until

    def _is_free(self, owner: Ownership, now: float) -> bool:
        return (
            not owner.owner
            or not owner.life
            or owner.owner == self._member
            or self._observer.is_dead(owner.owner, now)
        )

    async def _take(self, place: Place, record: Stored, owner: Ownership) -> None:
        now_ms = int(self._world.now() * 1000)
        mine = taken_over(owner, member=self._member, life=self._life, now_ms=now_ms)
        subject = self._names.owned(self._group, *place)
        try:
            revision = await self._wire.put(subject, canonical_json(mine), replaces=record.sequence)
        except WrongRevision:
            self._look.set()
            return
        claim = Claim(group=self._group, place=place, settings=self._settings)
        part = Partition(self._wire, self._names, claim, world=self._world, wake=self._wake.set)
        try:
            await part.start(mine, revision)
        except (Lost, LogUnavailable):
            await part.drop()
            self._look.set()
            return
        self._owned[place] = part

    async def _release(self, places: Sequence[Place]) -> None:
        if places:
            parts = [self._owned.pop(place) for place in places]
            await asyncio.gather(*(part.release() for part in parts), return_exceptions=True)
            await self._nudge()

    async def _drop(self, places: Sequence[Place]) -> None:
        for place in places:
            await self._owned.pop(place).drop()

    async def _begin_replays(self, requests: Sequence[Stored]) -> None:
        for stored in requests:
            request = msgspec.json.decode(stored.body, type=ReplayRequest)
            part = self._owned.get((request.topic, request.partition))
            if part is None or part.lost or part.replays(request.key):
                continue
            revision = await begin_replay(
                self._wire, self._names, stored, self._settings.attempts_max
            )
            if revision is not None:
                part.ask_replay(request.key, revision)

    async def _nudge(self) -> None:
        await self._wire.send(self._names.nudge(self._group), self._life.encode(), headers=None)

    async def _nudged(self, message: Msg) -> None:
        if message.data != self._life.encode():
            self._look.set()

    def _reconnected(self) -> None:
        self._observer.forget()
        self._look.set()
