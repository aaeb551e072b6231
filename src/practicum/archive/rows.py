"""Entries as rows, each chained to the one before it.

A row's hash is the SHA-256 of its canonical JSON (sorted keys, no spaces), in which the hash of
the person's previous row stands as ``previous`` ("" for the first). So the last hash of a person
vouches for her whole history, wherever it is kept; ``seq`` is a place in one record only, and
stands in no hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from practicum.learner.record import Entry, IdReused, Noted, RecordDamaged
from practicum.learner.upcasting import TODAY, Stored

ENTRY_BYTES_MAX = 1_000_000
NAME_CHARACTERS_MAX = 200


class Row(msgspec.Struct, frozen=True):
    """An entry as it is stored. ``at`` is ISO 8601 in UTC to the microsecond; ``data`` is
    canonical JSON."""

    person: str
    number: int
    id: str
    at: str
    by: str
    kind: str
    version: int
    data: str
    hash: str


FIELDS = Row.__struct_fields__
READ_FIELDS = FIELDS[: FIELDS.index("hash")]
"""What an entry is read from."""


class Head(msgspec.Struct, frozen=True):
    """The end of a person's history: the number and the hash of the last entry."""

    number: int = 0
    hash: str = ""


class _Link(msgspec.Struct):
    """What is hashed, in the order of canonical JSON."""

    at: str
    by: str
    data: msgspec.Raw
    id: str
    kind: str
    number: int
    person: str
    previous: str
    version: int


_encode = msgspec.json.Encoder().encode
_restore = TODAY.restore
_moment = dt.datetime.fromisoformat


def hash_of(row: Row, previous: str) -> str:
    """The hash that the row should have behind a row of the hash ``previous``."""
    data = msgspec.Raw(row.data.encode())
    link = _Link(
        row.at, row.by, data, row.id, row.kind, row.number, row.person, previous, row.version
    )
    return hashlib.sha256(_encode(link)).hexdigest()


class Draft(msgspec.Struct, frozen=True):
    """Something that can be recorded: as it will be read again, and as it will be stored."""

    noted: Noted
    stored: Stored


def draft(noted: Noted) -> Draft:
    """ValueError if it could not be stored and read again as it is."""
    if noted.at.tzinfo is None:
        raise ValueError(f"{noted.at} says no time zone: the record is kept in UTC")
    stored = TODAY.store(noted.event)
    if fault := fault_in_names(noted.id, noted.person, noted.by, stored.kind):
        raise ValueError(fault)
    if len(stored.data) > ENTRY_BYTES_MAX:
        raise ValueError(
            f"{stored.kind} cannot be recorded: {len(stored.data)} characters, at most "
            f"{ENTRY_BYTES_MAX} are kept in one entry"
        )
    event = _restore(stored.kind, stored.version, stored.data)
    at = noted.at.astimezone(dt.UTC)
    return Draft(msgspec.structs.replace(noted, at=at, event=event), stored)


def fault_in_names(entry_id: str, person: str, by: str, kind: str) -> str:
    """What cannot stand in an entry; empty if all can."""
    for name, value in (("id", entry_id), ("person", person), ("writer", by), ("kind", kind)):
        if not value.isprintable() or not 0 < len(value) <= NAME_CHARACTERS_MAX:
            return f"{value[:50]!r} cannot be the {name} of an entry"
    return ""


def sift(drafts: Sequence[Draft], known: Mapping[str, Entry]) -> list[Draft]:
    """Those that are not recorded yet, each once. IdReused if an id says something else than
    before; a writer that tries again may have looked at its clock again."""
    fresh: dict[str, Draft] = {}
    for each in drafts:
        entry_id = each.noted.id
        earlier = known.get(entry_id) or (fresh[entry_id].noted if entry_id in fresh else None)
        if earlier is None:
            fresh[entry_id] = each
        elif _said(earlier) != _said(each.noted):
            raise IdReused(entry_id)
    return list(fresh.values())


def _said(noted: Noted) -> tuple[str, str, bytes]:
    return noted.person, noted.by, msgspec.json.encode(noted.event, order="sorted")


def entry_of(noted: Noted, *, seq: int, number: int) -> Entry:
    """The entry that something has become."""
    return Entry(
        id=noted.id,
        person=noted.person,
        at=noted.at,
        by=noted.by,
        event=noted.event,
        seq=seq,
        number=number,
    )


def chained(head: Head, drafts: Iterable[Draft]) -> Iterator[Row]:
    """Rows behind the head."""
    number, previous = head.number, head.hash
    for each in drafts:
        number += 1
        row = Row(
            person=each.noted.person,
            number=number,
            id=each.noted.id,
            at=written(each.noted.at),
            by=each.noted.by,
            kind=each.stored.kind,
            version=each.stored.version,
            data=each.stored.data,
            hash="",
        )
        previous = hash_of(row, previous)
        yield msgspec.structs.replace(row, hash=previous)


def written(at: dt.datetime) -> str:
    """A moment as rows hold it."""
    return f"{at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def decoded(
    seq: int,
    person: str,
    number: int,
    entry_id: str,
    at: str,
    by: str,
    kind: str,
    version: int,
    data: str,
) -> Entry:
    """The entry that was stored so; RecordDamaged if it cannot be read. Every view begins here,
    once for each event."""
    try:
        return Entry(
            id=entry_id,
            person=person,
            at=_moment(at),
            by=by,
            event=_restore(kind, version, data),
            seq=seq,
            number=number,
        )
    except (ValueError, TypeError) as error:
        raise RecordDamaged(
            f"entry {number} of {person} is damaged ({error}): `practicum record verify` "
            "tells all that is, `practicum record restore FILE --replace` puts a backup in its "
            "place"
        ) from error
