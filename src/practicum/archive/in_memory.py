"""A record that lives as long as its process: for tests, and for a learner who wants no trace."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import msgspec

from practicum.learner.record import Entry, IdReused, Noted, SomebodyWasFaster, only_person


class InMemoryRecord:
    """The port without a disk; many threads may use it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """See `Record.append`."""
        if not noted:
            return ()
        person = only_person(noted)
        with self._lock:
            known = {each.id: self._by_id[each.id] for each in noted if each.id in self._by_id}
            for each in noted:
                if each.id in known and not _same(known[each.id], each):
                    raise IdReused(each.id)
            last = sum(entry.person == person for entry in self._entries)
            if after is not None and after != last and len(known) < len(noted):
                raise SomebodyWasFaster(person, last)
            return tuple(known.get(each.id) or self._add(each) for each in noted)

    def _add(self, noted: Noted) -> Entry:
        number = 1 + sum(entry.person == noted.person for entry in self._entries)
        fields = {name: getattr(noted, name) for name in noted.__struct_fields__}
        entry = Entry(**fields, seq=len(self._entries) + 1, number=number)
        self._entries.append(entry)
        self._by_id[entry.id] = entry
        return entry

    def read(self, person: str, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read`."""
        mine = [entry for entry in self._entries if entry.person == person]
        return iter(mine[after:])

    def read_all(self, *, after: int = 0) -> Iterator[Entry]:
        """See `Record.read_all`."""
        return iter(self._entries[after:])

    def people(self) -> tuple[str, ...]:
        """See `Record.people`."""
        return tuple(sorted({entry.person for entry in self._entries}))


def _same(entry: Entry, noted: Noted) -> bool:
    """Whether they say the same; a writer that tries again may look at its clock again."""
    told = [
        (each.person, each.by, msgspec.json.encode(each.event, order="sorted"))
        for each in (entry, noted)
    ]
    return told[0] == told[1]
