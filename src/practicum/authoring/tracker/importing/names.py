"""What a tracker says of the same module in different places: names, dates, ticks, checklists."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from practicum.authoring.tracker.importing.doubt import Doubt, Doubts
from practicum.authoring.tracker.importing.files import Place
from practicum.authoring.tracker.importing.reading import Document, Item, without_mark
from practicum.authoring.tracker.importing.tracked import (
    Tracked,
    dates_in,
    number_in,
    words_of,
)

DAYS_OLD_MAX = 365
CHECKLIST_MIN = 4
LIKE = 0.7
_PAST = re.compile(r"\b(complet\w+|updated|created|finished|done|published)\b", re.IGNORECASE)
_UPDATED = re.compile(r"\blast (updated?|reviewed|changed)\b|\bupdated on\b", re.IGNORECASE)
_SMALL = {
    *("module", "pillar", "exam", "quality", "checklist", "standards", "the", "and", "of", "in"),
    *("complete", "completed", "pending", "done", "progress", "partially", "finished", "started"),
    *("not", "yet", "ready"),
}
"""Words that are in no name, or in all."""


def doubts_about_words(
    document: Document, tracked: tuple[Tracked, ...], place: Place, today: dt.date
) -> Iterator[Doubt]:
    """Names that differ, dates that cannot be or are missing, ticks that rest on nothing."""
    doubts = Doubts(str(place.tracker))
    yield from _names(document, tracked, doubts)
    yield from _dates(document, tracked, doubts, today)
    yield from _without_section(document, tracked, doubts)
    yield from _ticks_of_quality(document, tracked, place, doubts)
    yield from _labels(document, tracked, doubts)


def _names(document: Document, tracked: Sequence[Tracked], doubts: Doubts) -> Iterator[Doubt]:
    """``Module 3: NAME`` anywhere, against the name that the table has for number 3."""
    rows = [each for each in tracked if each.table is not None]
    by_number = {each.number: each for each in rows if each.number}
    if len(by_number) < len(rows):
        return
    nouns = {word.lower() for table in document.tables for x in table.columns for word in x.split()}
    heads = [(each.line, each.plain) for each in document.headings]
    items = [(each.text.line, each.text.plain) for each in document.items]
    for line, plain in [*heads, *items]:
        number = number_in(plain, nouns)
        after = re.search(rf"\b{number}\s*[-–—:]\s*(.+)", plain) if number else None
        if after is None:
            continue
        if number not in by_number:
            said = f"it speaks of number {number}, which no table has"
            yield doubts.error("unknown-number", line, said, "add the row, or mend the number")
            continue
        module = by_number[number]
        words, other = words_of(module.name) - _SMALL, words_of(after[1]) - _SMALL
        if words and other and not words & other:
            said = f"number {number} is {after[1][:60]!r} here and {module.called} in the table"
            remedy = f"use one name in both (the table is in line {module.line})"
            yield doubts.error("name-differs", line, said, remedy)


def _dates(
    document: Document, tracked: Sequence[Tracked], doubts: Doubts, today: dt.date
) -> Iterator[Doubt]:
    for module in tracked:
        if module.dated is None:
            continue
        found = list(dates_in(module.dated))
        if module.tick == "done" and not found:
            said = f"{module.called} is ticked, and {module.dated or 'nothing'!r} is no date"
            yield doubts.advice("no-date", module.line, said, "write the day on which it passed")
        if module.tick == "open" and found:
            said = f"{module.called} is not ticked, and has a day of completion"
            yield doubts.advice("date-of-open", module.line, said, "tick it, or remove the day")
        yield from _future(doubts, module.line, found, today)
        yield from _differing(document, module, found, doubts)
    for text, _ in document.spoken():
        dates = list(dates_in(text.plain))
        if _PAST.search(text.plain):
            yield from _future(doubts, text.line, dates, today)
        if _UPDATED.search(text.plain) and dates:
            age = (today - max(dates)).days
            if age > DAYS_OLD_MAX:
                said = f"it was updated last {age} days ago"
                yield doubts.advice("stale", text.line, said, "go through it again")


def _future(doubts: Doubts, line: int, dates: Sequence[dt.date], today: dt.date) -> Iterator[Doubt]:
    for date in dates:
        if date > today:
            said = f"{date} is in the future"
            yield doubts.error("future-date", line, said, "write the day on which it happened")


def _differing(
    document: Document, module: Tracked, dates: Sequence[dt.date], doubts: Doubts
) -> Iterator[Doubt]:
    """The day of completion below a module's headings, against the one of its row."""
    for text in document.below(module.headings):
        if "complet" not in text.plain.lower():
            continue
        other = list(dates_in(text.plain))
        if other and dates and other[0] != dates[0]:
            told = f"{module.called} was completed on {other[0]} here, on {dates[0]} in line"
            remedy = "find out which of the two is right"
            yield doubts.error("date-differs", text.line, f"{told} {module.line}", remedy)


