"""What reads say about the order of each list, and what is wrong with a read by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from practicum.checking.history.values import tell_value
from practicum.checking.history.words import listed
from practicum.checking.proof import Proof
from practicum.checking.transactions.anomaly import (
    ABORTED_READ,
    DUPLICATE,
    INCOMPATIBLE,
    INTERMEDIATE_READ,
    INTERNAL,
    LOST_UPDATE,
    PHANTOM,
    Anomaly,
)
from practicum.checking.transactions.transaction import Append, Transaction, Versions


class Lists:
    """The lists of a history: who appended what, in which order, as far as reads show it.

    ``order`` of a key is the longest list that was read; ``outside`` are, for each committed
    transaction, its reads of what others had written. ``repeated`` names values that were
    appended twice, so that nothing can be said about them. A transaction of unknown outcome has
    taken effect if anyone read what it appended; all that took effect are ``done``.
    """

    def __init__(self, all: Sequence[Transaction]) -> None:
        self.writer: dict[tuple[Hashable, Hashable], Transaction] = {}
        self.repeated: list[str] = []
        for each in all:
            for append in each.appends():
                line = (append.key, append.value)
                if line in self.writer:
                    told = f"{tell_value(append.value)} was appended twice"
                    self.repeated.append(f"{told} to {tell_value(append.key)}")
                self.writer[line] = each
        self.committed = [each for each in all if each.committed]
        self.longest: dict[Hashable, tuple[Transaction, Versions]] = {}
        seen: set[int] = set()
        for each in self.committed:
            for key, found in each.reads():
                if key not in self.longest or len(found) > len(self.longest[key][1]):
                    self.longest[key] = (each, found)
                for value in found:
                    writer = self.writer.get((key, value))
                    if writer is not None:
                        seen.add(writer.id)
        self.done = [
            each for each in all if each.committed or (each.id in seen and not each.failed)
        ]
        self.outside = {each.id: _outside(each)[0] for each in self.committed}

    def order(self, key: Hashable) -> Versions:
        """The versions of a key as far as they were read."""
        return self.longest[key][1] if key in self.longest else ()

    def wrote(self, key: Hashable, value: Hashable) -> Transaction | None:
        """Who appended a value, if that took effect."""
        writer = self.writer.get((key, value))
        return None if writer is None or writer.failed else writer

    def anomalies(self) -> Iterator[Anomaly]:
        """What is wrong with reads by themselves, or with two of the same list."""
        for each in self.committed:
            for words in _outside(each)[1]:
                yield _anomaly(INTERNAL, words, each)
            for key, found in each.reads():
                yield from self._strange(each, key, found)
                yield from self._disagreeing(each, key, found)
            for key, found in self.outside[each.id].items():
                yield from self._intermediate(each, key, found)
        for key, (reader, found) in self.longest.items():
            yield from self._turned(reader, key, found)
        yield from self._lost()

    def _strange(self, reader: Transaction, key: Hashable, found: Versions) -> Iterator[Anomaly]:
        where = tell_value(key)
        if len(set(found)) < len(found):
            twice = next(each for at, each in enumerate(found) if each in found[:at])
            words = f"T1 read {where} = {tell_value(found)}, with {tell_value(twice)} in it twice"
            yield _anomaly(DUPLICATE, words, reader)
        for value in found:
            writer = self.writer.get((key, value))
            words = f"T1 read {tell_value(value)} in {where}, which"
            if writer is None:
                yield _anomaly(PHANTOM, f"{words} nobody appended", reader)
            elif writer.failed:
                yield _anomaly(ABORTED_READ, f"{words} T2 appended, and T2 failed", reader, writer)

    def _disagreeing(
        self, reader: Transaction, key: Hashable, found: Versions
    ) -> Iterator[Anomaly]:
        other, longest = self.longest[key]
        if longest[: len(found)] != found:
            where = tell_value(key)
            words = f"T1 read {where} = {tell_value(found)}, T2 read {where} = "
            words += f"{tell_value(longest)}; neither begins with the other"
            yield _anomaly(INCOMPATIBLE, words, reader, other)

    def _turned(self, reader: Transaction, key: Hashable, found: Versions) -> Iterator[Anomaly]:
        shown: defaultdict[Transaction, list[Hashable]] = defaultdict(list)
        for value in dict.fromkeys(found):
            writer = self.writer.get((key, value))
            if writer is not None:
                shown[writer].append(value)
        for writer, values in shown.items():
            meant = [each.value for each in writer.appends() if each.key == key]
            if values != meant[: len(values)]:
                words = f"T1 read {tell_value(key)} = {tell_value(found)}, but T2 appended "
                words += f"{listed(list(map(tell_value, meant)))}, in this order"
                yield _anomaly(INCOMPATIBLE, words, reader, writer)

    def _intermediate(
        self, reader: Transaction, key: Hashable, found: Versions
    ) -> Iterator[Anomaly]:
        writer = self.writer.get((key, found[-1])) if found else None
        if writer is None or writer is reader or writer.last_append(key) == found[-1]:
            return
        words = f"T1 read {tell_value(key)} up to {tell_value(found[-1])}, but T2, which appended "
        words += f"it, appended {tell_value(writer.last_append(key))} after it"
        yield _anomaly(INTERMEDIATE_READ, words, reader, writer)

    def _lost(self) -> Iterator[Anomaly]:
        changed: defaultdict[tuple[Hashable, Versions], list[Transaction]] = defaultdict(list)
        for each in self.committed:
            keys = {append.key for append in each.appends()}
            for key, found in self.outside[each.id].items():
                if key in keys:
                    changed[key, found].append(each)
        for (key, found), those in changed.items():
            if len(those) > 1:
                names = listed([f"T{number}" for number in range(1, len(those) + 1)])
                words = f"{names} read {tell_value(key)} = {tell_value(found)} and appended to it"
                yield _anomaly(LOST_UPDATE, words, *those)


def _outside(transaction: Transaction) -> tuple[dict[Hashable, Versions], list[str]]:
    """What a transaction read of each key that others had written, and which of its reads do
    not fit what it had read and appended itself."""
    before: dict[Hashable, Versions] = {}
    known: dict[Hashable, Versions] = {}
    mine: defaultdict[Hashable, Versions] = defaultdict(tuple)
    all_mine = {(each.key, each.value) for each in transaction.appends()}
    wrong = []
    for step in transaction.steps:
        key = step.key
        if isinstance(step, Append):
            mine[key] += (step.value,)
            if key in known:
                known[key] += (step.value,)
            continue
        if step.found is None:
            continue
        misfit = ""
        if key not in known:
            own = len(step.found) - len(mine[key])
            before[key] = step.found[: max(own, 0)]
            if step.found[max(own, 0) :] != mine[key]:
                misfit = f"it had itself appended {listed(list(map(tell_value, mine[key])))}"
                before[key] = step.found
            elif any((key, value) in all_mine for value in before[key]):
                misfit = "some of that it appended only later"
        elif step.found != known[key]:
            misfit = f"by what it did itself it had to find {tell_value(known[key])}"
        if misfit:
            wrong.append(f"T1 read {tell_value(key)} = {tell_value(step.found)}, but {misfit}")
        known[key] = step.found
    return before, wrong


def _anomaly(name: str, words: str, *those: Transaction) -> Anomaly:
    return Anomaly(name, Proof(words, steps=tuple(named(those))))


def named(those: Iterable[Transaction]) -> Iterator[str]:
    """Transactions as T1, T2, ..., each with what it did."""
    for number, each in enumerate(those, start=1):
        yield f"T{number}: {each.told()}"
