"""Causal consistency: nobody misses what they can know of.

The conditions are those of Bouajjani, Enea, Guerraoui and Hamza (On Verifying Causal
Consistency, 2017): for values written once to a key they are exact, and quick to test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import islice, pairwise

from practicum.checking.consistency.reads_from import WRITES, Causality, ReadsFrom
from practicum.checking.graphs import knots, shortest_path
from practicum.checking.history.building import History
from practicum.checking.history.operation import Operation
from practicum.checking.history.words import on_key, when, who, whose
from practicum.checking.proof import Proof, proved
from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict

CHECK = "causal consistency"


def causal(history: History, *, initial: Hashable = None, convergent: bool = False) -> Judgement:
    """Whether every read found a value that no write it can know of had replaced.

    ``convergent`` asks more: that all clients can order the writes of a key in one way, as
    they must if replicas are to end up the same (causal convergence). Unknown if a value was
    written to a key twice, for then nobody can tell which write was read.
    """
    known = ReadsFrom(history, initial)
    expected = "every read knows the writes that came before it through its own session and reads"
    if convergent:
        expected += ", and all agree on one order of the writes to a key"
    if known.repeated:
        return ambiguous(CHECK, expected, known)
    return proved(
        CHECK,
        expected=expected,
        seen=f"{len(known.operations)} reads and writes in {len(known.sessions)} sessions",
        proofs=list(islice(_wrong(known, convergent), EXAMPLES_MAX)),
    )


def ambiguous(check: str, expected: str, known: ReadsFrom) -> Judgement:
    """Nothing can be said where a value was written twice."""
    return Judgement(
        check=check,
        verdict=Verdict.UNKNOWN,
        expected=expected,
        seen=f"{len(known.repeated)} values were written more than once",
        examples=tuple(known.repeated[:EXAMPLES_MAX]),
        look_next="let every write of a key have a value of its own, so that reads tell it",
    )


def phantom(read: Operation) -> Proof:
    """A value from nowhere."""
    words = f"{who(read)} {on_key(read)}, {when(read)}, which nobody wrote there"
    return Proof(words, (read,))


def circular(circle: list[Operation]) -> Proof:
    """Operations that came before themselves."""
    words = f"{whose(circle[0])} came before itself: somebody read a value before it was written"
    return Proof(words, steps=tuple(f"{who(each)} {on_key(each)}" for each in circle))


def _wrong(known: ReadsFrom, convergent: bool) -> Iterator[Proof]:
    yield from map(phantom, known.phantoms)
    circle = known.circle()
    if circle:
        yield circular(circle)
        return
    order = Causality(known)
    stale = False
    for proof in _stale(known, order):
        stale = True
        yield proof
    if convergent and not stale:
        yield from _disagreeing(known, order)


def _stale(known: ReadsFrom, order: Causality) -> Iterator[Proof]:
    """Reads of what the reader can know to have been replaced."""
    for id, source in known.source.items():
        read = known.by_id[id]
        if source is None and read in known.phantoms:
            continue
        for write in order.known_writes(read):
            if write is not source and (source is None or order.precedes(source, write)):
                yield _replaced(known, read, source, write)
                break


def _replaced(
    known: ReadsFrom, read: Operation, source: Operation | None, write: Operation
) -> Proof:
    old = "the initial value" if source is None else "a value that it replaced"
    words = f"{who(read)} {on_key(read)}, {when(read)}, {old}, although it could know of "
    words += f"{whose(write)}"
    chain = known.chain(write, read)
    steps = [] if source is None else [*known.chain(source, write)[:-1]]
    return Proof(words, steps=(*steps, *chain))


def _disagreeing(known: ReadsFrom, order: Causality) -> Iterator[Proof]:
    """Clients who cannot agree in which order a key was written: whoever read one write while
    knowing of another holds the other for the earlier one."""
    after: dict[int, set[int]] = {id: set() for id in known.by_id}
    for id in known.by_id:
        for before in known.before(id):
            after[before].add(id)
    because: defaultdict[tuple[int, int], list[Operation]] = defaultdict(list)
    for id, source in known.source.items():
        if source is None:
            continue
        read = known.by_id[id]
        for write in order.known_writes(read):
            if write is not source:
                after[write.invoked].add(source.invoked)
                because[write.invoked, source.invoked].append(read)
    for knot in knots(after):
        path = shortest_path(lambda id: after[id], knot[0], knot[0], set(knot)) or []
        steps = []
        for one, two in pairwise(path):
            first, second = known.by_id[one], known.by_id[two]
            if second.kind in WRITES and (one, two) in because:
                read = because[one, two][0]
                steps.append(
                    f"{whose(first)} is before {whose(second)}: {who(read)} {on_key(read)}, "
                    f"{when(read)}, though it could know of the other"
                )
            else:
                steps.append(f"{who(first)} {on_key(first)} before {who(second)} {on_key(second)}")
        writes = [known.by_id[id] for id in path if known.by_id[id].kind in WRITES]
        words = f"no order of the writes suits all who read them, {whose(writes[0])} among them"
        yield Proof(words, steps=tuple(steps))
