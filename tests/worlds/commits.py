"""Commits for tests of stores: small ones by hand, random ones by Hypothesis, and what a
store looks like from outside."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from practicum.service.events import Event
from practicum.service.store import (
    ANY_VERSION,
    Append,
    Commit,
    EventStore,
    Fence,
    Handled,
    Outgoing,
    Snapshot,
    Timer,
)

STREAMS = ("a", "b", "c")
_MESSAGES = [Handled(group, id_) for group in ("g", "h") for id_ in ("1", "2", "3", "4")]


def event(id_: str, causationid: str | None = None) -> Event:
    """An event that can be told apart by its id."""
    return Event(
        id=id_,
        source="test",
        type="shop.thing.happened.v1",
        subject="k",
        time="2024-01-01T00:00:00.000000Z",
        data=msgspec.Raw(b'{"n":1}'),
        correlationid="c",
        causationid=causationid,
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
    )


def appending(stream: str, expected: int, *events: Event) -> Commit:
    """A commit with one append."""
    return Commit(appends=(Append(stream, expected, events),))


def sending(topic: str, key: str, *ids: str) -> tuple[Outgoing, ...]:
    """Outgoing messages of one key."""
    return tuple(Outgoing(topic, key, event(id_)) for id_ in ids)


def timer(name: str, due: float, id_: str = "t") -> Timer:
    """A timer."""
    return Timer(name, due, event(id_))


async def state_of(store: EventStore) -> dict[str, object]:
    """All that a store of few events shows of itself, comparable between stores."""
    histories = await store.read(STREAMS)
    return {
        "events": [
            (e.stream, e.version, e.position, e.event.to_json())
            for e in await store.read_all(limit=10_000)
        ],
        "histories": {
            stream: (
                history.version,
                [e.position for e in history.events],
                history.snapshot
                and (
                    history.snapshot.version,
                    history.snapshot.schema,
                    bytes(history.snapshot.state),
                ),
            )
            for stream, history in histories.items()
        },
        "outbox": [
            (q.sequence, q.outgoing.topic, q.outgoing.key, q.outgoing.event.to_json())
            for q in await store.outbox(limit=10_000)
        ],
        "timers": [(t.name, t.due, t.event.to_json()) for t in await store.due_timers(1e12)],
        "inbox": {group: await store.handled(group, ["1", "2", "3", "4"]) for group in ("g", "h")},
    }


def random_commits() -> st.SearchStrategy[Commit]:
    """Commits over so few names that they get into each other's way."""
    events = st.integers(0, 999).map(lambda n: event(str(n)))
    streams = st.sampled_from(STREAMS)
    timers = st.sampled_from(["x", "y"])
    return st.builds(
        Commit,
        appends=_tuples(
            st.builds(
                Append,
                stream=streams,
                expected=st.just(ANY_VERSION) | st.integers(0, 5),
                events=_tuples(events, 3),
            ),
            3,
        ),
        outgoing=_tuples(
            st.builds(Outgoing, topic=st.just("t"), key=st.sampled_from("kl"), event=events), 2
        ),
        handled=_tuples(st.sampled_from(_MESSAGES), 1) | _tuples(st.sampled_from(_MESSAGES), 2),
        timers=_tuples(
            st.builds(Timer, name=timers, due=st.integers(1, 3).map(float), event=events), 2
        ),
        cancelled=_tuples(timers, 1),
        snapshots=_tuples(
            st.builds(
                Snapshot,
                stream=streams,
                version=st.integers(0, 3),
                schema=st.sampled_from("st"),
                state=st.integers(0, 99).map(lambda n: msgspec.Raw(str(n).encode())),
            ),
            1,
        ),
        fences=_tuples(st.builds(Fence, name=st.sampled_from("pq"), token=st.integers(1, 3)), 2)
        | st.just(()),
    )


def _tuples(items: st.SearchStrategy[object], most: int) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=most).map(tuple)
