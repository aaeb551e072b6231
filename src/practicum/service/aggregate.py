"""State that is a fold over events, and one unit of work on it.

An `Aggregate` says how a stream folds. A `Session` holds the streams that a batch of messages
touches; each message gets a `Work`, which reads states, records events and lists what to send.
Nothing is written until the whole session becomes one `Commit`: decide many, commit once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from practicum.service.events import Event, Vocabulary
from practicum.service.store import (
    Append,
    Commit,
    EventStore,
    Fence,
    Handled,
    History,
    Outgoing,
    Snapshot,
    Timer,
)
from practicum.service.tracing import Context
from practicum.service.world import World

StateT = TypeVar("StateT", bound=msgspec.Struct)


class Aggregate(msgspec.Struct, Generic[StateT], frozen=True, kw_only=True):
    """How the streams ``<name>-<id>`` fold into a state.

    ``evolve`` returns the state after an event and never refuses one: events are facts. With
    ``snapshot_every`` a snapshot is kept about every so many events; ``schema`` names its
    format and must change when the state's fields change their meaning.
    """

    name: str
    initial: StateT
    evolve: Callable[[StateT, Any], StateT]
    schema: str = "1"
    snapshot_every: int = 0

    def stream(self, id: str) -> str:
        """The stream's name."""
        return f"{self.name}-{id}"


class Ref(NamedTuple):
    """One stream of an aggregate. A ``new`` one is taken not to exist, and not read first: if
    it does exist, the commit finds that out, and the work is done again on what there is. Only
    for work that has no effect but its commit."""

    aggregate: Aggregate[Any]
    id: str
    new: bool = False

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.aggregate.stream(self.id)


class _Loaded(msgspec.Struct):
    aggregate: Aggregate[Any]
    base: int
    version: int
    state: Any


class StateCache:
    """Folded states of recently used streams, so that a saga's next step need not read again.

    A stale entry is harmless: a commit carries the expected version of every stream that was
    read, also of those to which it appends nothing, and is refused if one has moved.
    """

    def __init__(self, size_max: int = 20_000) -> None:
        self._entries: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._size_max = size_max

    def get(self, stream: str) -> tuple[int, Any] | None:
        """(version, state), or None."""
        entry = self._entries.get(stream)
        if entry is not None:
            self._entries.move_to_end(stream)
        return entry

    def put(self, stream: str, version: int, state: Any) -> None:
        """Keep a state, dropping the one used longest ago when there are too many."""
        self._entries[stream] = (version, state)
        self._entries.move_to_end(stream)
        if len(self._entries) > self._size_max:
            self._entries.popitem(last=False)

    def drop(self, stream: str) -> None:
        """Forget a stream."""
        self._entries.pop(stream, None)


class StaleWork(Exception):
    """Another message of the session changed a stream meanwhile: do this work again."""


class Work:
    """What one message reads and decides. Dropped without trace if its handler raises."""

    def __init__(self, session: Session, context: Context, key: str) -> None:
        self.context = context
        self.key = key
        self.now = session.world.now()
        self._session = session
        self._seen: dict[str, int] = {}
        self._states: dict[str, Any] = {}
        self._events: dict[str, list[Event]] = {}
        self._outgoing: list[Outgoing] = []
        self._timers: dict[str, Timer | None] = {}

    @property
    def world(self) -> World:
        """The world that the work is done in."""
        return self._session.world

    def state(self, aggregate: Aggregate[StateT], id: str) -> StateT:
        """The aggregate's state, this work's own events included. KeyError if the stream was
        not announced beforehand."""
        stream = aggregate.stream(id)
        if stream not in self._states:
            loaded = self._session.loaded(stream)
            self._seen[stream] = loaded.version
            self._states[stream] = loaded.state
        return self._states[stream]  # type: ignore[no-any-return]

    def record(self, aggregate: Aggregate[StateT], id: str, *events: msgspec.Struct) -> StateT:
        """Append events to the aggregate; returns its state after them."""
        state = self.state(aggregate, id)
        stream = aggregate.stream(id)
        for event in events:
            state = aggregate.evolve(state, event)
            self._events.setdefault(stream, []).append(self._encode(event, id))
        self._states[stream] = state
        return state

    def send(self, topic: str, message: msgspec.Struct, *, key: str | None = None) -> None:
        """Send a message when this work is committed; ``key`` is the work's own by default."""
        key = key or self.key
        self._outgoing.append(Outgoing(topic, key, self._encode(message, key)))

    def set_timer(self, name: str, after_s: float, message: msgspec.Struct) -> None:
        """Have ``message`` handled by this service in ``after_s`` seconds; replaces the timer
        of that name."""
        self._timers[name] = Timer(name, self.now + after_s, self._encode(message, self.key))

    def cancel_timer(self, name: str) -> None:
        """Take a timer back; no error if there is none."""
        self._timers[name] = None

    def finish(self) -> None:
        """Put the decisions into the session. `StaleWork` if a stream read here has moved."""
        for stream, version in self._seen.items():
            if self._session.loaded(stream).version != version:
                raise StaleWork(stream)
        self._session.works.append((self.context, self.key))
        for stream, events in self._events.items():
            self._session.extend(stream, events, self._states[stream])
        self._session.outgoing.extend(self._outgoing)
        self._session.timers.update(self._timers)

    def _encode(self, message: msgspec.Struct, key: str) -> Event:
        return self._session.vocabulary.encode(
            message,
            key=key,
            source=self._session.source,
            context=self.context,
            world=self._session.world,
        )


