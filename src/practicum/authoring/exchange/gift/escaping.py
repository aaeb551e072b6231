"""What a backslash does in GIFT, and how a text is written so that it comes back the same.

A backslash before one of `MARKS` stands for that character and ``\\n`` for a line break; before
anything else it is one. While a question is taken apart, each escaped character is kept as a lone
surrogate, which no file can hold, so that it is never taken for a mark.
"""

from __future__ import annotations

import re

MARKS = "~=#{}:\\"
_BASE = 0xD800
_ESCAPED = re.compile(r"\\([~=#{}:\\n])")
_HIDDEN = re.compile("[\ud800-\ud8ff]")
_WRITTEN = re.compile(r"[~=#{}:\\\n]")


def hidden(text: str) -> str:
    """The text with each escaped character as what cannot be a mark."""
    return _ESCAPED.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    character = "\n" if found[1] == "n" else found[1]
    return chr(_BASE + ord(character))


def shown(text: str) -> str:
    """What was hidden, as the characters that were meant."""
    return _HIDDEN.sub(lambda found: chr(ord(found[0]) - _BASE), text)


def escaped(text: str) -> str:
    """A text as GIFT writes it, on one line."""
    return _WRITTEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "\\n" if found[0] == "\n" else f"\\{found[0]}"
