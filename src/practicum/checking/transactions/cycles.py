"""Cycles of dependencies, each named by the weakest of its edges."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from practicum.checking.graphs import knots, shortest_path
from practicum.checking.proof import Proof
from practicum.checking.transactions.anomaly import (
    CIRCULAR,
    DIRTY_WRITE,
    PROCESS,
    READ_SKEW,
    REALTIME,
    WRITE_SKEW,
    Anomaly,
)
from practicum.checking.transactions.dependencies import Dependencies, Edge
from practicum.checking.transactions.versions import named

KINDS = (
    (DIRTY_WRITE, Edge.WW, frozenset({Edge.WW})),
    (CIRCULAR, Edge.WR, frozenset({Edge.WW, Edge.WR})),
    (READ_SKEW, Edge.RW, frozenset({Edge.WW, Edge.WR})),
    (WRITE_SKEW, Edge.RW, frozenset({Edge.WW, Edge.WR, Edge.RW})),
)
"""A cycle's name, an edge that it must have, and what all its other edges are."""

SUFFIXES = (
    ("", frozenset[Edge]()),
    (PROCESS, frozenset({Edge.PROCESS})),
    (REALTIME, frozenset({Edge.REALTIME})),
)
CYCLES_TRIED = 50
"""Cycles among which the shortest of a knot is chosen."""

Cycle = list[tuple[int, int, Edge]]
"""Edges, each from where the last one led."""


def cycles(found: Dependencies) -> Iterator[Anomaly]:
    """For each knot of transactions, the shortest cycle of the worst kind that is in it.

    Read and write skew are told apart by how many writes were missed: one, or more.
    """
    for suffix, extra in SUFFIXES:
        for name, needed, rest in KINDS:
            allowed = rest | extra
            graph = _graph(found, allowed | {needed})
            for knot in knots(graph):
                cycle = _shortest(found, frozenset(knot), needed, allowed)
                if cycle is None:
                    continue
                whys = [why for _, _, why in cycle]
                if suffix and extra.isdisjoint(whys):
                    continue
                if name == WRITE_SKEW and whys.count(Edge.RW) == 1:
                    continue
                yield Anomaly(name + suffix, _proof(found, cycle))


def _graph(found: Dependencies, allowed: Collection[Edge]) -> dict[int, list[int]]:
    return {
        one: [two for two, whys in after.items() if not whys.keys().isdisjoint(allowed)]
        for one, after in found.edges.items()
    }


def _shortest(
    found: Dependencies, knot: frozenset[int], needed: Edge, allowed: Collection[Edge]
) -> Cycle | None:
    """A cycle of one edge that is needed, and as few others that are allowed as possible."""
    best: list[int] | None = None
    tried = 0
    graph = {one: after for one, after in _graph(found, allowed).items() if one in knot}
    for one in sorted(knot):
        for two, whys in found.edges[one].items():
            if needed in whys and two in knot and tried < CYCLES_TRIED:
                path = shortest_path(graph.__getitem__, two, one, knot)
                tried += path is not None
                if path is not None and (best is None or len(path) < len(best)):
                    best = path
    if best is None:
        return None
    closing = (best[-1], best[0], needed)
    return [closing, *((a, b, _why(found, a, b, allowed)) for a, b in pairwise(best))]


def _why(found: Dependencies, one: int, two: int, allowed: Collection[Edge]) -> Edge:
    """The plainest reason for an edge, of those allowed."""
    return next(why for why in Edge if why in allowed and why in found.edges[one][two])


def _proof(found: Dependencies, cycle: Cycle) -> Proof:
    names = {one: f"T{number}" for number, (one, _, _) in enumerate(cycle, start=1)}
    reasons = [found.told(one, two, why, (names[one], names[two])) for one, two, why in cycle]
    row = " before ".join([*names.values(), "T1"])
    return Proof(
        f"{row}: {'; '.join(reason.partition(': ')[2] for reason in reasons)}",
        steps=(*named([found.by_id[one] for one in names]), *reasons),
    )
