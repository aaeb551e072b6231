"""Read models: a view is always what folding the events gives, also while it is rebuilt."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable

import msgspec
import pytest

from practicum.service.events import Vocabulary
from practicum.service.live.postgres.store import PostgresEventStore
from practicum.service.live.postgres.views import PostgresViews
from practicum.service.metrics import NONE, Attributes, QuietMeter
from practicum.service.store import ANY_VERSION, Append, Commit, EventStore, StoredEvent
from practicum.service.tracing import Context, Trace
from practicum.service.views import (
    Document,
    Figure,
    Projection,
    Projector,
    Reader,
    ViewMoved,
    ViewStore,
    active_generation,
)
from worlds.fixed import FixedWorld
from worlds.memory_store import MemoryEventStore
from worlds.memory_views import MemoryViews
from worlds.postgres_server import PostgresServer, postgres_server

__all__ = ["postgres_server"]

VOCABULARY = Vocabulary("test")
_schemas = itertools.count(1)


@VOCABULARY.message("scored")
class Scored(msgspec.Struct, frozen=True):
    """A player has points more; fewer when negative."""

    player: str
    points: int


class Score(msgspec.Struct, frozen=True):
    """A player's points."""

    player: str
    points: int


def fold(score: Score | None, key: str, event: Scored, stored: StoredEvent) -> Score | None:
    """Sum; a player without points has no document."""
    points = event.points + (score.points if score else 0)
    return Score(key, points) if points else None


def players(message: object) -> Iterable[str]:
    """The document of the player."""
    return [message.player] if isinstance(message, Scored) else []


SCORES = Projection(view="scores", document=Score, keys=players, fold=fold)

Stores = tuple[EventStore, ViewStore]


@pytest.fixture(params=["memory", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    """An event store and its views, of each kind."""
    world = FixedWorld()
    if request.param == "memory":
        yield MemoryEventStore(world), MemoryViews()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    store = await PostgresEventStore.open(server.dsn, world, schema=f"views_{next(_schemas)}")
    yield store, PostgresViews(store)
    await store.close()


async def score(store: EventStore, *points: tuple[str, int]) -> None:
    """Append events."""
    world = FixedWorld(seed=hash(points) & 0xFFFF)
    context = Context(correlation_id="test", trace=Trace.start(world))
    events = tuple(
        VOCABULARY.encode(Scored(*each), key=each[0], source="/test", context=context, world=world)
        for each in points
    )
    await store.commit(Commit(appends=(Append("scores", ANY_VERSION, events),)))


async def until(projector: Projector[Score], views: ViewStore, position: int) -> None:
    """Run the projector until one generation is left, of its schema, at a position."""
    running = asyncio.create_task(projector.run())
    async with asyncio.timeout(60):
        while not running.done():
            left = await views.generations(SCORES.view)
            done = len(left) == 1 and left[0].schema == projector.projection.schema
            if done and left[0].position >= position and not projector.rebuilding:
                break
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_view_is_the_fold_of_the_events(stores: Stores) -> None:
    """Sums are right, and a document that is folded away is gone."""
    store, views = stores
    await score(store, ("ann", 3), ("bob", 2), ("ann", 4), ("bob", -2))
    projector = Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld())
    await until(projector, views, 4)
    reader = Reader(SCORES, store, views)
    assert await reader.get("ann") == Score("ann", 7)
    assert await reader.get("bob") is None
    page = await reader.page()
    assert (page.documents, page.full, page.lag_events) == ((Score("ann", 7),), False, 0)


async def test_a_projector_goes_on_where_the_last_one_stopped(stores: Stores) -> None:
    """No event is folded twice after a restart."""
    store, views = stores
    await score(store, ("ann", 1))
    await until(Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld()), views, 1)
    await score(store, ("ann", 1))
    await until(Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld()), views, 2)
    assert await Reader(SCORES, store, views).get("ann") == Score("ann", 2)


