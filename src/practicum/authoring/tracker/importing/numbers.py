"""What a tracker claims in numbers: how many are done, in percent, minutes, words, questions;
held against its own tables and lists, and against the files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from practicum.authoring.tracker.importing.doubt import Doubt, Doubts
from practicum.authoring.tracker.importing.files import (
    BYTES_MAX,
    WORDS_TOLERANCE,
    Place,
    count_words,
)
from practicum.authoring.tracker.importing.reading import Document, Item, Table, Text
from practicum.authoring.tracker.importing.tracked import Tracked, is_numbers
from practicum.labs.text_file import read_text

_DIGITS = r"(\d{1,6}(?:\.\d{1,2})?)"
_FRACTION = re.compile(rf"(?<![\d./-]){_DIGITS}\s*(?:/|\bof\b|\bout of\b)\s*(\d{{1,6}})(?![\d/.-])")
_PERCENT = re.compile(rf"{_DIGITS}\s*%")
_SPEAKS = re.compile(
    r"\b(completed?|pending|done|remaining|left|finished|progress|modules?|lessons?|phases?|units?)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(pending|remaining|left|open|to ?do|outstanding)\b", re.IGNORECASE)
_BEGUN = re.compile(
    r"\b(in (work|progress)|under ?way|begun|wip|partial\w*)\b|[🚧🔄🟡]", re.IGNORECASE
)
_NOUN = re.compile(r"\s*([A-Za-z]+)")
_TIMED = re.compile(
    r"\(\s*~?(\d{1,4})\s*(?:min|minutes?|mins)\b[^)]*\)|[-–:]\s*(\d{1,4})\s*min", re.I
)
_MINUTES = re.compile(r"(\d{1,5})\s*(\+?)\s*(?:min|minutes)\b", re.IGNORECASE)
_HOURS = re.compile(rf"(\d{{1,5}})\s*(?:min|minutes)\s*\(\s*{_DIGITS}\s*(?:h|hours?)\s*\)", re.I)
_ABOUT_ALL = re.compile(r"\b(content|learning|focus|duration|in total|total)\b", re.IGNORECASE)
_ABOUT_EXAM = re.compile(r"\b(exam\w*|assessment|questions?|quiz)\b", re.IGNORECASE)
_WORDS = re.compile(r"(~|about|over|\b)\s*(\d{1,3}(?:[,.  ]\d{3})+|\d{3,7})\+?\s*words\b", re.I)
_BLOCKS = re.compile(r"\b(\d{1,3})\s+(?:[a-z]+\s+){0,2}?(?:focus )?blocks\b", re.IGNORECASE)
_QUESTIONS = re.compile(
    r"(\d{1,3})\s+([A-Z][A-Za-z ]{0,30}?)\s*"
    r"\(\s*(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?\s*min\w*\s*(each)?\s*\)"
)


class _Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table of statuses; ``sums`` are those of its columns of numbers."""

    line: int
    done: int
    begun: int
    total: int
    nouns: frozenset[str]
    sums: dict[str, int] = {}


def doubts_about_numbers(
    document: Document, tracked: tuple[Tracked, ...], place: Place
) -> Iterator[Doubt]:
    """Statistics, sums of minutes, counts of blocks and questions, words."""
    doubts = Doubts(str(place.tracker))
    counted = _counted(document, tracked)
    for text in _prose(document):
        yield from _fractions(text, counted, doubts)
        yield from _hours(text, doubts)
    for module in tracked:
        yield from _minutes(document, module, doubts)
        yield from _words(document, module, place, doubts)
    yield from _exams(document, doubts)


def _prose(document: Document) -> Iterator[Text]:
    """What is said outside of tables."""
    for heading in document.headings:
        yield Text(line=heading.line, plain=heading.plain)
    yield from (text for text, _ in document.spoken())


def _counted(document: Document, tracked: Sequence[Tracked]) -> list[_Counted]:
    found = []
    for table in document.tables:
        rows = [each for each in tracked if each.table == table.line]
        if rows:
            nouns = [word.lower() for title in table.columns for word in title.split()]
            found.append(
                _Counted(
                    line=table.line,
                    done=sum(row.tick == "done" for row in rows),
                    begun=sum(
                        row.tick != "done" and _BEGUN.search(row.status) is not None for row in rows
                    ),
                    total=len(rows),
                    nouns=frozenset(nouns),
                    sums=_sums(table),
                )
            )
    return found


