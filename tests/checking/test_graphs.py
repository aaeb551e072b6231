"""Knots and paths agree with the slow way, and what is shrunk cannot lose anything more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.graphs import knots, shortest_path
from practicum.checking.shrinking import shrink

GRAPHS = st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7).map(
    lambda lists: {node: sorted(after) for node, after in enumerate(lists)}
)


def distances(graph: dict[int, list[int]]) -> dict[tuple[int, int], int]:
    """Steps from each node to each other, and back to itself, by looking further and further."""
    found: dict[tuple[int, int], int] = {}
    for start in graph:
        ends, steps = {start}, 0
        while steps < len(graph):
            ends = {after for node in ends for after in graph[node]}
            steps += 1
            for end in ends:
                found.setdefault((start, end), steps)
    return found


@given(GRAPHS)
def test_knots_are_what_reaches_each_other(graph: dict[int, list[int]]) -> None:
    """Each node of a knot precedes all of it, itself included."""
    far = distances(graph)
    meant = {
        frozenset(two for two in graph if (one, two) in far and (two, one) in far)
        for one in graph
        if (one, one) in far
    }
    found = knots(graph)
    assert {frozenset(each) for each in found} == meant
    assert sum(map(len, found)) == sum(map(len, meant))


@given(GRAPHS, st.integers(0, 6), st.integers(0, 6))
def test_a_path_is_as_short_as_can_be(graph: dict[int, list[int]], start: int, goal: int) -> None:
    """And each of its steps is an edge."""
    path = shortest_path(graph.__getitem__, start, goal)
    steps = distances(graph).get((start, goal))
    if path is None:
        assert steps is None
        return
    assert (path[0], path[-1], len(path) - 1) == (start, goal, steps)
    assert all(two in graph[one] for one, two in pairwise(path))


def test_a_path_stays_within_what_is_allowed() -> None:
    """The goal itself need not be."""
    graph = {1: [2, 3], 2: [4], 3: [2], 4: []}
    assert shortest_path(graph.__getitem__, 1, 4, {1, 2}) == [1, 2, 4]
    assert shortest_path(graph.__getitem__, 1, 4, {1, 3}) is None


def left_out(chosen: Sequence[int], items: Sequence[int]) -> list[int]:
    """Odd numbers take the next even one with them; 0 stays."""
    gone = {*chosen, *(each + 1 for each in chosen if each % 2)} - {0}
    return [each for each in items if each not in gone]


@given(st.sets(st.integers(0, 40)), st.data())
def test_what_is_shrunk_cannot_lose_any_one_more(items: set[int], data: st.DataObject) -> None:
    """Of what may go at all."""
    wanted = data.draw(st.sets(st.sampled_from(sorted(items)))) if items else set()
    few = shrink(sorted(items), lambda some: wanted <= set(some), left_out)
    assert wanted <= set(few)
    for each in few:
        assert each == 0 or not wanted <= set(left_out([each], few))


def test_shrinking_stops_when_the_tries_run_out() -> None:
    """With the smallest that still failed."""
    asked: list[int] = []

    def fails(some: Sequence[int]) -> bool:
        asked.append(len(some))
        return 5 in some

    few = shrink(range(64), fails, lambda gone, some: [x for x in some if x not in gone], 3)
    assert len(asked) == 3
    assert 5 in few
    assert 1 < len(few) < 64
