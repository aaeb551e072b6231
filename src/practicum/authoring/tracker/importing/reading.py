"""Markdown taken apart as a tracker: headings, tables, list items, paragraphs, links, ticks."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

Tick = Literal["done", "open", ""]
"""What a mark or word says: done, not done, or nothing."""

_DONE = "✅✔☑✓🟢🎉"
_OPEN = "⏳🚧❌⬜☐🔴🟡🔜📅📋🔄⏸✗✘⚪🕐"
_BOX = re.compile(r"^\s*\[([ xX/~-])\]\s+")
_OPEN_WORDS = re.compile(
    r"\b(incomplete|pending|open|planned|draft|to ?do|missing|blocked|partial(ly)?|started|wip"
    r"|(in|under) (progress|work|review|construction)|not (yet|done|complete[d]?|started|begun))\b",
    re.IGNORECASE,
)
_DONE_WORDS = re.compile(
    r"\b(completed?|done|finished|ready|published|shipped|yes)\b", re.IGNORECASE
)


class Link(msgspec.Struct, frozen=True):
    """A link or picture, or a file's name in code (``is_code``)."""

    target: str
    is_code: bool = False


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of prose: plain, with its links; ``line`` counts from 1."""

    line: int
    plain: str
    links: tuple[Link, ...] = ()


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """A heading, its number among all; what stands before the first has the number -1."""

    line: int
    level: int
    plain: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table."""

    line: int
    cells: tuple[Text, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table below the heading of that number."""

    line: int
    heading: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A list item; ``is_box`` if it has a tick box (``[ ]``), ``place`` counts within its list."""

    text: Text
    heading: int
    tick: Tick
    is_box: bool
    list_line: int


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a paragraph."""

    text: Text
    heading: int


class Document(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A tracker. ``anchors`` are the ids that its headings have where Markdown is shown."""

    headings: tuple[Heading, ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple[Item, ...] = ()
    said: tuple[Said, ...] = ()

    @functools.cached_property
    def items_by_heading(self) -> Mapping[int, Sequence[Item]]:
        """The list items right below each heading."""
        found: dict[int, list[Item]] = {}
        for each in self.items:
            found.setdefault(each.heading, []).append(each)
        return found

    @functools.cached_property
    def said_by_heading(self) -> Mapping[int, Sequence[Said]]:
        """The lines of paragraphs right below each heading."""
        found: dict[int, list[Said]] = {}
        for each in self.said:
            found.setdefault(each.heading, []).append(each)
        return found

    @functools.cached_property
    def rows_by_line(self) -> Mapping[int, Row]:
        """The rows of all tables."""
        return {row.line: row for table in self.tables for row in table.rows}

    def below(self, headings: Iterable[int]) -> Iterator[Text]:
        """List items and paragraphs right below some headings."""
        for heading in headings:
            yield from (each.text for each in self.items_by_heading.get(heading, ()))
            yield from (each.text for each in self.said_by_heading.get(heading, ()))

    @functools.cached_property
    def anchors(self) -> frozenset[str]:
        """The ids of the headings."""
        return frozenset(anchors_of([each.plain for each in self.headings]))

    def spoken(self) -> Iterator[tuple[Text, int]]:
        """List items and paragraphs, each with the number of the heading above it."""
        yield from ((each.text, each.heading) for each in self.items)
        yield from ((each.text, each.heading) for each in self.said)

    def texts(self) -> Iterator[Text]:
        """Every stretch of prose, wherever it stands."""
        for heading in self.headings:
            yield Text(line=heading.line, plain=heading.plain)
        for table in self.tables:
            for row in table.rows:
                yield from row.cells
        yield from (text for text, _ in self.spoken())


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 40}).enable("table")


def read_document(text: str) -> Document:
    """The parts of a Markdown text; whatever it holds, never an exception."""
    reading = _Reading()
    reading.read(_parser().parse(text))
    return Document(
        headings=tuple(reading.headings),
        tables=tuple(reading.tables),
        items=tuple(reading.items),
        said=tuple(reading.said),
    )


