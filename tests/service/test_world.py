"""Identities and timestamps from a world."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import given
from hypothesis import strategies as st

from practicum.service.live.clock import LiveWorld
from practicum.service.world import new_id, rfc3339
from worlds.fixed import FixedWorld

MOMENTS = st.floats(0, 4e9)


@given(st.integers(), MOMENTS)
def test_an_id_is_a_uuid_of_version_7_with_the_worlds_time(seed: int, now: float) -> None:
    """As RFC 9562 lays it out: milliseconds first, then version, variant and chance."""
    id = uuid.UUID(new_id(FixedWorld(seed, now)))
    assert (id.version, id.variant) == (7, uuid.RFC_4122)
    assert id.int >> 80 == int(now * 1000)


@given(MOMENTS, st.floats(0.001, 1e6))
def test_later_ids_sort_behind_earlier_ones(now: float, later_s: float) -> None:
    """From the next millisecond on, as text."""
    world = FixedWorld(now=now)
    first = new_id(world)
    world.advance(later_s)
    assert int(world.now() * 1000) == int(now * 1000) or first < new_id(world)


def test_ids_of_one_moment_differ_and_follow_the_seed() -> None:
    """A thousand of them; the same seed gives the same ones."""
    worlds = [FixedWorld(seed) for seed in (1, 1, 2)]
    first, again, other = ([new_id(world) for _ in range(1000)] for world in worlds)
    assert len(set(first)) == 1000
    assert first == again
    assert set(first).isdisjoint(other)
    assert new_id(LiveWorld()) != new_id(LiveWorld())


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_a_timestamp_reads_back_to_the_microsecond(seconds: int, microseconds: int) -> None:
    """In UTC, always with six digits."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=microseconds)
    text = rfc3339(moment.timestamp())
    assert len(text) == len("2026-01-01T00:00:00.000000Z")
    assert text.endswith("Z")
    assert abs(dt.datetime.fromisoformat(text) - moment) <= dt.timedelta(microseconds=1)