def _without_section(
    document: Document, tracked: Sequence[Tracked], doubts: Doubts
) -> Iterator[Doubt]:
    """Ticked modules of which nothing is told, where something is told of others."""
    rows = [each for each in tracked if each.table is not None]
    ticked = [each for each in rows if each.tick == "done"]
    if 2 * sum(bool(each.headings) for each in ticked) <= len(ticked):
        return
    for module in rows:
        if module.tick == "done" and not module.headings:
            said = f"{module.called} is ticked, and nothing else is told of it"
            remedy = "say what was checked, and when, as for the others"
            yield doubts.advice("nothing-told", module.line, said, remedy)


def _checklists(document: Document, headings: Sequence[int]) -> list[list[Item]]:
    """The ticked lists below those headings."""
    lists: dict[int, list[Item]] = {}
    for heading in headings:
        for item in document.items_by_heading.get(heading, ()):
            if item.tick == "done":
                lists.setdefault(item.list_line, []).append(item)
    return [each for each in lists.values() if len(each) >= CHECKLIST_MIN]


def _ticks_of_quality(
    document: Document, tracked: Sequence[Tracked], place: Place, doubts: Doubts
) -> Iterator[Doubt]:
    """Ticks for parts of a module that is not there; checklists of which one lacks what all
    others have; a list of demands of which none is ticked."""
    every: list[tuple[str, list[Item]]] = []
    for module in tracked:
        if module.table is None:
            continue
        gone = bool(module.files) and not any(place.find(each) for each in module.files)
        for items in _checklists(document, module.headings):
            every.append((document.headings[items[0].heading].plain, items))
            line = items[0].text.line
            if gone or module.tick == "open":
                why = "whose file is missing" if gone else "which is not ticked itself"
                said = f"{len(items)} ticks from here on are for {module.called}, {why}"
                yield doubts.error("ticks-of-nothing", line, said, "tick what was seen to hold")
    yield from _odd_checklists(every, doubts)
    boxes = [each for each in document.items if each.is_box]
    if boxes and any(x.tick == "done" for x in tracked) and all(x.tick == "open" for x in boxes):
        said = f"{len(boxes)} demands are listed, and none of them is ticked for any module"
        remedy = "keep one list for each module, ticked by what was seen"
        yield doubts.advice("demands-unticked", boxes[0].text.line, said, remedy)


def _odd_checklists(lists: Sequence[tuple[str, list[Item]]], doubts: Doubts) -> Iterator[Doubt]:
    """Of checklists that share most of their items, what one has and another lacks."""
    for index, (name, mine) in enumerate(lists):
        for other_name, other in lists[index + 1 :]:
            has, lacks = _unlike(mine, other), _unlike(other, mine)
            fewer = min(len(mine) - len(has), len(other) - len(lacks))
            if 2 * fewer < max(len(mine), len(other)) or not (has or lacks):
                continue
            told = f"it has {_listed(lacks)}" if lacks else "it has nothing more"
            said = f"{other_name!r} is not the list of {name!r}: {told}, and lacks {_listed(has)}"
            remedy = "use the same list for both, and leave open what does not hold"
            yield doubts.advice("checklists-differ", other[0].text.line, said, remedy)


def _unlike(mine: Sequence[Item], other: Sequence[Item]) -> list[str]:
    """What of one list has nothing like it in the other."""
    theirs = [_asked(each) for each in other]
    return [
        asked
        for asked in map(_asked, mine)
        if not difflib.get_close_matches(asked, theirs, n=1, cutoff=LIKE)
    ]


def _asked(item: Item) -> str:
    """What a checklist's item asks for, whatever it says of it in brackets."""
    return without_mark(item.text.plain.partition("(")[0])[:80]


def _listed(items: Sequence[str]) -> str:
    return ", ".join(map(repr, items)) or "nothing"


def _labels(document: Document, tracked: Sequence[Tracked], doubts: Doubts) -> Iterator[Doubt]:
    """Parts (``**Focus Blocks**:``) that most ticked modules tell of and one does not: what was
    completed may be something else than a module."""
    told: dict[int, set[str]] = {}
    for module in tracked:
        if module.tick != "done" or not module.headings or module.table is None:
            continue
        lines = [
            each.text.plain
            for heading in module.headings
            for each in document.said_by_heading.get(heading, ())
        ]
        found = (re.match(r"\W*([A-Z][\w /&'-]{2,40}?)\W*:\W*$", each) for each in lines)
        told[module.line] = {each[1].strip() for each in found if each}
    counts = Counter(label for labels in told.values() for label in labels)
    usual = {label for label, count in counts.items() if count >= 2 and 2 * count > len(told)}
    for module in tracked:
        missing = sorted(usual - told.get(module.line, usual))
        if module.table is not None and len(missing) >= 2:
            said = f"{module.called} is ticked, and nothing is told of its {', '.join(missing)}"
            remedy = "see whether the module is complete, or only something that goes with it"
            yield doubts.advice("told-less", module.line, said, remedy)