def _sums(table: Table) -> dict[str, int]:
    return {
        title.lower(): sum(int(row.cells[n].plain) for row in table.rows if n < len(row.cells))
        for n, title in enumerate(table.columns)
        if n and is_numbers(table, n)
    }


def _fractions(text: Text, counted: Sequence[_Counted], doubts: Doubts) -> Iterator[Doubt]:
    if not _SPEAKS.search(text.plain):
        return
    for found in _FRACTION.finditer(text.plain):
        part, whole = float(found[1]), int(found[2])
        percent = _percent_of(text.plain, found)
        if whole == 0 or part > whole:
            continue
        if percent is not None and abs(100 * part / whole - percent) > 1:
            said = f"{found[1]} of {whole} are {100 * part / whole:.0f} %, not {percent:g} %"
            yield doubts.error("percent", text.line, said, "work it out again")
        if (summed := _summed(text, found, counted)) is not None:
            if whole != summed.sums[_noun(text, found)]:
                noun = _noun(text, found)
                said = f"it says {whole} {noun} in all; the column in the table of line"
                said = f"{said} {summed.line} sums up to {summed.sums[noun]}"
                yield doubts.error("count", text.line, said, "add them up again")
            continue
        table = _meant(text, found, whole, counted)
        if table is None:
            continue
        if whole != table.total:
            said = f"it says {whole} in all; the table in line {table.line} has {table.total}"
            yield doubts.error("count", text.line, said, "count again, or complete the table")
            continue
        before = text.plain[: found.start()]
        actual, what = _actual(before, table)
        if part not in actual:
            said = f"it says {found[1]} of {whole}; in the table of line {table.line} {actual[0]}"
            yield doubts.error("count", text.line, f"{said} are {what}", "count again")


def _actual(before: str, table: _Counted) -> tuple[tuple[int, ...], str]:
    """How many a claim may say, the plainest first, and what they are. What is begun is pending
    for some and not for others."""
    is_open = table.total - table.done
    if _BEGUN.search(before):
        return (table.begun,), "in work"
    if _OPEN.search(before):
        return (is_open, is_open - table.begun), "open"
    return (table.done,), "ticked"


def _percent_of(plain: str, fraction: re.Match[str]) -> float | None:
    """The percentage that belongs to a fraction: the one after it, or else the last before."""
    after = _PERCENT.search(plain, fraction.end())
    if after and "/" not in plain[fraction.end() : after.start()]:
        return float(after[1])
    before = list(_PERCENT.finditer(plain, 0, fraction.start()))
    return float(before[-1][1]) if before else None


def _noun(text: Text, fraction: re.Match[str]) -> str:
    """What a fraction counts: the word after it."""
    noun = _NOUN.match(text.plain, fraction.end())
    return noun[1].lower() if noun else ""


def _summed(text: Text, fraction: re.Match[str], counted: Sequence[_Counted]) -> _Counted | None:
    """The one table that has a column of numbers by the name of what a fraction counts."""
    fits = [each for each in counted if _noun(text, fraction) in each.sums]
    return fits[0] if len(fits) == 1 else None


def _meant(
    text: Text, fraction: re.Match[str], whole: int, counted: Sequence[_Counted]
) -> _Counted | None:
    """The table that a fraction speaks of: the last one before it that has so many rows, or
    names what is counted; all of them together if that is how many there are."""
    if not counted:
        return None
    before = [each for each in counted if each.line <= text.line] or list(counted[:1])
    fits = [each for each in counted if each.total == whole]
    if fits:
        return next((each for each in reversed(before) if each.total == whole), fits[0])
    everything = _Counted(
        line=counted[0].line,
        done=sum(each.done for each in counted),
        begun=sum(each.begun for each in counted),
        total=sum(each.total for each in counted),
        nouns=frozenset(),
    )
    if everything.total == whole:
        return everything
    said = re.findall(r"[a-z]+", text.plain[: fraction.start()].lower())
    named = {_noun(text, fraction), *said}
    close = [each for each in before if _same_noun(named, each.nouns)]
    return close[-1] if close and len(counted) == 1 else None


