"""Containers: ``:::: kind key=value`` to a line of as many colons.

Openers and closers are matched over the whole text first, fences left out. So an opener that is
never closed ends where the next one begins that cannot stand in it (one with as many colons, or
more), and is told by its own line; code may show containers; and a text of nothing but openers
takes no longer than any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

OPEN, CLOSE = "container_open", "container_close"
ENV = "containers"
COLONS_MIN = 3
_MARK = re.compile(r"[ \t]*(:{3,})[ \t]*(.*?)[ \t]*$")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})(.*)$")


class Span(msgspec.Struct):
    """A container from its opening line to its ``end``: the closing line or, when it is not
    ``closed``, the first line that does not belong to it. It is ``swallowed`` by a fence that is
    still open: who closes that closes this, too. Lines count from 0."""

    colons: int
    info: str
    end: int
    closed: bool = False
    swallowed: bool = False


class Matching(msgspec.Struct):
    """The containers by their opening lines, lines of colons that close nothing, and the fence
    that is still open at the end."""

    spans: dict[int, Span]
    strays: list[int]
    open_fence: int | None = None


def match(lines: Sequence[str]) -> Matching:
    """Which line closes which container."""
    found = Matching({}, [])
    stack: list[int] = []
    fence, fence_line = "", 0
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark:
            fence, fence_line = mark[1], number
        elif colons := _MARK.match(line):
            _match_line(found, stack, number, colons)
    if fence:
        found.open_fence = fence_line
    for line_open in stack:
        found.spans[line_open].end = len(lines)
        found.spans[line_open].swallowed = bool(fence)
    return found


def _match_line(found: Matching, stack: list[int], number: int, mark: re.Match[str]) -> None:
    colons, info = len(mark[1]), mark[2]
    if info:
        while stack and found.spans[stack[-1]].colons <= colons:
            found.spans[stack.pop()].end = number
        stack.append(number)
        found.spans[number] = Span(colons, info, number)
    elif all(found.spans[each].colons != colons for each in stack):
        found.strays.append(number)
    else:
        while True:
            span = found.spans[stack.pop()]
            span.end = number
            if span.colons == colons:
                span.closed = True
                return


def containers(md: MarkdownIt) -> None:
    """Teach a parser containers; it finds the `Matching` in ``env["containers"]``."""
    md.block.ruler.before(
        "fence", "container", _rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    matching: Matching = state.env[ENV]
    span = matching.spans.get(start)
    if span is None or state.is_code_block(start):
        return False
    if not state.src.startswith(":::", state.bMarks[start] + state.tShift[start]):
        return False
    if silent:
        return True
    until = start + 1
    while until < min(span.end, end):
        if not state.isEmpty(until) and state.sCount[until] < state.blkIndent:
            break  # the list in which it stands ends
        until += 1
    closed = span.closed and until == span.end
    token = state.push(OPEN, "div", 1)
    token.info, token.markup, token.block = span.info, ":" * span.colons, True
    token.map, token.meta = [start, until], {"closed": closed, "told": span.swallowed}
    _inside(state, start + 1, until)
    state.push(CLOSE, "div", -1).block = True
    # At the end of the text there may be no closing line left to skip.
    state.line = min(until + 1, end) if closed else until
    return True


def _inside(state: StateBlock, start: int, until: int) -> None:
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", until
    state.md.block.tokenize(state, start, until)
    state.parentType, state.lineMax = parent, line_max
