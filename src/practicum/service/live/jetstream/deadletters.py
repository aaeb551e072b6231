"""Parked messages of one partition: written down, replayed, deleted.

A parked message lies in the stream of dead letters under its key, with the sequence that it had.
A replay is asked for by a record that stays until the replay is over, so that it survives any
crash; it hands the letters out in order and deletes each one that is acknowledged.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from practicum.service.events import Event, canonical_json
from practicum.service.live.jetstream.membership import Place
from practicum.service.live.jetstream.names import Names
from practicum.service.live.jetstream.publish import Letter, Publisher
from practicum.service.live.jetstream.wire import Stored, Wire, WrongRevision
from practicum.service.log import DeadLetter, LogUnavailable
from practicum.service.window import Entry, Window

_PAGE = 200


class Parked(msgspec.Struct, frozen=True):
    """A dead letter as it is stored: with the sequence that it had in its topic."""

    sequence: int
    letter: DeadLetter


class ReplayRequest(msgspec.Struct, frozen=True):
    """Asks the owner of a partition to replay ``key``; ``tries`` counts its owners so far."""

    topic: str
    partition: int
    key: str
    tries: int = 0


_decode_parked = msgspec.json.Decoder(Parked).decode


def parked_letter(stored: Stored) -> Parked:
    """The dead letter in a stored message."""
    return _decode_parked(stored.body)


class DeadLetters:
    """The books of one owned partition on what is parked."""

    def __init__(self, wire: Wire, names: Names, group: str, place: Place) -> None:
        self._wire = wire
        self._names = names
        self._group = group
        self._topic, self._partition = place
        self._publisher = Publisher(wire)
        self._letters: dict[int, int] = {}
        self._handled: list[int] = []
        self._replays: dict[str, int] = {}

    async def parked(self) -> dict[str, int]:
        """The parked keys, each with the last sequence that is parked."""
        out: dict[str, int] = {}
        subject = self._names.letters(self._group, self._topic, self._partition)
        after = 0
        while True:
            page = await self._wire.read(self._names.dead, subject, after=after, limit=_PAGE)
            for stored in page:
                parked = parked_letter(stored)
                out[parked.letter.key] = max(parked.sequence, out.get(parked.letter.key, 0))
            if len(page) < _PAGE:
                return out
            after = page[-1].sequence

    def replays(self, key: str) -> bool:
        """Whether a replay of ``key`` is going on."""
        return key in self._replays

    def ask_replay(self, key: str, revision: int) -> None:
        """Replay ``key``, as the record of that revision asks."""
        self._replays[key] = revision

    async def keep(self, window: Window[Event]) -> bool:
        """Write down what is to be parked, and go on with replays; True if more is to do.

        Raises `LogUnavailable`; then call it again."""
        await self._park(window)
        self._handled += window.take_replayed()
        while self._handled:
            letter = self._letters.get(self._handled[-1])
            if letter is not None:
                await self._wire.delete(self._names.dead, letter)
            self._letters.pop(self._handled.pop(), None)
        for entry in window.take_stopped():
            await self._end(entry.key)
        again = False
        for key in tuple(self._replays):
            if not window.replaying(key):
                again = await self._go_on(key, window) or again
        return again or bool(window.to_park(1))

    async def _park(self, window: Window[Event]) -> None:
        entries = window.to_park(_PAGE)
        if not entries:
            return
        outcomes = await self._publisher.publish([self._letter(entry) for entry in entries])
        window.parked(
            entry.sequence
            for entry, outcome in zip(entries, outcomes, strict=True)
            if outcome is None
        )
        failure = next((outcome for outcome in outcomes if outcome is not None), None)
        if failure is not None:
            raise LogUnavailable(f"cannot park: {failure}")

    def _letter(self, entry: Entry[Event]) -> Letter:
        letter = DeadLetter(
            group=self._group,
            topic=self._topic,
            partition=self._partition,
            key=entry.key,
            reason=entry.reason,
            attempts=entry.attempt,
            event=entry.payload,
        )
        place = f"{self._group}/{self._topic}/{self._partition}"
        subject = self._names.letter(self._group, self._topic, self._partition, entry.key)
        headers = {"Nats-Msg-Id": f"{place}/{entry.sequence}/{entry.payload.id}"}
        return Letter(entry.key, subject, canonical_json(Parked(entry.sequence, letter)), headers)

    async def _go_on(self, key: str, window: Window[Event]) -> bool:
        page = await self._page(key)
        if not page:
            if not window.unpark(key):
                return True  # a follower is on its way to the dead letters: it comes first
            await self._end(key)
            return False
        letters = [(parked_letter(stored), stored.sequence) for stored in page]
        self._letters.update((parked.sequence, revision) for parked, revision in letters)
        window.replay(key, [(parked.sequence, parked.letter.event) for parked, _ in letters])
        return False

    async def _page(self, key: str) -> Sequence[Stored]:
        subject = self._names.letter(self._group, self._topic, self._partition, key)
        return await self._wire.read(self._names.dead, subject, after=0, limit=_PAGE)

    async def _end(self, key: str) -> None:
        revision = self._replays.pop(key, None)
        if revision is not None:
            await self._wire.delete(self._names.groups, revision)


async def begin_replay(wire: Wire, names: Names, stored: Stored, attempts_max: int) -> int | None:
    """Count the owner that begins a requested replay; returns the request's new revision, or
    None when it should not (too many owners died of it, or the request has changed)."""
    request = msgspec.json.decode(stored.body, type=ReplayRequest)
    if request.tries >= attempts_max:
        await wire.delete(names.groups, stored.sequence)
        return None
    counted = msgspec.structs.replace(request, tries=request.tries + 1)
    try:
        return await wire.put(stored.subject, canonical_json(counted), replaces=stored.sequence)
    except WrongRevision:
        return None
