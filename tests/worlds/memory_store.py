"""An event store in memory: the shortest text that keeps the port's promises."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import msgspec

from practicum.service.events import Event
from practicum.service.storable import check_storable
from practicum.service.store import (
    ANY_VERSION,
    AlreadyHandled,
    Commit,
    Conflict,
    Fenced,
    Handled,
    History,
    Queued,
    Snapshot,
    StoredEvent,
    Timer,
)
from practicum.service.world import World


class MemoryEventStore:
    """`service.store.EventStore` for tests. Events go through JSON, as on a real database."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._events: list[StoredEvent] = []
        self._versions: dict[str, int] = {}
        self._outbox: dict[int, Queued] = {}
        self._sequence = 0
        self._inbox: dict[Handled, float] = {}
        self._timers: dict[str, Timer] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._tokens: dict[str, int] = {}
        self._outbox_grew = asyncio.Event()

    async def commit(self, commit: Commit) -> int:
        """See the port."""
        check_storable(commit)
        commit = _through_json(commit)
        tokens = self._checked_fences(commit)
        self._check_inbox(commit)
        events, versions = self._placed(commit)
        for snapshot in commit.snapshots:
            version = versions.get(snapshot.stream, 0)
            if snapshot.version > version:
                raise Conflict(snapshot.stream, snapshot.version, version)
        # Nothing is refused from here on.
        self._tokens, self._versions = tokens, versions
        self._events += events
        self._inbox |= dict.fromkeys(commit.handled, self._world.now())
        for name in commit.cancelled:
            self._timers.pop(name, None)
        self._timers |= {timer.name: timer for timer in commit.timers}
        self._send(commit)
        for snapshot in commit.snapshots:
            older = self._snapshots.get(snapshot.stream)
            if older is None or older.version <= snapshot.version:
                self._snapshots[snapshot.stream] = snapshot
        return len(self._events)

    def _checked_fences(self, commit: Commit) -> dict[str, int]:
        tokens = dict(self._tokens)
        for fence in commit.fences:
            newest = tokens.setdefault(fence.name, fence.token)
            if fence.token < newest:
                raise Fenced(fence.name, fence.token, newest)
            tokens[fence.name] = fence.token
        return tokens

    def _check_inbox(self, commit: Commit) -> None:
        seen = set(self._inbox)
        for handled in commit.handled:
            if handled in seen:
                raise AlreadyHandled(handled.group, handled.message_id)
            seen.add(handled)

    def _placed(self, commit: Commit) -> tuple[list[StoredEvent], dict[str, int]]:
        events: list[StoredEvent] = []
        versions = dict(self._versions)
        for append in commit.appends:
            version = versions.get(append.stream, 0)
            if append.expected not in (ANY_VERSION, version):
                raise Conflict(append.stream, append.expected, version)
            for event in append.events:
                version += 1
                position = len(self._events) + len(events) + 1
                events.append(StoredEvent(append.stream, version, position, event))
            versions[append.stream] = version
        return events, versions

    def _send(self, commit: Commit) -> None:
        for outgoing in commit.outgoing:
            self._sequence += 1
            self._outbox[self._sequence] = Queued(self._sequence, outgoing)
            self._outbox_grew.set()

    async def handled(self, group: str, message_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        return frozenset(id_ for id_ in message_ids if Handled(group, id_) in self._inbox)

    async def read(self, streams: Sequence[str]) -> Mapping[str, History]:
        """See the port."""
        return {stream: await self._history(stream) for stream in streams}

    async def _history(self, stream: str) -> History:
        snapshot = self._snapshots.get(stream)
        events = await self.read_stream(stream, after=snapshot.version if snapshot else 0)
        return History(self._versions.get(stream, 0), tuple(events), snapshot)

    async def read_stream(self, stream: str, *, after: int = 0) -> Sequence[StoredEvent]:
        """See the port."""
        return [e for e in self._events if e.stream == stream and e.version > after]

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[StoredEvent]:
        """See the port."""
        return self._events[after : after + limit]

    async def head(self) -> int:
        """See the port."""
        return len(self._events)

    async def outbox(self, *, limit: int = 500) -> Sequence[Queued]:
        """See the port."""
        return list(self._outbox.values())[:limit]

    async def mark_sent(self, sequences: Sequence[int]) -> None:
        """See the port."""
        for sequence in sequences:
            self._outbox.pop(sequence, None)

    async def due_timers(self, now: float, *, limit: int = 500) -> Sequence[Timer]:
        """See the port."""
        due = [timer for timer in self._timers.values() if timer.due <= now]
        return sorted(due, key=lambda timer: (timer.due, timer.name))[:limit]

    async def wait_for_outbox(self, timeout_s: float) -> None:
        """See the port."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._outbox_grew.wait()
        self._outbox_grew.clear()

    async def forget_handled(self, before: float) -> int:
        """See the port."""
        old = [handled for handled, at in self._inbox.items() if at < before]
        for handled in old:
            del self._inbox[handled]
        return len(old)


def _through_json(commit: Commit) -> Commit:
    """The commit as it comes back from a database; ValueError when its data is not JSON."""
    for snapshot in commit.snapshots:
        _check_json(bytes(snapshot.state))
    replaced = {
        "appends": tuple(
            msgspec.structs.replace(append, events=tuple(map(_copy, append.events)))
            for append in commit.appends
        ),
        "outgoing": tuple(
            msgspec.structs.replace(outgoing, event=_copy(outgoing.event))
            for outgoing in commit.outgoing
        ),
        "timers": tuple(
            msgspec.structs.replace(timer, event=_copy(timer.event)) for timer in commit.timers
        ),
    }
    return msgspec.structs.replace(commit, **replaced)


def _copy(event: Event) -> Event:
    document = event.to_json()
    _check_json(document)
    return Event.from_json(document)


def _check_json(document: bytes) -> None:
    try:
        msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
