"""Texts of a GIFT file as Markdown, whatever they were marked up with.

``[markdown]`` stays as it is. ``[html]`` is made into Markdown as far as that can say it, and so is
a text without a format, or of Moodle's own, that holds tags. ``[plain]`` means each character as
it stands. What cannot be said is named, and its words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from practicum.authoring.exchange.gift.question import Said

_LOOKS_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);")
_SPECIAL = re.compile(
    r"([\\`*_\[\]<>])|^(\s*)(#{1,6}(?=\s)|[-+](?=\s)|(?:[0-9]{1,9})(?=[.)]\s))", re.M
)
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
        reader.feed(said.text)
        reader.close()
        return reader.text(), reader.lost
    return said.text, []


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    mark = found[3]
    return f"{found[2]}{mark}\\" if mark[0].isdigit() else f"{found[2]}\\{mark}"


class _Reader(HTMLParser):
    """Collects Markdown, tag by tag."""

    def __init__(self, *, keeps_lines: bool) -> None:
        super().__init__(convert_charrefs=True)
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

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """A tag begins."""
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
            target = (dict(attrs).get("href") or "").strip()
            good = re.fullmatch(r"(https?://|mailto:)[^\s()<>]+", target)
            if not good and target:
                self._lose(f"a link to {target[:60]!r}")
            self._begin(tag, "[" if good else "", f"]({target})" if good else "")
        elif tag == "img":
            told = dict(attrs)
            self._lose(f"the picture {(told.get('src') or '')[:60]!r}")
            self._pieces.append(told.get("alt") or "")
        elif tag not in _PASSED and tag not in _AROUND:
            self._lose(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
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

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        if self._unread:
            return
        if self._in("pre") or self._in("code") or self._in("tt"):
            self._pieces.append(data)
            return
        data = data if self._keeps_lines else re.sub(r"\s+", " ", data)
        self._pieces.append(_SPECIAL.sub(_escape, data))

    def handle_comment(self, data: str) -> None:
        """Comments are for nobody."""

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
