"""A partition as its owner holds it: what was read, how far it is, what is parked.

One task keeps the partition's books: it parks, goes on with replays and notes the floor, always
in this order and never two at once. Handing out and acknowledging only touch memory and wake it,
so that a batch costs one write however many messages it had.

A message may kill the process that handles it, and then nobody is left to count. So the record
counts takeovers that found no progress. From the second on messages are handed out one at a
time, each noted as the suspect before; the one that was alone too often is parked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import unquote

import msgspec

from practicum.service.events import Event, MalformedMessage, canonical_json
from practicum.service.live.jetstream.deadletters import DeadLetters
from practicum.service.live.jetstream.membership import CAREFUL_FROM, Ownership, Place
from practicum.service.live.jetstream.names import Names
from practicum.service.live.jetstream.reader import Reader
from practicum.service.live.jetstream.wire import Wire, WrongRevision
from practicum.service.log import Delivery, GroupSettings, LogUnavailable
from practicum.service.store import Fence
from practicum.service.window import Entry, Window
from practicum.service.world import World, rfc3339

# Floors of this long are written at once. A floor only spares a successor the dropping of copies,
# and each write is synced to the disk between the messages' own.
_PAUSE_S = 0.25
_AGAIN_S = 0.2


class Lost(Exception):
    """Somebody else owns the partition now."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a partition is held: for whom, and as what."""

    group: str
    place: Place
    settings: GroupSettings


