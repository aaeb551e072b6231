"""The story of a lab, ``lab.md``: its parts, by their ``##`` headings."""

from __future__ import annotations

import re
from collections.abc import Iterator

HINTS = 3
HINT_HEADINGS = tuple(f"Hint {number}" for number in range(1, HINTS + 1))
HEADINGS = (*HINT_HEADINGS, "Predict", "Vary")
"""What a story ends with, in this order."""

_HEADING = re.compile(r"^## +(.+?) *#* *$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Each heading with the text under it, its own line included; what stands before the
    first has the heading "". What looks like a heading inside a code block is none."""
    heading, fence = "", ""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        found = None if fence else _HEADING.match(line)
        if found:
            yield heading, "".join(lines)
            heading, lines = found[1], []
        lines.append(line)
    yield heading, "".join(lines)


def sections(text: str) -> dict[str, str]:
    """The text under each heading, without the heading; the first if one stands twice."""
    found: dict[str, str] = {}
    for heading, whole in parts(text):
        if heading:
            found.setdefault(heading, whole.partition("\n")[2].strip())
    return found


def without_hints(text: str, instead: str) -> str:
    """The story with ``instead`` in the place of its hints."""
    kept = []
    for heading, whole in parts(text):
        if heading == HINT_HEADINGS[0]:
            kept.append(instead)
        if heading not in HINT_HEADINGS:
            kept.append(whole)
    return "".join(kept)