class Session:
    """The streams and decisions of a batch, on their way to one commit."""

    def __init__(
        self,
        store: EventStore,
        cache: StateCache,
        vocabulary: Vocabulary,
        world: World,
        source: str,
    ) -> None:
        self.world = world
        self.vocabulary = vocabulary
        self.source = source
        self.outgoing: list[Outgoing] = []
        self.timers: dict[str, Timer | None] = {}
        self.handled: list[Handled] = []
        self.fences: dict[str, Fence] = {}
        self.works: list[tuple[Context, str]] = []
        self._store = store
        self._cache = cache
        self._loaded: dict[str, _Loaded] = {}
        self._events: dict[str, list[Event]] = {}

    async def load(self, refs: Iterable[Ref], *, trust: bool = False) -> None:
        """Have the streams at hand, in one read for all that are not cached; with ``trust``,
        new ones are not read."""
        missing: dict[str, Aggregate[Any]] = {}
        for aggregate, id, new in refs:
            stream = aggregate.stream(id)
            if stream in self._loaded or stream in missing:
                continue
            cached = self._cache.get(stream)
            if cached is not None:
                self._loaded[stream] = _Loaded(aggregate, cached[0], *cached)
            elif new and trust:
                self._loaded[stream] = _Loaded(aggregate, 0, 0, aggregate.initial)
            else:
                missing[stream] = aggregate
        if missing:
            for stream, history in (await self._store.read(list(missing))).items():
                aggregate, version = missing[stream], history.version
                if history.snapshot and history.snapshot.schema != aggregate.schema:
                    history = History(version, tuple(await self._store.read_stream(stream)))
                    version = history.version
                state = fold(aggregate, history, self.vocabulary)
                self._loaded[stream] = _Loaded(aggregate, version, version, state)

    def loaded(self, stream: str) -> _Loaded:
        """A stream that `load` has fetched; KeyError otherwise."""
        try:
            return self._loaded[stream]
        except KeyError:
            raise KeyError(f"{stream} is used by a handler but not among its streams") from None

    def extend(self, stream: str, events: list[Event], state: Any) -> None:
        """Add decided events to a stream."""
        loaded = self._loaded[stream]
        loaded.version += len(events)
        loaded.state = state
        self._events.setdefault(stream, []).extend(events)

    @property
    def empty(self) -> bool:
        """Whether a commit would change nothing."""
        return not (self._events or self.outgoing or self.timers or self.handled)

    async def commit(self) -> None:
        """Make all of it true, and keep the states for the next batch.

        Raises what `EventStore.commit` raises; the states are then forgotten.
        """
        try:
            await self._store.commit(self._commit())
        except BaseException:
            self.forget()
            raise
        for stream, loaded in self._loaded.items():
            self._cache.put(stream, loaded.version, loaded.state)

    def forget(self) -> None:
        """Drop the cached states of every stream touched."""
        for stream in self._loaded:
            self._cache.drop(stream)

    def _commit(self) -> Commit:
        only_read = {stream: () for stream in self._loaded if stream not in self._events}
        return Commit(
            appends=tuple(
                Append(stream, self._loaded[stream].base, tuple(events))
                for stream, events in [*self._events.items(), *only_read.items()]
            ),
            outgoing=tuple(self.outgoing),
            handled=tuple(self.handled),
            timers=tuple(timer for timer in self.timers.values() if timer),
            cancelled=tuple(name for name, timer in self.timers.items() if timer is None),
            snapshots=tuple(self._snapshots()),
            fences=tuple(self.fences.values()),
        )

    def _snapshots(self) -> Iterable[Snapshot]:
        for stream in self._events:
            loaded = self._loaded[stream]
            every = loaded.aggregate.snapshot_every
            if every and loaded.version // every > loaded.base // every:
                state = msgspec.Raw(msgspec.json.encode(loaded.state))
                yield Snapshot(stream, loaded.version, loaded.aggregate.schema, state)


def fold(aggregate: Aggregate[StateT], history: History, vocabulary: Vocabulary) -> StateT:
    """The state of a stream from its snapshot, if there is one, and the events after it."""
    state = aggregate.initial
    if history.snapshot is not None:
        state = msgspec.json.decode(history.snapshot.state, type=type(aggregate.initial))
    for stored in history.events:
        state = aggregate.evolve(state, vocabulary.decode(stored.event))
    return state