class Partition:
    """Owned from `start` until `release` or `drop`; ``lost`` once somebody else has it."""

    def __init__(
        self, wire: Wire, names: Names, claim: Claim, *, world: World, wake: Callable[[], None]
    ) -> None:
        topic, partition = claim.place
        self.claim = claim
        self.lost = False
        self.draining_until: float | None = None
        self._wire = wire
        self._world = world
        self._wake = wake
        self._subject = names.owned(claim.group, topic, partition)
        self._groups = names.groups
        self._record = Ownership()
        self._revision = 0
        self._sure = True
        self._alone_left = 0
        self._condemned = 0
        self._dirty = asyncio.Event()
        self._writing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._window: Window[Event] = Window(0, claim.settings, world.random)
        self._dead = DeadLetters(wire, names, claim.group, claim.place)
        self._reader = Reader(
            wire,
            names.stream(topic),
            names.message(topic, partition),
            arrived=self._arrived,
            room=lambda: self._window.room,
        )
        self._fence = Fence(f"{claim.group}/{topic}/{partition}", 0)

    @property
    def token(self) -> int:
        """The fencing token."""
        return self._record.token

    @property
    def handed(self) -> int:
        """How many messages are in somebody's hands."""
        return self._window.handed

    @property
    def careful(self) -> bool:
        """Whether messages have to be handed out one at a time."""
        return self._alone_left > 0

    def ready_at(self) -> float | None:
        """When there may be something to hand out, in the loop's seconds; None: not known."""
        return None if self.draining_until is not None else self._window.ready_at()

    async def start(self, record: Ownership, revision: int) -> None:
        """Begin to read behind the floor, under a record that was just written."""
        self._record, self._revision = record, revision
        self._fence = Fence(self._fence.name, record.token)
        settings = self.claim.settings
        parked = await self._dead.parked()
        self._window = Window(record.floor, settings, self._world.random, parked=parked)
        waiting = await self._reader.start(record.floor)
        if record.doubt and not waiting:
            # Nothing was there that could have killed the former owner.
            self._record = msgspec.structs.replace(record, doubt=0, suspect=0, tries=0)
            await self._write(self._record)
        elif record.doubt >= min(CAREFUL_FROM, settings.attempts_max):
            self._alone_left = min(waiting, settings.in_flight_max)
            if record.suspect and record.doubt + record.tries >= settings.attempts_max:
                self._condemned = record.suspect
        low_water = max(1, settings.in_flight_max // 4)
        run = self._reader.run(lambda: self._window.last, low_water)
        self._tasks = [asyncio.create_task(run), asyncio.create_task(self._keep_books())]
        self._wire.on_reconnect.add(self._reader.interrupt)

    async def drop(self) -> None:
        """Forget everything at once: the partition is lost, or has to be taken over anew."""
        self.lost = True
        self._wire.on_reconnect.discard(self._reader.interrupt)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._reader.stop()

    async def release(self) -> None:
        """Note the floor and let others have the partition."""
        await self.drop()
        with contextlib.suppress(Lost):
            await self._write(
                Ownership(token=self._record.token, floor=self._window.floor), last=True
            )

    def pick(self, count: int, now: float) -> list[Delivery]:
        """Hand out what is ready."""
        if self.lost or self.draining_until is not None:
            return []
        return [self._delivery(entry) for entry in self._window.ready(count, now)]

    async def pick_alone(self, now: float) -> list[Delivery]:
        """Hand out one message, noted as the suspect before."""
        if self.lost or self.draining_until is not None:
            return []
        entries = self._window.ready(1, now)
        for entry in entries:
            again = entry.sequence == self._record.suspect
            suspected = msgspec.structs.replace(
                self._record,
                suspect=entry.sequence,
                tries=self._record.tries + 1 if again else 1,
                floor=self._window.floor,
            )
            try:
                await self._write(suspected)
            except LogUnavailable:
                self._window.defer(entry.sequence, now + _AGAIN_S)
                return []
            except Lost:
                self._give_up()
                return []
        self._alone_left -= len(entries)
        return [self._delivery(entry) for entry in entries]

    def acknowledge(self, delivery: Delivery) -> None:
        """See `Consumer.acknowledge`."""
        if delivery.fence.token == self.token and not self.lost:
            self._window.acknowledge(delivery.sequence)
            self._reader.wants_more()
            self._changed()

    def retry(self, delivery: Delivery, now: float, reason: str) -> None:
        """See `Consumer.retry`."""
        if self._current(delivery):
            self._window.retry(delivery.sequence, now, reason)
            self._changed()

    def defer(self, delivery: Delivery, until: float) -> None:
        """See `Consumer.defer`."""
        if self._current(delivery):
            self._window.defer(delivery.sequence, until)
            self._changed()

    def park(self, delivery: Delivery, reason: str) -> None:
        """See `Consumer.park`."""
        if self._current(delivery):
            self._window.park(delivery.sequence, reason)
            self._changed()

    def replays(self, key: str) -> bool:
        """Whether a replay of ``key`` is going on."""
        return self._dead.replays(key)

    def ask_replay(self, key: str, revision: int) -> None:
        """Somebody asks for a replay of ``key``, by the record of that revision."""
        self._dead.ask_replay(key, revision)
        self._dirty.set()

    def _current(self, delivery: Delivery) -> bool:
        return (
            delivery.fence.token == self.token
            and not self.lost
            and self._window.is_handed(delivery.sequence)
        )

    def _delivery(self, entry: Entry[Event]) -> Delivery:
        topic, partition = self.claim.place
        return Delivery(
            topic=topic,
            partition=partition,
            sequence=entry.sequence,
            key=entry.key,
            attempt=entry.attempt,
            event=entry.payload,
            fence=self._fence,
        )

    def _changed(self) -> None:
        self._dirty.set()
        self._wake()

    def _arrived(self, sequence: int, key: str | None, document: bytes) -> None:
        reason = ""
        try:
            event = Event.from_json(document)
        except MalformedMessage as error:
            event, reason = self._stand_in(sequence, document), str(error)
        if sequence == self._condemned:
            reason = f"its process died {self.claim.settings.attempts_max} times handling it"
        self._window.add(sequence, event.subject if key is None else unquote(key), event)
        if reason:
            self._window.park(sequence, reason)
        self._wake()
        if reason or self._window.parked_keys:
            self._dirty.set()

    def _stand_in(self, sequence: int, document: bytes) -> Event:
        """What is parked in place of something that is no event."""
        topic, partition = self.claim.place
        return Event(
            id=f"{topic}-{partition}-{sequence}",
            source="practicum.log",
            type="practicum.malformed.v1",
            subject="",
            time=rfc3339(self._world.now()),
            data=msgspec.Raw(canonical_json({"text": document.decode(errors="replace")})),
            correlationid="",
            traceparent="",
        )

    def _give_up(self) -> None:
        self.lost = True
        self._wake()

    async def _keep_books(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                if await self._dead.keep(self._window):
                    self._dirty.set()
                if self._window.floor != self._record.floor or not self._sure:
                    await self._write(
                        msgspec.structs.replace(self._record, floor=self._window.floor)
                    )
                self._wake()
                await asyncio.sleep(_PAUSE_S)
            except Lost:
                self._give_up()
                return
            except LogUnavailable:
                self._dirty.set()
                await asyncio.sleep(_AGAIN_S)

    async def _write(self, record: Ownership, *, last: bool = False) -> None:
        """Replace the record, and only our own."""
        async with self._writing:
            for _ in range(3):
                if not self._sure:
                    await self._read_again()
                self._sure = False
                try:
                    body = canonical_json(record)
                    self._revision = await self._wire.put(
                        self._subject, body, replaces=self._revision
                    )
                except WrongRevision:
                    continue  # an earlier write of ours may have been stored unheard
                if not last:
                    self._record = record
                self._sure = True
                return
            raise Lost

    async def _read_again(self) -> None:
        found = await self._wire.latest(self._groups, self._subject)
        if not found:
            raise Lost
        stored = msgspec.json.decode(found[0].body, type=Ownership)
        if (stored.token, stored.life) != (self._record.token, self._record.life):
            raise Lost
        self._revision, self._sure = found[0].sequence, True
