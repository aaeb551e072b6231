"""The EventStore port: streams of events, and all that must be true together with them.

One `Commit` is one transaction. It carries the events, the messages to send because of them
(outbox), the messages handled by them (inbox), timers and snapshots, so that none of these can
be true without the others. That is the whole trick behind exactly-once effects: a message may
arrive twice, but its inbox row can be committed once only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from practicum.service.events import Event

ANY_VERSION = -1
"""As ``Append.expected``: append whatever the stream's version is."""


class Append(msgspec.Struct, frozen=True):
    """Events to append to ``stream``, if its version (count of events) is ``expected``."""

    stream: str
    expected: int
    events: tuple[Event, ...]


class Outgoing(msgspec.Struct, frozen=True):
    """An event to publish on ``topic``; messages of one key leave in commit order."""

    topic: str
    key: str
    event: Event


class Handled(msgspec.Struct, frozen=True):
    """An inbox entry: ``group`` has handled the message ``message_id``."""

    group: str
    message_id: str


class Timer(msgspec.Struct, frozen=True):
    """``event`` is to be handled at ``due`` (Unix seconds). A later timer of the same name
    replaces it."""

    name: str
    due: float
    event: Event


class Snapshot(msgspec.Struct, frozen=True):
    """State of ``stream`` after ``version`` events, as JSON; ``schema`` names its format.

    A reader that does not know the schema ignores the snapshot and folds all events.
    """

    stream: str
    version: int
    schema: str
    state: msgspec.Raw


class Fence(msgspec.Struct, frozen=True):
    """A lease under which work is done. A commit whose token is older than one the store has
    already seen for ``name`` is refused."""

    name: str
    token: int


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """All or nothing."""

    appends: tuple[Append, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    handled: tuple[Handled, ...] = ()
    timers: tuple[Timer, ...] = ()
    cancelled: tuple[str, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    fences: tuple[Fence, ...] = ()


class StoredEvent(msgspec.Struct, frozen=True):
    """An event with its place: ``version`` from 1 in its stream, ``position`` from 1 in the
    store."""

    stream: str
    version: int
    position: int
    event: Event


class History(msgspec.Struct, frozen=True):
    """What `EventStore.read` gives for one stream: the events after the snapshot, if any.

    ``version`` is the stream's version; 0 means that it does not exist.
    """

    version: int
    events: tuple[StoredEvent, ...]
    snapshot: Snapshot | None = None


class Queued(msgspec.Struct, frozen=True):
    """An outbox row; ``sequence`` grows with commit order."""

    sequence: int
    outgoing: Outgoing


class StoreError(Exception):
    """Base of what a store refuses."""


class Conflict(StoreError):
    """A stream was not at the expected version: read it again and decide anew."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream} is at version {actual}, expected {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class AlreadyHandled(StoreError):
    """The inbox holds one of the commit's messages already: drop it and go on."""

    def __init__(self, group: str, message_id: str) -> None:
        super().__init__(f"{group} has handled {message_id} already")
        self.group, self.message_id = group, message_id


class Fenced(StoreError):
    """Somebody with a newer lease has taken over: stop working under this one."""

    def __init__(self, name: str, token: int, newest: int) -> None:
        super().__init__(f"lease {name}: token {token} is older than {newest}")
        self.name, self.token, self.newest = name, token, newest


class StoreUnavailable(StoreError):
    """The database did not answer. ``definite`` says whether the commit surely did not
    happen; when it may have, the inbox or the expected version tells on the next try."""

    def __init__(self, reason: str, *, definite: bool) -> None:
        super().__init__(reason)
        self.definite = definite


class EventStore(Protocol):
    """Port. One store per service; every method may raise `StoreUnavailable`."""

    async def commit(self, commit: Commit) -> int:
        """Make ``commit`` true and durable; returns the position of the store's last event.

        Positions have no gaps, and a reader never sees a position before all smaller ones,
        whatever number of writers commit at once. Raises `Conflict`, `AlreadyHandled` or
        `Fenced`, and then nothing of the commit is true.
        """
        ...

    async def handled(self, group: str, message_ids: Sequence[str]) -> frozenset[str]:
        """Those of ``message_ids`` that are in the inbox of ``group``."""
        ...

    async def read(self, streams: Sequence[str]) -> Mapping[str, History]:
        """Each stream from its newest snapshot on; a missing stream has version 0."""
        ...

    async def read_stream(self, stream: str, *, after: int = 0) -> Sequence[StoredEvent]:
        """The events of one stream with a version greater than ``after``; no snapshot."""
        ...

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> Sequence[StoredEvent]:
        """Events with a position greater than ``after``, in order."""
        ...

    async def head(self) -> int:
        """The position of the last event, 0 for an empty store."""
        ...

    async def outbox(self, *, limit: int = 500) -> Sequence[Queued]:
        """The messages not yet marked as sent, oldest first."""
        ...

    async def mark_sent(self, sequences: Sequence[int]) -> None:
        """Take messages out of the outbox: the log has them."""
        ...

    async def due_timers(self, now: float, *, limit: int = 500) -> Sequence[Timer]:
        """Timers due at or before ``now`` (Unix seconds), oldest first.

        A timer stays until a commit cancels it by name or replaces it.
        """
        ...

    async def wait_for_outbox(self, timeout_s: float) -> None:
        """Return when a commit of this process added to the outbox, or after the timeout."""
        ...

    async def forget_handled(self, before: float) -> int:
        """Prune inbox entries older than ``before`` (Unix seconds); returns how many."""
        ...
