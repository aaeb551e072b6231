"""Convergence: when everything is quiet, all replicas hold the same, and what was acknowledged."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Hashable, Iterable, Mapping
from itertools import accumulate

from practicum.checking.history.building import History
from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.values import tell_value
from practicum.checking.history.words import ended, listed, whose
from practicum.checking.proof import Proof, proved
from practicum.checking.verdict import Judgement, Verdict, judge


def set_converged(history: History, finals: Mapping[str, Collection[Hashable]]) -> Judgement:
    """Whether all replicas ended with the same members: all that were surely added last, and
    none that was surely removed last or never added.

    ``history`` has the clients' ``add`` and ``remove`` operations, whose input is the member;
    ``finals`` what each replica held when nothing moved any more. What only an operation of
    unknown outcome speaks for may be there or not, but everywhere alike. Unknown without
    replicas.
    """
    adds, removes = _by_member(history, "add"), _by_member(history, "remove")
    held = {name: frozenset(members) for name, members in finals.items()}
    union = frozenset().union(*held.values())
    wrong = []
    for member in sorted(union | adds.keys(), key=tell_value):
        there = sorted(name for name, members in held.items() if member in members)
        missing = sorted(held.keys() - set(there))
        words = tell_value(member)
        put = _last(adds.get(member, ()), removes.get(member, ()))
        gone = _last(removes.get(member, ()), adds.get(member, ()))
        if missing and put is not None:
            wrong.append(f"{words} is lost on {listed(missing)}: {whose(put)} ended {ended(put)}")
        elif there and member not in adds:
            wrong.append(f"{words} is on {listed(there)}, and nobody added it")
        elif there and gone is not None:
            wrong.append(f"{words} is on {listed(there)}: {whose(gone)} ended {ended(gone)}")
        elif there and missing:
            wrong.append(f"{words} is on {listed(there)} but not on {listed(missing)}")
    expected = "all replicas with the same members, those that were acknowledged among them"
    sizes = listed([f"{name} {len(members)}" for name, members in sorted(held.items())])
    return _of_replicas("set convergence", expected, f"members: {sizes}", wrong, held)


def counter_converged(
    history: History, finals: Mapping[str, int], *, initial: int = 0
) -> Judgement:
    """Whether all replicas ended with the same sum: of all that was surely added, and of any
    of what may have been added. ``history`` has the ``add`` operations, ``finals`` what each
    replica held when nothing moved any more. Unknown without replicas."""
    adds = [each for each in history if each.kind == "add"]
    sure = initial + sum(each.input for each in adds if each.outcome is Outcome.OK)
    unsure = [each.input for each in adds if each.outcome is Outcome.INFO]
    low = sure + sum(each for each in unsure if each < 0)
    high = sure + sum(each for each in unsure if each > 0)
    span = f"{low}" if low == high else f"{low} to {high}"
    wrong = [
        f"{name} holds {value}, and not {span}"
        for name, value in sorted(finals.items())
        if not low <= value <= high
    ]
    told = listed([f"{name} {value}" for name, value in sorted(finals.items())])
    if not wrong and len(set(finals.values())) > 1:
        wrong.append(f"the replicas differ: {told}")
    expected = f"all replicas with the same sum, {span}"
    return _of_replicas("counter convergence", expected, told, wrong, finals)


def counter_reads(history: History, *, initial: int = 0) -> Judgement:
    """Whether every read of a counter found a sum that can have been there while it read:
    of what had been added for sure before it began, and any of what was begun before it ended.

    Weaker than linearizability, but quick however many clients there are.
    """
    adds = [each for each in history if each.kind == "add" and each.outcome is not Outcome.FAIL]
    settled = _Sums((each.completed, each.input) for each in adds if each.completed != NEVER)
    low_settled = _Sums((each.completed, min(each.input, 0)) for each in adds)
    high_settled = _Sums((each.completed, max(each.input, 0)) for each in adds)
    low_begun = _Sums((each.invoked, min(each.input, 0)) for each in adds)
    high_begun = _Sums((each.invoked, max(each.input, 0)) for each in adds)
    proofs = []
    reads = [each for each in history if each.kind == "read" and each.outcome is Outcome.OK]
    for read in reads:
        base = initial + settled(read.invoked)
        low = base + low_begun(read.completed) - low_settled(read.invoked)
        high = base + high_begun(read.completed) - high_settled(read.invoked)
        if not low <= read.output <= high:
            span = f"{low}" if low == high else f"between {low} and {high}"
            proofs.append(Proof(f"{whose(read)} should have found {span}", (read,)))
    return proved(
        "counter reads",
        expected="every read finds a sum that was there while it read",
        seen=f"{len(adds)} additions, {len(reads)} reads, {len(proofs)} out of bounds",
        proofs=proofs,
    )


class _Sums:
    """The sum of all amounts before a position."""

    def __init__(self, amounts: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(amounts)
        self._at = [at for at, _ in ordered]
        self._sums = [0, *accumulate(amount for _, amount in ordered)]

    def __call__(self, position: int) -> int:
        return self._sums[bisect_left(self._at, position)]


def _by_member(history: History, kind: str) -> dict[Hashable, list[Operation]]:
    found: dict[Hashable, list[Operation]] = {}
    for each in history:
        if each.kind == kind and each.outcome is not Outcome.FAIL:
            found.setdefault(each.input, []).append(each)
    return found


def _last(some: Iterable[Operation], others: Collection[Operation]) -> Operation | None:
    """One of some that surely happened, after all the others."""
    for each in some:
        if each.outcome is Outcome.OK and all(other.precedes(each) for other in others):
            return each
    return None


def _of_replicas(
    check: str, expected: str, seen: str, wrong: list[str], finals: Mapping[str, object]
) -> Judgement:
    if not finals:
        return Judgement(
            check=check,
            verdict=Verdict.UNKNOWN,
            expected=expected,
            seen="no replica was read",
            look_next="read every replica when nothing moves any more",
        )
    return judge(check, expected=expected, seen=seen, wrong=wrong)
