"""Order, missing prerequisites and cycles, over graphs of any shape."""

from __future__ import annotations

import graphlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from practicum.curriculum.graph import Edge, Graph

NODES = [f"n{index}" for index in range(8)]


@st.composite
def graphs(draw: st.DrawFn, *, acyclic: bool) -> Graph:
    """Graphs whose nodes and edges come in any order."""
    names = draw(st.permutations(NODES))
    pairs = draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16))
    edges = []
    for first, second in pairs:
        before, after = (min(first, second), max(first, second)) if acyclic else (first, second)
        if acyclic and before == after:
            continue
        only = draw(st.booleans())
        edges.append(Edge(before=names[before], after=names[after], order_only=only))
    return Graph(draw(st.permutations(NODES)), edges)


STEPS = st.lists(st.sampled_from(NODES), max_size=8)


def below(graph: Graph, wanted: list[str]) -> set[str]:
    """All that is needed, by the definition: repeat until nothing comes along any more."""
    found = set(wanted)
    while True:
        more = {e.before for e in graph.edges if e.after in found and not e.order_only} - found
        if not more:
            return found
        found |= more


@given(graphs(acyclic=True), STEPS)
def test_nothing_stands_before_what_it_needs(graph: Graph, steps: list[str]) -> None:
    """Each step once, and every edge between them respected, near or far."""
    order = graph.order(steps)
    assert sorted(order) == sorted(set(steps))
    place = {step: index for index, step in enumerate(order)}
    for edge in graph.edges:
        if edge.before in place and edge.after in place:
            assert place[edge.before] < place[edge.after]


@given(STEPS)
def test_without_dependencies_the_order_is_the_one_that_was_given(steps: list[str]) -> None:
    """First come, first served."""
    assert Graph(NODES, []).order(steps) == list(dict.fromkeys(steps))


@given(graphs(acyclic=True), STEPS)
def test_an_order_is_not_ordered_again(graph: Graph, steps: list[str]) -> None:
    """Sorting a second time changes nothing."""
    once = graph.order(steps)
    assert graph.order(once) == once


@given(graphs(acyclic=False), STEPS)
def test_what_is_missing_is_what_is_needed_and_was_not_asked_for(
    graph: Graph, steps: list[str]
) -> None:
    """All of it, nothing else; each because of an edge that is there."""
    missing = graph.missing(steps)
    assert set(missing) == below(graph, steps) - set(steps)
    needs = {(edge.before, edge.after) for edge in graph.edges if not edge.order_only}
    assert all((name, added.after) in needs for name, added in missing.items())
    assert graph.missing([*steps, *missing]) == {}


@given(graphs(acyclic=False))
def test_cycles_are_found_exactly_when_there_is_no_order(graph: Graph) -> None:
    """Each is a way back; without an edge of each, an order exists."""
    cycles = graph.cycles()
    sorter = graphlib.TopologicalSorter[str]()
    for edge in graph.edges:
        sorter.add(edge.after, edge.before)
    try:
        sorter.prepare()
        ordered = True
    except graphlib.CycleError:
        ordered = False
    assert ordered == (cycles == [])
    for cycle in cycles:
        assert cycle.path[0] == cycle.path[-1]
        assert all(edge in graph.edges for edge in cycle.edges)
        for edge, then in itertools.pairwise(cycle.edges):
            assert edge.after == then.before


@given(graphs(acyclic=False), st.lists(st.sampled_from(NODES), unique=True))
def test_an_edge_to_nowhere_is_told(graph: Graph, gone: list[str]) -> None:
    """Both of its ends are looked at."""
    rest = Graph([node for node in NODES if node not in gone], graph.edges)
    told = {(edge.before, edge.after, name) for edge, name in rest.dangling()}
    assert told == {
        (edge.before, edge.after, name)
        for edge in graph.edges
        for name in (edge.before, edge.after)
        if name in gone
    }


def test_a_long_chain_does_not_recurse() -> None:
    """Ten thousand modules, each built on the one before."""
    names = [str(index) for index in range(10_000)]
    edges = [Edge(before=a, after=b) for a, b in itertools.pairwise(names)]
    graph = Graph(names, edges)
    assert graph.order(reversed(names)) == names
    assert len(graph.missing([names[-1]])) == 9_999
    assert graph.cycles() == []
