"""The record as JSON lines: everything, or one person, to be read by people and programs, kept as
a backup, and taken in again.

    {"record":"practicum","schema":1,"made_at":…,"people":2,"entries":57}
    {"person":…,"number":1,"id":…,"at":…,"by":…,"kind":…,"version":1,"data":{…},"hash":…}
    …
    {"head":"ada","number":31,"hash":…}
    {"erased":…,"salt":…}
    {"end":57,"sha256":"of all bytes before this line"}

Entries stand in the order of the whole record. The last hashes vouch for each person's history,
the last line for the file: one that was cut off anywhere has none. The marks of who was erased
go along, so that a restored record knows them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated, Any, cast

import msgspec

from practicum.archive.erasing import Mark, marks
from practicum.archive.rows import ENTRY_BYTES_MAX, Head, Row
from practicum.archive.rows import written as as_written
from practicum.archive.sql import SqlRecord, heads_of, pages
from practicum.archive.verifying import Chains
from practicum.learner.record import RecordDamaged, RecordError

SCHEMA = 1
# A character of an entry takes at most four bytes.
LINE_BYTES_MAX = 4 * ENTRY_BYTES_MAX + 10_000
FILE_BYTES_MAX = 16_000_000_000
FINDINGS_MAX = 20
_WORDS_MAX = 300
_GZIP_BEGINS = b"\x1f\x8b"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line. ``only`` is the one person whose entries are in it, empty for all."""

    record: str
    schema: int
    made_at: str
    people: int
    entries: int
    only: str = ""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row whose data are not parsed."""

    person: str
    number: int
    id: str
    at: str
    by: str
    kind: str
    version: Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]
    data: msgspec.Raw
    hash: str


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    head: str
    number: int
    hash: str


class _Erased(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    erased: str
    salt: str


class _End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    end: int
    sha256: str


_encode = msgspec.json.Encoder().encode


def export(record: SqlRecord, *, made_at: dt.datetime, person: str = "") -> Iterator[bytes]:
    """The lines, of everybody or of one person, as they are at one moment. RecordError if there
    is no such person."""
    with record.snapshot() as connection:
        heads = heads_of(connection) if connection else {}
        if person and person not in heads:
            raise RecordError(
                f"there is nobody {person!r} in the record: `practicum record show --people` "
                "lists who is"
            )
        heads = {person: heads[person]} if person else heads
        whole = hashlib.sha256()
        count = sum(head.number for head in heads.values())
        header = Header(
            record="practicum",
            schema=SCHEMA,
            made_at=as_written(made_at),
            people=len(heads),
            entries=count,
            only=person,
        )
        for value in _values(header, heads, connection, person):
            line = _encode(value) + b"\n"
            whole.update(line)
            yield line
        yield _encode(_End(end=count, sha256=whole.hexdigest())) + b"\n"


def _values(
    header: Header, heads: dict[str, Head], connection: Any, person: str
) -> Iterator[msgspec.Struct]:
    yield header
    for page in pages(connection, person=person or None) if connection else ():
        for _, row in page:
            data = msgspec.Raw(row.data.encode())
            yield _Line(
                row.person,
                row.number,
                row.id,
                row.at,
                row.by,
                row.kind,
                row.version,
                data,
                row.hash,
            )
    for name, head in sorted(heads.items()):
        yield _Head(head=name, number=head.number, hash=head.hash)
    for salt, mark in sorted(marks(connection)) if connection and not person else ():
        yield _Erased(erased=mark, salt=salt)


class Unfit(RecordDamaged):
    """A file of lines that cannot be used; the message names what is wrong, by line."""

    def __init__(self, path: Path, findings: list[str]) -> None:
        self.findings = tuple(findings)
        told = "\n".join(f"  {each}" for each in findings)
        more = "\n  (and perhaps more)" if len(findings) >= FINDINGS_MAX else ""
        super().__init__(f"{path} cannot be taken in, and nothing of it was:\n{told}{more}")


class Lines:
    """A file of lines, plain or gzipped, read once and never far ahead. Header and marks are
    known when all rows were read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.findings: list[str] = []
        self.line = 0
        self.header: Header | None = None
        self.marks: set[Mark] = set()
        self._chains = Chains()
        self._heads: dict[str, Head] = {}
        self._broken: set[str] = set()
        self._whole = hashlib.sha256()
        self._ended = False
        self._bytes = self._count = 0

    def find(self, what: str) -> None:
        """Tell that something is wrong with the line that was read last. Unfit at the latest
        when there is much that is wrong."""
        self.findings.append(f"line {self.line}: {what}")
        if len(self.findings) >= FINDINGS_MAX:
            raise Unfit(self.path, self.findings)

    def rows(self) -> Iterator[Row]:
        """The entries, each found to follow the one before it. Unfit, after the last, if anything
        is wrong; RecordError if the file cannot be opened."""
        try:
            with _opened(self.path) as file:
                for line in iter(lambda: file.readline(LINE_BYTES_MAX + 1), b""):
                    self.line += 1
                    self._bound(line)
                    if (row := self._read(line)) is not None:
                        self._count += 1
                        yield row
                    self._whole.update(line)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self.line += 1
            self.find(f"the file is no whole gzip file ({error})")
        except OSError as error:
            raise RecordError(
                f"{self.path} cannot be read ({error.strerror}): name a file of `practicum record "
                "export`"
            ) from error
        self._finish()

    def _bound(self, line: bytes) -> None:
        self._bytes += len(line)
        if len(line) > LINE_BYTES_MAX:
            self.findings.append(f"line {self.line}: it is longer than {LINE_BYTES_MAX} bytes")
        elif self._bytes > FILE_BYTES_MAX:
            self.findings.append(
                f"line {self.line}: the file holds more than {FILE_BYTES_MAX} bytes"
            )
        else:
            return
        # Nobody knows how much more there is: whatever follows is not read.
        raise Unfit(self.path, self.findings)

    def _read(self, line: bytes) -> Row | None:
        if not line.endswith(b"\n"):
            self.find("it is cut off")
        elif self.header is None:
            self._read_header(line)
        elif self._ended:
            self.find("it stands behind the last line of the record")
        elif line.startswith(b'{"head":'):
            self._read_head(line)
        elif line.startswith(b'{"erased":'):
            found = self._decode(line, _Erased, "mark of who was erased")
            if found is not None:
                self.marks.add((found.salt, found.erased))
        elif line.startswith(b'{"end":'):
            self._read_end(line)
        else:
            return self._read_row(line)
        return None

    def _decode(self, line: bytes, kind: type[Any], what: str) -> Any:
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            self.find(f"it is no {what}: {str(error)[:_WORDS_MAX]}")
            return None

    def _read_header(self, line: bytes) -> None:
        found = self._decode(line, Header, "header of an exported record")
        if found is None or found.record != "practicum":
            if found is not None:
                self.find("it is no header of an exported record")
            raise Unfit(self.path, self.findings)
        if found.schema > SCHEMA:
            self.find(
                f"the export is of version {found.schema}, this practicum knows {SCHEMA}: use a "
                "newer practicum"
            )
            raise Unfit(self.path, self.findings)
        self.header = found

    def _read_row(self, line: bytes) -> Row | None:
        found = self._decode(line, _Line, "entry")
        if found is None or found.person in self._broken:
            return None
        try:
            data = bytes(found.data).decode()
        except UnicodeError as error:
            self.find(f"it is no text: {error}")
            return None
        row = Row(**{**msgspec.structs.asdict(found), "data": data})
        what = self._chains.follow(row)
        if what:
            # What follows of her history fails with it, and would tell nothing new.
            self._broken.add(row.person)
            self.find(f"{row.person}, entry {row.number}: {what}")
            return None
        return row

    def _read_head(self, line: bytes) -> None:
        found = self._decode(line, _Head, "end of a history")
        if found is not None:
            self._heads[found.head] = Head(found.number, found.hash)

    def _read_end(self, line: bytes) -> None:
        self._ended = True
        found = self._decode(line, _End, "last line of an exported record")
        if found is None:
            return
        if found.end != self._count and not self.findings:
            self.find(f"it tells of {found.end} entries, there are {self._count}")
        if found.sha256 != self._whole.hexdigest() and not self.findings:
            self.find("the file is not as it was exported: lines were edited, added or taken away")

    def _finish(self) -> None:
        self.line += 1
        if self.header is None:
            self.find("the file is empty")
        elif not self._ended:
            self.find("the file ends here, before its last line: it was cut off")
        else:
            for each in self._chains.ends(self._heads):
                if each.person not in self._broken:
                    self.find(str(each))
        if self.findings:
            raise Unfit(self.path, self.findings)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_zipped = file.read(len(_GZIP_BEGINS)) == _GZIP_BEGINS
        file.seek(0)
        yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if is_zipped else file


class Checked(msgspec.Struct, frozen=True):
    """A file of lines that was found whole."""

    header: Header
    marks: frozenset[Mark]


def check(path: Path) -> Checked:
    """Read a file to its end. Unfit, RecordError."""
    lines = Lines(path)
    for _ in lines.rows():
        pass
    assert lines.header is not None
    return Checked(lines.header, frozenset(lines.marks))
