"""What a tracker tracks: its modules, each with what is claimed of it and where else it is
spoken of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

import msgspec

from practicum.authoring.tracker.importing.reading import (
    Document,
    Item,
    Link,
    Table,
    Text,
    Tick,
    status_of,
    without_mark,
)

_STATUS = re.compile(r"\b(status|state|complete[d]?|done|progress|tick)\b|^[✅✔]", re.IGNORECASE)
_FILE = re.compile(r"\b(file|path|link|source|notebook|url)\b", re.IGNORECASE)
_DATE = re.compile(r"\b(date|completed( on)?|finished|when|updated)\b", re.IGNORECASE)
_FILE_NAME = re.compile(r"^\.{0,2}/?[\w.-]+(?:/[\w.-]+)*\.[A-Za-z]\w{0,5}$")
_LEADING_NUMBER = re.compile(r"^\W*(?:[A-Za-z]+\s+)?#?(\d{1,3})\b[\s.:)–—-]*")
NAME_MIN = 3
_REMOTE = re.compile(r"^([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})\b")
_WRITTEN = re.compile(
    r"\b(?:(\d{1,2})\.?\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?\s+"
    r"(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b",
    re.IGNORECASE,
)


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """A module of a tracker. ``status`` is what it says of how far it is, ``dated`` what stands
    in its column of dates, None where there is no such column; ``headings`` are the numbers of
    those that are about it."""

    line: int
    name: str
    number: str
    tick: Tick
    status: str
    files: tuple[str, ...]
    dated: str | None = None
    table: int | None = None
    headings: tuple[int, ...] = ()

    @property
    def called(self) -> str:
        """How a person says which one is meant."""
        return f"{self.name!r}"


def dates_in(text: str) -> Iterator[dt.date]:
    """The dates in a text: 2025-08-07, August 7, 2025, 7 August 2025. What is none is left
    out."""
    for year, month, day in _ISO.findall(text):
        yield from _date(int(year), int(month), int(day))
    for before, name, after, year in _WRITTEN.findall(text):
        if before or after:
            yield from _date(int(year), _month(name), int(before or after))


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()[:3]) + 1


def _date(year: int, month: int, day: int) -> Iterator[dt.date]:
    try:
        yield dt.date(year, month, day)
    except ValueError:
        return


def is_local(link: Link) -> bool:
    """Whether it leads to a file beside the tracker, or within it."""
    if link.is_code:
        return _FILE_NAME.match(link.target) is not None
    return bool(link.target) and not _REMOTE.match(link.target)


def status_column(table: Table) -> int | None:
    """The column that says what is done: by its heading, or because most of it are ticks."""
    for index, title in enumerate(table.columns):
        cells = [row.cells[index].plain for row in table.rows if index < len(row.cells)]
        told = sum(status_of(each) != "" for each in cells)
        ticks = sum(each.strip(" \ufe0f") in set("✅✔☑✓❌⏳🚧⬜☐✗✘xX") for each in cells)
        named = _STATUS.search(title) is not None
        if cells and ((named and 2 * told >= len(cells)) or 3 * ticks >= 2 * len(cells)):
            return index
    return None


def read_tracked(document: Document) -> tuple[Tracked, ...]:
    """The modules: rows of tables with a column of statuses, and ticked items that lead to
    files; each with the headings that are about it."""
    found = [each for table in document.tables for each in _rows(table)]
    nouns = {word.lower() for table in document.tables for x in table.columns for word in x.split()}
    found += [each for item in document.items for each in _items(item)]
    headings = _Headings(document, nouns)
    return tuple(msgspec.structs.replace(each, headings=headings.about(each)) for each in found)


def _rows(table: Table) -> Iterator[Tracked]:
    status = status_column(table)
    if status is None:
        return
    # A number that stands before the name is the module's; one behind it counts something.
    counts = [
        n
        for n, _ in enumerate(table.columns)
        if n != status and (is_numbers(table, n) or not _has_words(table, n))
    ]
    files = [n for n, title in enumerate(table.columns) if _FILE.search(title) and n != status]
    dates = [
        n
        for n, title in enumerate(table.columns)
        if _DATE.search(title) and n != status and n not in files and not is_numbers(table, n)
    ]
    names = [
        n for n, _ in enumerate(table.columns) if n not in (status, *counts, *files[1:], *dates)
    ]
    named = [n for n in names if _has_words(table, n)]
    plain = [n for n in named if n not in files] or named or names
    numbers = [n for n in counts if plain and n < plain[0]]
    for row in table.rows:
        if len(row.cells) <= status:
            continue
        name = _cell(row.cells, plain)
        number = _cell(row.cells, numbers)
        leading = _LEADING_NUMBER.match(name)
        yield Tracked(
            line=row.line,
            name=without_mark(name) or f"line {row.line}",
            number=number if number.isdecimal() else leading[1] if leading else "",
            tick=status_of(row.cells[status].plain),
            status=row.cells[status].plain,
            files=_files(row.cells),
            dated=_cell(row.cells, dates) if dates else None,
            table=table.line,
        )


def is_numbers(table: Table, column: int) -> bool:
    """Whether a column holds nothing but whole numbers."""
    cells = [row.cells[column].plain.strip() for row in table.rows if column < len(row.cells)]
    return bool(cells) and all(each.isdecimal() for each in cells)


def _has_words(table: Table, column: int) -> bool:
    """Whether more than half of a column's cells hold a word."""
    cells = [row.cells[column].plain for row in table.rows if column < len(row.cells)]
    return 2 * sum(any(x.isalpha() for x in each) for each in cells) > len(cells)


