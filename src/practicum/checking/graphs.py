"""Graphs of what must come before what: a cycle in one is a proof that there is no order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import TypeVar

N = TypeVar("N", bound=Hashable)
After = Mapping[N, Iterable[N]]
"""For each node, those that come after it."""


def knots(graph: After[N]) -> list[list[N]]:
    """The strongly connected components of more than one node, and nodes that precede
    themselves.

    The algorithm is Tarjan's (1972), with a stack of its own, in time linear in the edges.
    """
    number: dict[N, int] = {}
    low: dict[N, int] = {}
    held: dict[N, None] = {}
    found: list[list[N]] = []
    for root in graph:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        held[root] = None
        walk = [(root, iter(graph[root]))]
        while walk:
            node, rest = walk[-1]
            for other in rest:
                if other not in number:
                    number[other] = low[other] = len(number)
                    held[other] = None
                    walk.append((other, iter(graph.get(other, ()))))
                    break
                if other in held:
                    low[node] = min(low[node], number[other])
            else:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == number[node]:
                    found.append(_taken(held, node))
    return [each for each in found if len(each) > 1 or each[0] in graph.get(each[0], ())]


def _taken(held: dict[N, None], last: N) -> list[N]:
    taken = []
    while True:
        node, _ = held.popitem()
        taken.append(node)
        if node == last:
            return taken


def shortest_path(
    after: Callable[[N], Iterable[N]], start: N, goal: N, within: Collection[N] | None = None
) -> list[N] | None:
    """The fewest steps, at least one, from ``start`` to ``goal``, both included; None if there
    is no way ``within`` some nodes, or at all."""
    came: dict[N, N] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for other in after(node):
            if other == goal:
                path = [goal, node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if other not in came and other != start and (within is None or other in within):
                came[other] = node
                waiting.append(other)
    return None
