"""Texts of a GIFT file as Markdown, whatever they were marked up with.

``[markdown]`` stays as it is. ``[html]`` is made into Markdown as far as that can say it, and so is
a text without a format, or of Moodle's own, that holds tags. ``[plain]`` means each character as
it stands. What cannot be said is named, and its words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from practicum.authoring.exchange.gift.question import Said

_LOOKS_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);")
_SPECIAL = re.compile(
    r"([\\`*_\[\]<>])|^(\s*)(#{1,6}(?=\s)|[-+](?=\s)|(?:[0-9]{1,9})(?=[.)]\s))", re.M
)
# A tag ends before the next one begins, so that whatever is opened again and again is read once.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_COMMENT, _COMMENT_END = "<!--", "-->"
_AROUND = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "tt": "`"}
_KEPT = ("sub", "sup", "kbd")
_BREAKS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol")
_PASSED = ("span", "font", "html", "body", "u", "small", "big", "center")
_UNREAD = ("script", "style")
DEPTH_MAX = 100


def markdown_of(said: Said) -> tuple[str, list[str]]:
    """The text as Markdown, and what of it could not be said."""
    if said.format == "markdown":
        return said.text, []
    if said.format == "plain":
        return _SPECIAL.sub(_escape, said.text), []
    if said.format == "html" or _LOOKS_HTML.search(said.text):
        reader = _Reader(keeps_lines=said.format != "html")
        reader.read(_without_comments(said.text))
        return reader.text(), reader.lost
    return said.text, []


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    mark = found[3]
    return f"{found[2]}{mark}\\" if mark[0].isdigit() else f"{found[2]}\\{mark}"


def _without_comments(text: str) -> str:
    """The text without what is for nobody; a comment that does not end is words."""
    pieces, at = [], 0
    while (begins := text.find(_COMMENT, at)) >= 0:
        ends = text.find(_COMMENT_END, begins + len(_COMMENT))
        if ends < 0:
            break
        pieces.append(text[at:begins])
        at = ends + len(_COMMENT_END)
    return "".join([*pieces, text[at:]])


class _Reader:
    """Collects Markdown, tag by tag."""

    def __init__(self, *, keeps_lines: bool) -> None:
        self.lost: list[str] = []
        self._pieces: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._lists: list[int | None] = []
        self._keeps_lines = keeps_lines
        self._unread = ""

    def text(self) -> str:
        """What was collected, with what was left open closed."""
        for _, mark in reversed(self._open):
            self._pieces.append(mark)
        joined = "".join(self._pieces)
        lines = [line.rstrip() if not line.endswith("  ") else line for line in joined.split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def read(self, text: str) -> None:
        """Take a text apart at its tags."""
        at = 0
        for found in _TAG.finditer(text):
            self._words(unescape(text[at : found.start()]))
            at, tag = found.end(), found[2].lower()
            if found[1]:
                self._ends(tag)
            else:
                self._begins(tag, found[3])
        self._words(unescape(text[at:]))

    def _begins(self, tag: str, attributes: str) -> None:
        if self._unread:
            return
        if tag in _UNREAD:
            self._unread = tag
            self._lose(f"what stands in <{tag}>")
        elif tag == "pre":
            self._begin(tag, "\n\n```text\n", "\n```\n\n")
        elif tag in _AROUND and not self._in("pre"):
            self._begin(tag, _AROUND[tag], _AROUND[tag])
        elif tag in _KEPT:
            self._begin(tag, f"<{tag}>", f"</{tag}>")
        elif tag == "br":
            self._pieces.append("\n" if self._in("pre") else "  \n")
        elif tag in ("ul", "ol"):
            self._lists = [*self._lists, 0 if tag == "ol" else None][-DEPTH_MAX:]
            self._pieces.append("\n\n" if len(self._lists) == 1 else "")
        elif tag == "li":
            self._item()
        elif tag in _BREAKS:
            self._pieces.append("\n\n")
        elif tag == "a":
            target = _named(attributes).get("href", "").strip()
            good = re.fullmatch(r"(https?://|mailto:)[^\s()<>]+", target)
            if not good and target:
                self._lose(f"a link to {target[:60]!r}")
            self._begin(tag, "[" if good else "", f"]({target})" if good else "")
        elif tag == "img":
            told = _named(attributes)
            self._lose(f"the picture {told.get('src', '')[:60]!r}")
            self._pieces.append(told.get("alt", ""))
        elif tag not in _PASSED and tag not in _AROUND:
            self._lose(f"<{tag}>")

    def _ends(self, tag: str) -> None:
        """A tag ends; one that was never open says nothing."""
        if self._unread:
            self._unread = "" if tag == self._unread else self._unread
            return
        if tag in ("ul", "ol"):
            self._lists = self._lists[:-1]
        if tag in _BREAKS:
            self._pieces.append("\n\n")
            return
        names = [name for name, _ in self._open]
        if tag in names:
            while self._open:
                name, mark = self._open.pop()
                self._pieces.append(mark)
                if name == tag:
                    break

    def _words(self, data: str) -> None:
        if self._unread:
            return
        if self._in("pre") or self._in("code") or self._in("tt"):
            self._pieces.append(data)
            return
        data = data if self._keeps_lines else re.sub(r"\s+", " ", data)
        self._pieces.append(_SPECIAL.sub(_escape, data))

    def _begin(self, tag: str, mark: str, end: str) -> None:
        if len(self._open) == DEPTH_MAX:
            self._lose(f"<{tag}>, more than {DEPTH_MAX} deep")
            return
        self._pieces.append(mark)
        self._open.append((tag, end))

    def _item(self) -> None:
        depth = max(0, len(self._lists) - 1)
        mark = "-"
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            mark = f"{self._lists[-1]}."
        self._pieces.append(f"\n{'   ' * depth}{mark} ")

    def _in(self, tag: str) -> bool:
        return any(name == tag for name, _ in self._open)

    def _lose(self, what: str) -> None:
        if what not in self.lost:
            self.lost.append(what)


def _named(attributes: str) -> Mapping[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(attributes)
    }