def _cell(cells: Sequence[Text], columns: Sequence[int]) -> str:
    return cells[columns[0]].plain.strip() if columns and columns[0] < len(cells) else ""


def _files(texts: Sequence[Text]) -> tuple[str, ...]:
    links = [link for text in texts for link in text.links if is_local(link)]
    targets = [link.target for link in links if not link.target.startswith("#")]
    return tuple(dict.fromkeys(targets))


def _items(item: Item) -> Iterator[Tracked]:
    files = _files([item.text])
    if item.tick and files:
        yield Tracked(
            line=item.text.line,
            name=without_mark(item.text.plain)[:60],
            number="",
            tick=item.tick,
            status=item.text.plain,
            files=files,
        )


class _Headings:
    """The headings of a document, found by the number or the words that they hold."""

    def __init__(self, document: Document, nouns: set[str]) -> None:
        self._ends = _ends([each.level for each in document.headings])
        self._numbered: dict[str, list[int]] = {}
        self._worded: dict[str, set[int]] = {}
        for index, heading in enumerate(document.headings):
            self._numbered.setdefault(number_in(heading.plain, nouns), []).append(index)
            for word in _all_words(heading.plain):
                self._worded.setdefault(word, set()).add(index)

    def about(self, module: Tracked) -> tuple[int, ...]:
        """The headings that name the module, by its number or its name, and those below."""
        if module.table is None:
            return ()
        found = set(self._numbered.get(module.number, ())) if module.number else set()
        words = _all_words(module.name)
        if len(module.name) > NAME_MIN and words:
            found |= set.intersection(*(self._worded.get(word, set()) for word in words))
        within = {below for each in found for below in range(each, self._ends[each])}
        return tuple(sorted(within))


def _ends(levels: Sequence[int]) -> list[int]:
    """For each heading the number of the first after it that is not below it."""
    ends = [len(levels)] * len(levels)
    still_open: list[int] = []
    for index, level in enumerate(levels):
        while still_open and levels[still_open[-1]] >= level:
            ends[still_open.pop()] = index
        still_open.append(index)
    return ends


def _all_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def number_in(text: str, nouns: set[str]) -> str:
    """The number of the module that a text speaks of (``Module 3``); empty if of none."""
    for noun, number in re.findall(r"\b([A-Za-z]+)\s+#?(\d{1,3})\b", text):
        if noun.lower() in nouns:
            return str(number)
    return ""


def words_of(text: str) -> set[str]:
    """The words of a name by which two ways of writing it are compared."""
    return set(re.findall(r"[^\W\d_]+", text.casefold()))
