"""A record that lives as long as its process: for tests, and for a learner who wants no trace."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence

from practicum.archive.keeping import KeepsViews, Kept
from practicum.archive.rows import draft, entry_of, sift
from practicum.learner.record import Entry, Noted, SomebodyWasFaster, only_person


class InMemoryRecord(KeepsViews):
    """The port without a disk; many threads may use it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._by_person: dict[str, list[Entry]] = {}
        self._kept: dict[tuple[str, str], Kept] = {}
        self._lock = threading.Lock()

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """See `Record.append`."""
        if not noted:
            return ()
        person = only_person(noted)
        drafts = [draft(each) for each in noted]
        with self._lock:
            fresh = sift(drafts, self._by_id)
            mine = self._by_person.get(person, [])
            if fresh and after is not None and after != len(mine):
                raise SomebodyWasFaster(person, len(mine))
            for each in fresh:
                self._add(each.noted)
            return tuple(self._by_id[each.id] for each in noted)

    def _add(self, noted: Noted) -> None:
        mine = self._by_person.setdefault(noted.person, [])
        entry = entry_of(noted, seq=len(self._entries) + 1, number=len(mine) + 1)
        self._entries.append(entry)
        mine.append(entry)
        self._by_id[entry.id] = entry

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read`."""
        return itertools.islice(self._by_person.get(person, []), after, None)

    def read_all(self, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read_all`."""
        return itertools.islice(self._entries, after, None)

    def people(self) -> tuple[str, ...]:
        """See `Record.people`."""
        return tuple(sorted(self._by_person))

    def load_view(self, name: str, person: str) -> Kept | None:
        """See `KeepsViews.load_view`."""
        return self._kept.get((name, person))

    def keep_view(self, name: str, person: str, kept: Kept) -> None:
        """See `KeepsViews.keep_view`."""
        with self._lock:
            earlier = self._kept.get((name, person))
            if earlier is None or (earlier.version, earlier.number) < (kept.version, kept.number):
                self._kept[name, person] = kept