async def test_the_old_generation_serves_while_a_new_one_is_built(stores: Stores) -> None:
    """A reader sees the whole old view or the whole new one, never a half-built one."""
    store, views = stores
    await score(store, ("ann", 5), ("bob", 6))
    projector = Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld())
    await until(projector, views, 2)
    fresh = await views.open_generation(SCORES.view, SCORES.schema)
    assert not fresh.active
    reader = Reader(SCORES, store, views)
    assert await reader.get_many(["ann", "bob"]) == {"ann": Score("ann", 5), "bob": Score("bob", 6)}
    assert await views.read(fresh, ["ann"]) == {}
    built = await projector.step(fresh)
    await views.activate(built)
    assert [g.number for g in await views.generations(SCORES.view)] == [built.number]
    assert await reader.get("bob") == Score("bob", 6)


async def test_a_rebuild_gives_the_same_view(stores: Stores) -> None:
    """And repairs one that was spoilt."""
    store, views = stores
    await score(store, ("ann", 5))
    projector = Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld())
    await until(projector, views, 1)
    active = await active_generation(views, SCORES.view)
    assert active is not None
    await views.project(active, 1, [Document("ann", msgspec.Raw(b'{"player":"x","points":0}'))])
    projector.rebuild()
    await until(projector, views, 1)
    assert await Reader(SCORES, store, views).get("ann") == Score("ann", 5)


class NotedMeter(QuietMeter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, float]] = []
        self.gauges: list[tuple[str, float, Attributes]] = []

    def record(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """Note it."""
        self.recorded.append((name, value))

    def gauge(self, name: str, value: float, attributes: Attributes = NONE) -> None:
        """Note it."""
        self.gauges.append((name, value, attributes))


def points_now(before: Score | None, after: Score | None) -> Iterable[Figure]:
    """A figure for each change."""
    yield Figure("points", after.points if after else 0, {})


async def test_each_event_gives_its_figures_once_and_a_rebuild_gives_none(stores: Stores) -> None:
    """A figure tells what happened, and nothing happens in a rebuild."""
    store, views = stores
    await score(store, ("ann", 5), ("ann", 6), ("ann", -11))
    meter = NotedMeter()
    telling = msgspec.structs.replace(SCORES, figures=points_now)
    projector = Projector(telling, store, views, VOCABULARY, meter, FixedWorld())
    await until(projector, views, 3)
    projector.rebuild()
    await until(projector, views, 3)
    assert [value for name, value in meter.recorded if name == "points"] == [5, 11, 0]


async def test_the_lag_is_the_age_of_what_readers_do_not_see(stores: Stores) -> None:
    """In seconds, by view; nothing to fold is no lag."""
    store, views = stores
    await score(store, ("ann", 5))
    world, meter = FixedWorld(), NotedMeter()
    world.advance(7)
    projector = Projector(SCORES, store, views, VOCABULARY, meter, world)
    moved = await projector.step(await views.open_generation(SCORES.view, SCORES.schema))
    await projector.step(moved)
    label = {"practicum.view": "scores"}
    assert meter.gauges == [
        ("practicum.view.lag", 7, label),
        ("practicum.view.lag", 0, label),
    ]


async def test_another_schema_is_built_anew(stores: Stores) -> None:
    """Code that reads documents otherwise never meets the old ones after the switch."""
    store, views = stores
    await score(store, ("ann", 5))
    await until(Projector(SCORES, store, views, VOCABULARY, QuietMeter(), FixedWorld()), views, 1)
    newer = msgspec.structs.replace(SCORES, schema="2")
    await until(Projector(newer, store, views, VOCABULARY, QuietMeter(), FixedWorld()), views, 1)
    active = await active_generation(views, SCORES.view)
    assert active is not None
    assert active.schema == "2"


async def test_of_two_projectors_one_is_refused(stores: Stores) -> None:
    """Nothing is folded twice by two members of a service."""
    _, views = stores
    generation = await views.open_generation("scores", "1")
    body = msgspec.Raw(b'{"player":"ann","points":1}')
    await views.project(generation, 1, [Document("ann", body)])
    with pytest.raises(ViewMoved):
        await views.project(generation, 1, [Document("ann", body)])


async def test_pages_follow_the_keys(stores: Stores) -> None:
    """In order, from after a key, at most so many."""
    _, views = stores
    generation = await views.open_generation("scores", "1")
    raw = msgspec.Raw(b"{}")
    await views.project(generation, 1, [Document(key, raw) for key in "dacb"])
    assert [key for key, _ in await views.page(generation, after="a", limit=2)] == ["b", "c"]
