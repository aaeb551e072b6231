"""Registers in which every value is written once: linearizable or not, without a search.

The algorithm is that of Gibbons and Korach (Testing Shared Memories, 1997). A write and the
reads of its value are a cluster, and the value was certainly there from the first completion in
its cluster to the last invocation: if these are in this order, that is a *forward* zone. If all
operations of a cluster overlap, its value may have been there for a moment only, somewhere in
its *backward* zone, from the last invocation to the first completion. The history can be ordered
if no value was read before its write began, no two forward zones overlap, and no backward zone
lies within a forward one. It takes as long as sorting the values, however many clients there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from enum import StrEnum

import msgspec

from practicum.checking.history.operation import Operation, Outcome

START = -1
"""The position before every event, when the initial value was there."""


class Why(StrEnum):
    """What keeps a history of unique writes from being ordered."""

    UNWRITTEN = "a value was read that nobody wrote"
    EARLY = "a value was read before its write began"
    BOTH = "two values were certainly there at once"
    OVERWRITTEN = "a value came while another was certainly there"


class Cluster(msgspec.Struct, gc=False):
    """A value's first completion and last invocation, the invocation of its write (``START``
    for the initial value, None if there is no write)."""

    value: Hashable
    first_end: int
    last_begin: int
    written: int | None = None


class Conflict(msgspec.Struct, frozen=True):
    """Two clusters that cannot both be, or one that cannot be by itself."""

    why: Why
    cluster: Cluster
    other: Cluster | None = None


def applies(operations: Iterable[Operation], read: str, write: str, initial: Hashable) -> bool:
    """Whether there are only reads and writes, and no value is written twice."""
    kinds = {read, write}
    values = [initial]
    for each in operations:
        if each.kind not in kinds:
            return False
        if each.kind == write:
            values.append(each.input)
    return len(set(values)) == len(values)


def conflict(operations: Sequence[Operation], read: str, initial: Hashable) -> Conflict | None:
    """Why the operations, in order of invocation, cannot be ordered; None if they can.

    Only for those to which this ``applies``. Nothing is asked of a read of unknown outcome.
    """
    clusters = {initial: Cluster(initial, START, START, START)}
    get = clusters.get
    for each in operations:
        reads = each.kind == read
        if each.outcome is not Outcome.OK and (reads or each.outcome is Outcome.FAIL):
            continue
        value = each.output if reads else each.input
        cluster = get(value)
        if cluster is None:
            cluster = clusters[value] = Cluster(value, each.completed, each.invoked)
        else:
            cluster.last_begin = each.invoked
            if each.completed < cluster.first_end:
                cluster.first_end = each.completed
        if not reads:
            cluster.written = each.invoked
    return _alone(clusters.values()) or _together(clusters.values())


def _alone(clusters: Iterable[Cluster]) -> Conflict | None:
    """A value that nobody wrote, or wrote too late."""
    for each in clusters:
        if each.written is None:
            return Conflict(Why.UNWRITTEN, each)
        if each.first_end < each.written:
            return Conflict(Why.EARLY, each)
    return None


def _together(clusters: Iterable[Cluster]) -> Conflict | None:
    """Two values that were there at once."""
    forward: list[Cluster] = []
    backward: list[Cluster] = []
    for each in clusters:
        (forward if each.first_end < each.last_begin else backward).append(each)
    forward.sort(key=_first_end)
    before = None
    for each in forward:
        if before is not None and before.last_begin > each.first_end:
            return Conflict(Why.BOTH, before, each)
        before = each
    starts = [each.first_end for each in forward]
    for each in backward:
        at = bisect_left(starts, each.last_begin) - 1
        if at >= 0 and each.first_end < forward[at].last_begin:
            return Conflict(Why.OVERWRITTEN, forward[at], each)
    return None


def _first_end(cluster: Cluster) -> int:
    return cluster.first_end
