"""Read models: documents folded from a service's own events, beside its streams.

A `Projection` says which documents an event touches and how each changes. The documents of one
build are a *generation*; it remembers the position up to which events are in it, in the same
transaction. Reads are served from the active generation. A rebuild folds a new generation
from the first event while the old one keeps serving, and becomes active when it has caught up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from practicum.service.events import Vocabulary
from practicum.service.metrics import Attributes, Meter
from practicum.service.store import EventStore, StoredEvent, StoreError
from practicum.service.world import World, unix_seconds

logger = logging.getLogger(__name__)

DocumentT = TypeVar("DocumentT", bound=msgspec.Struct)

BATCH = 1000
WAIT_MIN_S, WAIT_MAX_S = 0.1, 0.25
"""Between two looks for events: many small steps would cost more than they fold."""


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One build of a view; ``position`` is that of the last event in it."""

    view: str
    number: int
    schema: str
    position: int
    active: bool


class Document(msgspec.Struct, frozen=True):
    """A document as JSON; ``body`` None deletes it."""

    key: str
    body: msgspec.Raw | None


class ViewMoved(StoreError):
    """The generation is not where this projector thought: another one is at work, or it was
    dropped. Read where it is and go on from there."""


class ViewStore(Protocol):
    """Port. Where read models are kept; every method may raise `StoreUnavailable`."""

    async def generations(self, view: str) -> Sequence[Generation]:
        """All generations of a view, oldest first."""
        ...

    async def open_generation(self, view: str, schema: str) -> Generation:
        """Begin a new, empty generation. The first one of a view is active at once."""
        ...

    async def project(
        self, generation: Generation, position: int, documents: Sequence[Document]
    ) -> Generation:
        """Write documents and move the generation to ``position``, or neither.

        Raises `ViewMoved` unless the generation is where it was.
        """
        ...

    async def activate(self, generation: Generation) -> None:
        """Serve reads from this generation, and drop all others of its view. `ViewMoved` if it
        is gone."""
        ...

    async def read(self, generation: Generation, keys: Sequence[str]) -> Mapping[str, msgspec.Raw]:
        """Documents of a generation; missing ones are absent."""
        ...

    async def page(
        self, generation: Generation, *, after: str, limit: int
    ) -> Sequence[tuple[str, msgspec.Raw]]:
        """Documents in order of their keys, from the first one greater than ``after``."""
        ...


class Figure(msgspec.Struct, frozen=True):
    """One observation for the meter; see `service.metrics`."""

    name: str
    value: float
    attributes: Attributes


def _no_figures(_before: object, _after: object) -> Iterable[Figure]:
    return ()


class Projection(msgspec.Struct, Generic[DocumentT], frozen=True, kw_only=True):
    """How one view folds.

    ``figures`` is what a document's change (from the one before to the one after an event)
    tells the meter. It is asked about each event once, when the event gets into the generation
    that serves, and not when a view is rebuilt.

    ``keys`` names the documents that an event touches; ``fold`` gives the document after the
    event from the one before (None: there is none, or there shall be none). Both are pure. A
    change of ``schema`` has the view rebuilt when the service starts.
    """

    view: str
    document: type[DocumentT]
    keys: Callable[[Any], Iterable[str]]
    fold: Callable[[DocumentT | None, str, Any, StoredEvent], DocumentT | None]
    schema: str = "1"
    figures: Callable[[DocumentT | None, DocumentT | None], Iterable[Figure]] = _no_figures


class Page(msgspec.Struct, Generic[DocumentT], frozen=True):
    """Documents in order of their keys. ``full`` says that there may be more; the view was
    ``lag_events`` events behind the store when it was read."""

    documents: tuple[DocumentT, ...]
    full: bool
    lag_events: int


class Reader(Generic[DocumentT]):
    """Reads a view's active generation."""

    def __init__(
        self, projection: Projection[DocumentT], store: EventStore, views: ViewStore
    ) -> None:
        self._projection = projection
        self._store = store
        self._views = views
        self._decoder = msgspec.json.Decoder(projection.document)

    async def get(self, key: str) -> DocumentT | None:
        """One document, None if there is none."""
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Sequence[str]) -> dict[str, DocumentT]:
        """Documents by key; missing ones are absent."""
        generation = await active_generation(self._views, self._projection.view)
        if generation is None:
            return {}
        found = await self._views.read(generation, keys)
        return {key: self._decoder.decode(body) for key, body in found.items()}

    async def page(self, *, after: str = "", limit: int = 100) -> Page[DocumentT]:
        """The documents whose keys follow ``after``."""
        head = await self._store.head()
        generation = await active_generation(self._views, self._projection.view)
        if generation is None:
            return Page((), False, head)
        rows = await self._views.page(generation, after=after, limit=limit)
        documents = tuple(self._decoder.decode(body) for _, body in rows)
        return Page(documents, len(rows) == limit, max(0, head - generation.position))


