"""What comes before what: order, prerequisites that are missing, cycles.

Nothing recurses, so a chain may be as long as it likes.
"""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Collection, Iterable, Sequence

import msgspec


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """``before`` comes before ``after``, because of ``why``. With ``order_only`` it matters only
    where both are; ``source`` is what declared it, to tell where it stands."""

    before: str
    after: str
    why: str = ""
    order_only: bool = False
    source: tuple[str | int, ...] = ()


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A prerequisite that was not asked for: ``after`` needs it, for the reason ``why``."""

    after: str
    why: str


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Edges that lead from a node back to it."""

    edges: tuple[Edge, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """The nodes on the way, the first one at both ends."""
        return (*(edge.before for edge in self.edges), self.edges[-1].after)


class Graph:
    """Nodes, and the edges into each of them in the order given."""

    def __init__(self, nodes: Iterable[str], edges: Iterable[Edge]) -> None:
        self.nodes = tuple(dict.fromkeys(nodes))
        self.edges = tuple(edges)
        self._into: dict[str, list[Edge]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            self._into.setdefault(edge.after, []).append(edge)

    def needed_by(self, node: str) -> tuple[Edge, ...]:
        """The edges into a node."""
        return tuple(self._into.get(node, ()))

    def dangling(self) -> list[tuple[Edge, str]]:
        """Edges that name a node which is not there, with that name."""
        known = frozenset(self.nodes)
        return [
            (edge, name)
            for edge in self.edges
            for name in (edge.before, edge.after)
            if name not in known
        ]

    def cycles(self) -> list[Cycle]:
        """Cycles that share no edge; empty exactly when an order exists."""
        left = {(edge.before, edge.after): edge for edge in reversed(self.edges)}
        found = []
        while True:
            sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
            for before, after in left:
                sorter.add(after, before)
            try:
                sorter.prepare()
            except graphlib.CycleError as error:
                nodes: Sequence[str] = error.args[1]
                pairs = list(itertools.pairwise(nodes))
                found.append(Cycle(edges=tuple(left.pop(pair) for pair in pairs)))
            else:
                return found

    def missing(self, wanted: Collection[str]) -> dict[str, Added]:
        """The prerequisites of ``wanted``, near and far, that are not among them; each with the
        first step that needs it."""
        have = set(wanted)
        found: dict[str, Added] = {}
        waiting = list(reversed(list(dict.fromkeys(wanted))))
        while waiting:
            node = waiting.pop()
            fresh = []
            for edge in self.needed_by(node):
                if not edge.order_only and edge.before not in have:
                    have.add(edge.before)
                    found[edge.before] = Added(after=node, why=edge.why)
                    fresh.append(edge.before)
            waiting.extend(reversed(fresh))
        return found

    def order(self, steps: Iterable[str]) -> list[str]:
        """The steps so that nothing stands before what it needs, and otherwise as given.

        Each is preceded by those of its prerequisites that are among the steps. The graph must
        have no cycle; of one that has, an order comes out that breaks it somewhere.
        """
        asked = list(dict.fromkeys(steps))
        among = frozenset(asked)
        # A far prerequisite counts even where the step between is not among the steps.
        entered: set[str] = set()
        done: dict[str, None] = {}
        for step in asked:
            stack = [(step, False)]
            while stack:
                node, is_ready = stack.pop()
                if is_ready:
                    done[node] = None
                elif node not in entered:
                    entered.add(node)
                    stack.append((node, True))
                    before = [edge.before for edge in self.needed_by(node)]
                    stack.extend((each, False) for each in reversed(before))
        return [node for node in done if node in among]
