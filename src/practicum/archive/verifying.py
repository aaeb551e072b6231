"""Whether the record is whole: every entry as it was written, in its place, and none missing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from practicum.archive.rows import READ_FIELDS, Head, Row, decoded, fault_in_names, hash_of, written
from practicum.archive.sql import SqlRecord, heads_of, pages
from practicum.learner.record import RecordDamaged


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it was recorded; ``person`` is empty, and ``number`` 0, if it is
    about the whole."""

    person: str = ""
    number: int = 0
    what: str

    def __str__(self) -> str:
        return f"{self.person}, entry {self.number}: {self.what}" if self.person else self.what


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what is wrong with it."""

    people: int = 0
    entries: int = 0
    damages: tuple[Damage, ...] = ()


class Chains:
    """Follows everybody's chain, row by row, in the order of the whole record. After a chain is
    broken its later rows are held against what stands before them, so that each break is
    found once."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}

    def follow(self, row: Row) -> str:
        """What is wrong with the row; empty if nothing is."""
        head = self.heads.get(row.person, Head())
        self.heads[row.person] = Head(row.number, row.hash)
        if row.number != head.number + 1:
            return _out_of_place(row.number, head.number)
        if hash_of(row, head.hash) != row.hash:
            return "it is not what was recorded here: it was edited, or the one before it was"
        try:
            at = decoded(0, *msgspec.structs.astuple(row)[: len(READ_FIELDS)]).at
        except RecordDamaged as error:
            return str(error)
        if at.tzinfo is None or written(at) != row.at:
            return f"{row.at!r} is no moment as the record writes it"
        return fault_in_names(row.id, row.person, row.by, row.kind)

    def ends(self, heads: Mapping[str, Head]) -> list[Damage]:
        """What is missing at the ends, which should be ``heads``."""
        found = []
        for person in sorted({*self.heads, *heads}):
            seen, noted = self.heads.get(person, Head()), heads.get(person, Head())
            if seen.number < noted.number:
                what = _missing(seen.number + 1, noted.number)
                found.append(Damage(person=person, number=seen.number + 1, what=what))
            elif seen != noted:
                what = f"the history was noted to end at entry {noted.number}, with another hash"
                found.append(Damage(person=person, number=seen.number, what=what))
        return found


def _out_of_place(number: int, before: int) -> str:
    if number > before + 1:
        return f"{_missing(before + 1, number - 1)} before it"
    return f"it stands behind entry {before}: the order was changed"


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"entry {first} is missing"
    return f"entries {first} to {last} are missing"


def verify(record: SqlRecord) -> Verified:
    """Look at everything there is. RecordError if it cannot be looked at at all; what of it
    cannot be read is damage."""
    chains, count, last = Chains(), 0, ""
    damages: list[Damage] = []
    try:
        damages += [Damage(what=flaw) for flaw in record.flaws()]
        with record.snapshot() as connection:
            for page in pages(connection) if connection else ():
                for _, row in page:
                    damages += _damage(chains, row)
                    last, count = f"entry {row.number} of {row.person}", count + 1
            damages += chains.ends(heads_of(connection)) if connection else ()
    except RecordDamaged as error:
        where = f"what follows {last} cannot be read: " if last else ""
        damages.append(Damage(what=f"{where}{error}"))
    return Verified(people=len(chains.heads), entries=count, damages=tuple(damages))


def _damage(chains: Chains, row: Row) -> list[Damage]:
    what = chains.follow(row)
    return [Damage(person=row.person, number=row.number, what=what)] if what else []


def must_be_whole(record: SqlRecord, name: str) -> Verified:
    """The same; RecordDamaged with everything that is wrong, if anything is."""
    verified = verify(record)
    if verified.damages:
        told = "\n".join(f"  {each}" for each in verified.damages[:20])
        raise RecordDamaged(f"{name} is damaged, and was not used:\n{told}")
    return verified
