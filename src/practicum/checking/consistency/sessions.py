"""Session guarantees (Terry et al., 1994): what one client may rely on in its own session.

Each is told from reads and writes alone, where values are written once to a key. An older
value is one that surely came before: the initial one, or one whose write the newer write's
client can know of (the causal order). What could be in either order is nobody's fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from itertools import islice

from practicum.checking.consistency.causal import ambiguous, circular, phantom
from practicum.checking.consistency.reads_from import READS, WRITES, Causality, ReadsFrom
from practicum.checking.history.building import History
from practicum.checking.history.operation import Operation
from practicum.checking.history.words import on_key, when, who
from practicum.checking.proof import Proof, proved
from practicum.checking.verdict import EXAMPLES_MAX, Judgement

Rule = Callable[["Sessions"], Iterator[Proof]]


class Sessions:
    """Reads and writes by session, and which of two values of a key is the older one."""

    def __init__(self, known: ReadsFrom) -> None:
        self.known = known
        self._order = Causality(known)
        self._odd = {each.invoked for each in known.phantoms}

    def older(self, read: Operation, write: Operation) -> bool:
        """Whether a read found an older value than a write to its key left."""
        source = self.known.source[read.invoked]
        if read.invoked in self._odd or source is write:
            return False
        return source is None or self._order.precedes(source, write)

    def older_than(self, read: Operation, other: Operation) -> bool:
        """Whether a read found an older value than another read of its key."""
        source = self.source(other)
        return source is not None and self.older(read, source)

    def source(self, read: Operation) -> Operation | None:
        """The write that a read saw."""
        return self.known.source[read.invoked]


def read_your_writes(sessions: Sessions) -> Iterator[Proof]:
    """A client finds what it wrote itself, or something newer."""
    for session in sessions.known.sessions.values():
        mine: dict[Hashable, Operation] = {}
        for each in session:
            if each.kind in WRITES:
                mine[each.key] = each
            elif each.key in mine and sessions.older(each, mine[each.key]):
                words = f"{_read(each)}, although it had itself {_wrote(mine[each.key])} before"
                yield Proof(words, _told(sessions, each, mine[each.key]))


def monotonic_reads(sessions: Sessions) -> Iterator[Proof]:
    """A client that found a value finds no older one later."""
    for session in sessions.known.sessions.values():
        found: defaultdict[Hashable, list[Operation]] = defaultdict(list)
        for each in session:
            if each.kind in WRITES:
                continue
            newer = [before for before in found[each.key] if sessions.older_than(each, before)]
            if newer:
                words = f"{_read(each)}, although it had {on_key(newer[-1])} before"
                yield Proof(words, _told(sessions, each, newer[-1], sessions.source(newer[-1])))
            else:
                kept = [one for one in found[each.key] if not sessions.older_than(one, each)]
                found[each.key] = [*kept, each]


def monotonic_writes(sessions: Sessions) -> Iterator[Proof]:
    """Who sees a client's write sees the client's earlier ones too."""
    for each, seen, there in _seen(sessions):
        for write in sessions.known.sessions[seen.process][: sessions.known.place[seen.invoked]]:
            if write.kind in WRITES and write.key == each.key and sessions.older(each, write):
                words = (
                    f"{_read(each)}, although it had {on_key(there)} before: {who(write)} had "
                    f"{_wrote(write)} before that"
                )
                yield Proof(words, _told(sessions, each, write, seen, there))
                break


def writes_follow_reads(sessions: Sessions) -> Iterator[Proof]:
    """Who sees a write sees what its client had read before writing."""
    for each, seen, there in _seen(sessions):
        for read in sessions.known.sessions[seen.process][: sessions.known.place[seen.invoked]]:
            if read.kind in READS and read.key == each.key:
                source = sessions.source(read)
                if source is not None and sessions.older(each, source):
                    words = (
                        f"{_read(each)}, although it had {on_key(there)} before, and {who(read)} "
                        f"had {on_key(read)} before it wrote that"
                    )
                    yield Proof(words, _told(sessions, each, source, read, seen, there))
                    break


def _seen(sessions: Sessions) -> Iterator[tuple[Operation, Operation, Operation]]:
    """Each read, with a write of another session and another key that its client had seen, and
    where it saw it; of each session and key, only the last write that it had seen."""
    for process, session in sessions.known.sessions.items():
        last: dict[tuple[int | str, Hashable], tuple[Operation, Operation]] = {}
        for each in session:
            if each.kind in WRITES:
                continue
            for seen, there in last.values():
                if seen.key != each.key:
                    yield each, seen, there
            source = sessions.source(each)
            if source is None or source.process == process:
                continue
            place = sessions.known.place
            line = (source.process, source.key)
            if line not in last or place[last[line][0].invoked] < place[source.invoked]:
                last[line] = (source, each)


GUARANTEES: dict[str, Rule] = {
    "read your writes": read_your_writes,
    "monotonic reads": monotonic_reads,
    "monotonic writes": monotonic_writes,
    "writes follow reads": writes_follow_reads,
}
"""The four, by name."""


def session_guarantee(name: str, history: History, *, initial: Hashable = None) -> Judgement:
    """Whether a guarantee was kept in every session; a process is a session.

    Unknown if a value was written to a key twice. Raises KeyError for an unknown name.
    """
    rule = GUARANTEES[name]
    expected = (rule.__doc__ or "").strip().rstrip(".").lower()
    known = ReadsFrom(history, initial)
    if known.repeated:
        return ambiguous(name, expected, known)
    circle = known.circle()
    if circle:
        proofs = [circular(circle)]
    else:
        proofs = [*map(phantom, known.phantoms), *islice(rule(Sessions(known)), EXAMPLES_MAX)]
    return proved(
        name,
        expected=expected,
        seen=f"{len(known.operations)} reads and writes in {len(known.sessions)} sessions",
        proofs=proofs,
    )


def _read(operation: Operation) -> str:
    return f"{who(operation)} {on_key(operation)}, {when(operation)}"


def _wrote(operation: Operation) -> str:
    return f"{on_key(operation).replace('wrote', 'written', 1)}"


def _told(sessions: Sessions, read: Operation, *others: Operation | None) -> tuple[Operation, ...]:
    all = (read, *others, sessions.source(read))
    return tuple(each for each in all if each is not None)