class _Reading:
    """The parts found so far, while the tokens go by."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.items: list[Item] = []
        self.said: list[Said] = []
        self._lists: list[int] = []
        self._rows: list[Row] = []
        self._cells: list[Text] = []
        self._table_line = 0
        self._in_table = self._is_item = False

    def read(self, tokens: Sequence[Token]) -> None:
        heading_level, line = 0, 1
        for token in tokens:
            if token.map is not None:
                line = token.map[0] + 1
            match token.type:
                case "heading_open":
                    heading_level = int(token.tag[1:])
                case "heading_close":
                    heading_level = 0
                case "bullet_list_open" | "ordered_list_open":
                    self._lists.append(line)
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._is_item = True
                case "table_open":
                    self._in_table, self._rows, self._table_line = True, [], line
                case "tr_open":
                    self._cells = []
                case "tr_close":
                    self._rows.append(Row(line=line, cells=tuple(self._cells)))
                case "table_close":
                    self._end_table()
                case "inline":
                    self._inline(token, line, heading_level)

    def _inline(self, token: Token, line: int, heading_level: int) -> None:
        lines = list(_lines(token.children or [], line))
        whole = _joined(lines, line)
        if heading_level:
            found = Heading(line=line, level=heading_level, plain=whole.plain.strip())
            self.headings.append(found)
        elif self._in_table:
            self._cells.append(whole)
        elif self._is_item and self._lists:
            self._is_item = False
            self.items.append(
                Item(
                    text=whole,
                    heading=len(self.headings) - 1,
                    tick=tick_of(whole.plain),
                    is_box=_BOX.match(whole.plain) is not None,
                    list_line=self._lists[-1],
                )
            )
        else:
            self.said += [Said(text=each, heading=len(self.headings) - 1) for each in lines]

    def _end_table(self) -> None:
        self._in_table = False
        head, *rows = self._rows or [Row(line=self._table_line, cells=())]
        self.tables.append(
            Table(
                line=self._table_line,
                heading=len(self.headings) - 1,
                columns=tuple(cell.plain.strip() for cell in head.cells),
                rows=tuple(rows),
            )
        )


def _lines(children: Sequence[Token], line: int) -> Iterator[Text]:
    """The lines of a paragraph, each as plain text with its links."""
    plain: list[str] = []
    links: list[Link] = []
    for child in children:
        match child.type:
            case "softbreak" | "hardbreak":
                yield Text(line=line, plain="".join(plain), links=tuple(links))
                plain, links, line = [], [], line + 1
            case "code_inline":
                plain.append(child.content)
                links.append(Link(child.content, is_code=True))
            case "link_open" | "image":
                links.append(Link(str(child.attrGet("href") or child.attrGet("src") or "")))
                plain.append(child.content if child.type == "image" else "")
            case _:
                plain.append(child.content)
    yield Text(line=line, plain="".join(plain), links=tuple(links))


def _joined(lines: Sequence[Text], line: int) -> Text:
    return Text(
        line=line,
        plain=" ".join(each.plain for each in lines),
        links=tuple(link for each in lines for link in each.links),
    )


def tick_of(text: str) -> Tick:
    """What the marks in a text say, or else its words; nothing if they contradict each other."""
    box = _BOX.match(text)
    if box:
        return "done" if box[1] in "xX" else "open"
    done, is_open = any(x in text for x in _DONE), any(x in text for x in _OPEN)
    if done or is_open:
        return "" if done and is_open else "done" if done else "open"
    return ""


def status_of(text: str) -> Tick:
    """What a cell of a column of statuses says: by its marks, or else by its words."""
    told = tick_of(text)
    if told:
        return told
    if _OPEN_WORDS.search(text):
        return "open"
    return "done" if _DONE_WORDS.search(text) else ""


def without_mark(text: str) -> str:
    """A text without its tick."""
    return _BOX.sub("", text).strip(f" {_DONE}{_OPEN}\ufe0f")


def anchors_of(headings: Sequence[str]) -> Iterator[str]:
    """The ids of headings, as GitHub makes them; the second of the same name gets ``-1``."""
    seen: dict[str, int] = {}
    for heading in headings:
        anchor = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        yield f"{anchor}-{count}" if count else anchor
