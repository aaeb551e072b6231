"""What stands after the three backquotes: a language, and what is to be done with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from practicum.authoring.markdown.attributes import read_attributes
from practicum.authoring.markdown.grammar import Complaint
from practicum.labs.finding import did_you_mean

MERMAID, OUTPUT = "mermaid", "output"
CHECKS = ("run", "compile")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ALLOWED = {MERMAID: ("title",), OUTPUT: ()}
_OTHERS = ("file", "check", "title")


class Fence(msgspec.Struct, frozen=True):
    """The line that opens a fence, taken apart."""

    language: str = ""
    file: str = ""
    check: str = "run"
    title: str = ""


def read_fence(info: str) -> tuple[Fence, list[Complaint]]:
    """The fence of a line; what cannot be read of it is left out and told."""
    found = read_attributes(info)
    language, *more = found.words or ("",)
    allowed = _ALLOWED.get(language, _OTHERS)
    complaints: list[Complaint] = []
    if found.rest:
        complaints.append((f"this cannot be read: {found.rest:.40}", "write key=value"))
    for word in more:
        complaints.append((f"nobody reads {word:.40}", "write key=value, or take it out"))
    for key in found.twice:
        complaints.append((f"{key} stands twice", "keep one of the two"))
    for key in found.named:
        if key not in allowed:
            remedy = did_you_mean(key, allowed) if allowed else "take it out"
            complaints.append((f"a fence has no attribute {key} here", remedy))
    named = {key: value for key, value in found.named.items() if key in allowed}
    complaints += _misfits(named)
    return Fence(language, **named), complaints


def _misfits(named: dict[str, str]) -> Iterator[Complaint]:
    check, file = named.get("check"), named.get("file")
    if check is not None and check not in CHECKS:
        yield f"there is no check={check}", did_you_mean(check, CHECKS)
        del named["check"]
    elif check is not None and file is None:
        yield "code without a file name is not checked", "add `file=NAME`"
    if file is not None and not _FILE.fullmatch(file):
        yield f"{file!r} is no file name", "use letters, digits, `_`, `-` and `.`"
        del named["file"]
