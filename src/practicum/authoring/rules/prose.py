"""Markdown as far as rules read it: prose apart from code, and what stands under a heading."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import msgspec

from practicum.curriculum.lesson import Passage

_FENCE = re.compile(r"^\s*(?:[>*+-]\s+)?(`{3,}|~{3,})")
_INLINE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_TARGET = re.compile(r"(?<=\])\([^)\s]*(?:\s+\"[^\"]*\")?\)|<https?:[^>]*>|https?://\S+")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_CONTAINER = re.compile(r"^\s*:{3,}")
_CLOSES = re.compile(r"^\s*:{3,}\s*$")
_CITED = re.compile(r"\[\^([^\]\s]+)\]")


class Under(msgspec.Struct, frozen=True):
    """A heading with the text below it, up to the next of its level or above."""

    title: str
    line: int
    text: str


@functools.lru_cache(maxsize=64)
def without_code(text: str) -> str:
    """The text with code and the targets of links blanked, line by line."""
    lines, fence = [], ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            lines.append("")
        elif mark:
            fence = mark[1]
            lines.append("")
        else:
            lines.append(_TARGET.sub(_blank, _INLINE.sub(_blank, line)))
    return "\n".join(lines)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


@functools.lru_cache(maxsize=8)
def without_front_matter(text: str) -> str:
    """The text with its front matter blanked, so that lines keep their numbers."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return text
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() in ("---", "..."):
            return "\n".join([""] * (number + 1) + lines[number + 1 :])
    return text


def under_headings(passage: Passage, level: int) -> Iterator[Under]:
    """What stands under each heading of a level, code blanked."""
    title, began, held = "", 0, []
    for number, line in enumerate(without_code(passage.text).splitlines(), start=1):
        heading = _HEADING.match(line)
        if heading is None or len(heading[1]) > level:
            held.append(line)
            continue
        if title:
            yield Under(title, began, "\n".join(held))
        held = []
        title = heading[2] if len(heading[1]) == level else ""
        began = passage.line + number
    if title:
        yield Under(title, began, "\n".join(held))


def empty_headings(text: str) -> Iterator[tuple[int, str]]:
    """Each heading under which nothing stands, and its line, from 1: the next thing is a heading
    of its level or above, the end of what it stands in, or the end of the text."""
    lines = text.splitlines()
    headings = [_HEADING.match(line) for line in without_code(text).split("\n")]
    below = len(lines)  # the next line, seen from the end, that is not blank
    found = []
    for number in range(len(lines) - 1, -1, -1):
        if not lines[number].strip():
            continue
        heading = headings[number]
        if heading is not None:
            next_one = headings[below] if below < len(lines) else None
            ends = below == len(lines) or _CLOSES.match(lines[below])
            if ends or (next_one is not None and len(next_one[1]) <= len(heading[1])):
                found.append((number + 1, heading[2]))
        below = number
    yield from reversed(found)


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Each paragraph of a text without its code, and the line in which it begins, from 1."""
    began, held = 0, []
    for number, line in enumerate([*without_code(text).splitlines(), ""], start=1):
        if line.strip() and not _CONTAINER.match(line) and not _HEADING.match(line):
            began = began or number
            held.append(line.strip())
        elif held:
            yield began, " ".join(held)
            began, held = 0, []


def cited_in(text: str) -> Iterator[tuple[int, str]]:
    """Each source that a text cites, and the line, from 1."""
    for number, line in enumerate(without_code(text).splitlines(), start=1):
        for found in _CITED.finditer(line):
            yield number, found[1]


def same_words(text: str) -> str:
    """A text by which two that differ in case, spaces and marks are found to be the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))