def _same_noun(said: set[str], nouns: frozenset[str]) -> bool:
    return any(word and (word in nouns or word.removesuffix("s") in nouns) for word in said)


def _hours(text: Text, doubts: Doubts) -> Iterator[Doubt]:
    for minutes, hours in _HOURS.findall(text.plain):
        if abs(int(minutes) / 60 - float(hours)) > 0.1:
            said = f"{minutes} minutes are {int(minutes) / 60:.1f} hours, not {hours}"
            yield doubts.error("hours", text.line, said, "work it out again")


def _timed(items: Sequence[Item]) -> list[tuple[int, int]]:
    """The minutes that list items name, each with the item's line."""
    found = [(each.text.line, _TIMED.search(each.text.plain)) for each in items]
    return [(line, int(match[1] or match[2])) for line, match in found if match]


def _minutes(document: Document, module: Tracked, doubts: Doubts) -> Iterator[Doubt]:
    """The minutes and blocks that are claimed of a module, against the list of its parts."""
    lists: dict[int, list[Item]] = {}
    for heading in module.headings:
        for each in document.items_by_heading.get(heading, ()):
            lists.setdefault(each.list_line, []).append(each)
    timed = max((_timed(each) for each in lists.values()), key=len, default=[])
    if len(timed) < 2:
        return
    total = sum(minutes for _, minutes in timed)
    where = f"the {len(timed)} parts from line {timed[0][0]} on"
    for text in _of_module(document, module):
        if _ABOUT_EXAM.search(text.plain):
            continue
        for found in _MINUTES.finditer(text.plain):
            claimed, at_least = int(found[1]), found[2] == "+"
            if not _ABOUT_ALL.search(text.plain) or (text.line, claimed) in timed:
                continue
            if claimed > total or (claimed != total and not at_least):
                said = f"it says {found[0]}; {where} have {total}"
                yield doubts.error("minutes", text.line, said, "add them up again")
        for found in _BLOCKS.finditer(text.plain):
            if int(found[1]) != len(timed):
                said = f"it says {found[0]}; {len(timed)} are listed from line {timed[0][0]} on"
                yield doubts.error("blocks", text.line, said, "count again")


def _of_module(document: Document, module: Tracked) -> Iterator[Text]:
    """What is said of a module: its row, and what stands below its headings."""
    if module.table is not None:
        yield from document.rows_by_line[module.line].cells
    yield from document.below(module.headings)


def _words(document: Document, module: Tracked, place: Place, doubts: Doubts) -> Iterator[Doubt]:
    for text in _of_module(document, module):
        for found in _WORDS.finditer(text.plain):
            claimed = int(re.sub(r"\D", "", found[2]))
            paths = [path for x in module.files if (path := place.find(x)) and path.is_file()]
            if not paths:
                said = f"it claims {claimed} words of {module.called}, of which no file is there"
                yield doubts.error("words", text.line, said, "count them in the file")
                continue
            texts = [read_text(path, bytes_max=BYTES_MAX)[0] or "" for path in paths]
            actual = sum(map(count_words, texts))
            if abs(actual - claimed) > WORDS_TOLERANCE * max(actual, claimed):
                said = f"it claims {claimed} words of {module.called}; they are {actual}"
                yield doubts.error("words", text.line, said, "count them again")


def _exams(document: Document, doubts: Doubts) -> Iterator[Doubt]:
    """Questions of so many minutes each, against the time of the whole in the same section."""
    for text, heading in document.spoken():
        parts = _QUESTIONS.findall(text.plain)
        if len(parts) < 2:
            continue
        least = most = 0
        for count, _, low, high, each in parts:
            times = int(count) if each else 1
            least, most = least + times * int(low), most + times * int(high or low)
        for other in document.below([heading]):
            if "total" not in other.plain.lower():
                continue
            for found in _MINUTES.finditer(other.plain):
                if not least <= int(found[1]) <= most:
                    span = str(least) if least == most else f"{least} to {most}"
                    said = f"its questions take {span} minutes; line {other.line} says {found[0]}"
                    yield doubts.error("minutes", text.line, said, "add them up again")
