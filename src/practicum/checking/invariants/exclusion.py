"""Mutual exclusion: one holder at a time, and fencing tokens that keep late ones out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from practicum.checking.history.building import History, keyed
from practicum.checking.history.operation import NEVER, Operation, Outcome
from practicum.checking.history.words import begun, describe, ended, when, who
from practicum.checking.proof import Proof, proved
from practicum.checking.verdict import Judgement


class Hold(msgspec.Struct, frozen=True):
    """A lock was surely held from the end of an acquire to the beginning of what gave it back:
    ``until`` is a position in the history, ``release`` that operation."""

    acquire: Operation
    until: int
    release: Operation | None = None

    def told(self) -> str:
        """Who held it from when to when."""
        since = f"{who(self.acquire)} held it from {ended(self.acquire).removeprefix('at ')}"
        if self.release is None:
            return f"{since} on and never gave it back"
        return f"{since} to {begun(self.release).removeprefix('at ')}"


def held_alone(history: History, *, expires: bool = False) -> Judgement:
    """Whether nobody held a lock while somebody else did.

    ``acquire`` and ``release`` are by key, if there are keys. Who never gives a lock back holds
    it for ever, unless it ``expires``, as a lease does: then such a hold proves nothing, and
    what protects from its late holder is a fencing token (``fenced``).
    """
    proofs: list[Proof] = []
    holds = 0
    for operations in keyed(history).values():
        found = list(_holds(operations, expires))
        holds += len(found)
        proofs += _overlaps(found)
    return proved(
        "mutual exclusion",
        expected="a lock is held by one client at a time",
        seen=f"{holds} holds, {len(proofs)} while another was going on",
        proofs=proofs,
    )


def _holds(operations: list[Operation], expires: bool) -> Iterator[Hold]:
    waiting: dict[int | str, Operation] = {}
    for each in operations:
        if each.kind == "acquire" and each.outcome is Outcome.OK and each.output is not False:
            waiting[each.process] = each
        elif each.kind == "release" and each.outcome is not Outcome.FAIL:
            acquire = waiting.pop(each.process, None)
            if acquire is not None:
                yield Hold(acquire, each.invoked, each)
    if not expires:
        for acquire in waiting.values():
            yield Hold(acquire, NEVER)


def _overlaps(holds: list[Hold]) -> Iterator[Proof]:
    longest: Hold | None = None
    for each in sorted(holds, key=lambda hold: hold.acquire.completed):
        if longest is not None and each.acquire.completed < longest.until:
            where = describe(each.acquire.key)
            words = f"{longest.told()}, and {each.told()}"
            those = (longest.acquire, longest.release, each.acquire, each.release)
            operations = tuple(one for one in those if one is not None)
            yield Proof(f"{where}: {words}" if where else words, operations)
        if longest is None or each.until > longest.until:
            longest = each


def fenced(history: History) -> Judgement:
    """Whether fencing tokens do their work (Kleppmann, How to Do Distributed Locking, 2016).

    The output of ``acquire`` is its token, a number: a later acquire has a greater one. The
    input of ``store``, the write to what the lock protects, is ``[token, value]``: once it
    has succeeded with a token, it must not succeed with a smaller one. By key.
    """
    proofs: list[Proof] = []
    tokens = stores = 0
    for operations in keyed(history).values():
        known = [each for each in operations if each.outcome is Outcome.OK]
        granted = [each for each in known if each.kind == "acquire" and _is_number(each.output)]
        stored = [each for each in known if each.kind == "store"]
        tokens, stores = tokens + len(granted), stores + len(stored)
        proofs += _not_greater(granted)
        proofs += _let_in_late(stored)
    return proved(
        "fencing tokens",
        expected="tokens grow, and nothing is stored with one after a greater one was used",
        seen=f"{tokens} tokens, {stores} writes stored, {len(proofs)} too late",
        proofs=proofs,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _not_greater(granted: list[Operation]) -> Iterator[Proof]:
    for before, each in _after_greatest(granted, lambda one: int(one.output)):
        if each.output <= before.output:
            words = f"{who(each)} got token {each.output}, {when(each)}, after {who(before)} had "
            yield Proof(f"{words}got {before.output}, {when(before)}", (before, each))


def _let_in_late(stored: list[Operation]) -> Iterator[Proof]:
    for before, each in _after_greatest(stored, lambda one: int(one.input[0])):
        late, used = each.input[0], before.input[0]
        if late < used:
            words = f"{who(each)} stored with token {late}, {when(each)}, although "
            words += f"{who(before)} had stored with {used}, {when(before)}"
            yield Proof(f"{words}: a holder whose time is over was let in", (before, each))


def _after_greatest(
    operations: list[Operation], number: Callable[[Operation], int]
) -> Iterator[tuple[Operation, Operation]]:
    """Each operation, with that of the greatest number that had ended before it began."""
    ends = sorted(operations, key=lambda one: one.completed)
    at = 0
    greatest: Operation | None = None
    for each in sorted(operations, key=lambda one: one.invoked):
        while ends[at].completed < each.invoked:
            if greatest is None or number(ends[at]) > number(greatest):
                greatest = ends[at]
            at += 1
        if greatest is not None:
            yield greatest, each