class Projector(Generic[DocumentT]):
    """Keeps one view up to date with a store's events."""

    def __init__(
        self,
        projection: Projection[DocumentT],
        store: EventStore,
        views: ViewStore,
        vocabulary: Vocabulary,
        meter: Meter,
        world: World,
    ) -> None:
        self.projection = projection
        self._meter = meter
        self._world = world
        self._labels = {"practicum.view": projection.view}
        self._store = store
        self._views = views
        self._vocabulary = vocabulary
        self._decoder = msgspec.json.Decoder(projection.document)
        self._rebuild = asyncio.Event()

    def rebuild(self) -> None:
        """Ask for a rebuild; it happens while the old generation serves."""
        self._rebuild.set()

    @property
    def rebuilding(self) -> bool:
        """Whether a rebuild was asked for that has not begun."""
        return self._rebuild.is_set()

    async def run(self) -> None:
        """Project until cancelled. Raises what the stores raise; running it again goes on."""
        generation = await self._begin()
        wait_s = WAIT_MIN_S
        while True:
            if self._rebuild.is_set():
                generation = await self._views.open_generation(
                    self.projection.view, self.projection.schema
                )
                self._rebuild.clear()  # only now: a store that is away must not swallow the wish
            before = generation.position
            generation = await self.step(generation)
            if generation.position - before >= BATCH:
                continue
            if generation.position > before:
                wait_s = WAIT_MIN_S
            elif not generation.active:
                await self._views.activate(generation)
                generation = msgspec.structs.replace(generation, active=True)
                logger.info("view %s: rebuilt, %d events", generation.view, generation.position)
            await asyncio.sleep(wait_s)
            wait_s = min(WAIT_MAX_S, wait_s * 2)

    async def step(self, generation: Generation) -> Generation:
        """Fold the next events, if there are any, into a generation."""
        events = await self._store.read_all(after=generation.position, limit=BATCH)
        if generation.active:
            self._tell_lag(events)
        if not events:
            return generation
        documents, figures = await self._fold(generation, events)
        self._meter.record("practicum.view.batch", len(events), self._labels)
        moved = await self._views.project(generation, events[-1].position, documents)
        if generation.active:
            for figure in figures:
                self._meter.record(figure.name, figure.value, figure.attributes)
        return moved

    def _tell_lag(self, events: Sequence[StoredEvent]) -> None:
        """How old the oldest event is that readers do not see yet."""
        lag_s = self._world.now() - unix_seconds(events[0].event.time) if events else 0.0
        self._meter.gauge("practicum.view.lag", max(0.0, lag_s), self._labels)

    async def _begin(self) -> Generation:
        """The generation to work on: an unfinished build goes on, an outdated one is replaced."""
        generations = await self._views.generations(self.projection.view)
        current = [one for one in generations if one.schema == self.projection.schema]
        if current:
            return current[-1]
        return await self._views.open_generation(self.projection.view, self.projection.schema)

    async def _fold(
        self, generation: Generation, events: Sequence[StoredEvent]
    ) -> tuple[list[Document], list[Figure]]:
        touched: list[tuple[StoredEvent, Any, tuple[str, ...]]] = []
        for stored in events:
            if self._vocabulary.knows(stored.event):
                message = self._vocabulary.decode(stored.event)
                if keys := tuple(self.projection.keys(message)):
                    touched.append((stored, message, keys))
        wanted = sorted({key for _, _, keys in touched for key in keys})
        found = await self._views.read(generation, wanted)
        state: dict[str, DocumentT | None] = {
            key: self._decoder.decode(found[key]) if key in found else None for key in wanted
        }
        figures: list[Figure] = []
        for stored, message, keys in touched:
            for key in keys:
                before = state[key]
                state[key] = after = self.projection.fold(before, key, message, stored)
                figures += self.projection.figures(before, after)
        documents = [
            Document(key, None if value is None else msgspec.Raw(msgspec.json.encode(value)))
            for key, value in state.items()
        ]
        return documents, figures


async def active_generation(views: ViewStore, view: str) -> Generation | None:
    """The generation that serves reads; None before the view was first built."""
    return next((one for one in await views.generations(view) if one.active), None)
