"""Markdown as the part of HTML that QTI takes, as elements of a tree.

Pictures and drawings do not travel with a question: their words stand in their place, and what was
lost is told.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

from markdown_it import MarkdownIt

Element = ElementTree.Element
_MARK = re.compile(r"&lt;(/?(?:sub|sup|kbd)|br ?/?)&gt;")
_LEADS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_KEPT = {"a": ("href",), "code": ("class",)}
MERMAID = "language-mermaid"
Lose = Callable[[str], None]


@functools.cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table")


def element(tag: str, attributes: Mapping[str, str] | None = None, text: str = "") -> Element:
    """An element, with a text in it."""
    found = Element(tag, dict(attributes or {}))
    found.text = text or None
    return found


def blocks(tag: str, text: str, lose: Lose, attributes: Mapping[str, str] | None = None) -> Element:
    """An element that holds a text as paragraphs, lists and so on."""
    return _parsed(tag, _markdown().render(text), lose, attributes)


def inline(tag: str, text: str, lose: Lose, attributes: Mapping[str, str] | None = None) -> Element:
    """An element that holds a text as one run of words."""
    return _parsed(tag, _markdown().renderInline(text), lose, attributes)


def _parsed(tag: str, html: str, lose: Lose, attributes: Mapping[str, str] | None) -> Element:
    marked = _MARK.sub(lambda found: "<br/>" if found[1][:2] == "br" else f"<{found[1]}>", html)
    try:
        found = ElementTree.fromstring(f"<{tag}>{marked}</{tag}>")
    except ElementTree.ParseError:
        # A mark that was opened and never closed: it is shown as it was written.
        found = ElementTree.fromstring(f"<{tag}>{html}</{tag}>")
    _clean(found, lose)
    found.attrib.update(attributes or {})
    return found


def _clean(root: Element, lose: Lose) -> None:
    for each in root.iter():
        if each.tag == "img":
            lose(f"the picture {each.get('src', '')}")
            each.tag, each.text = "span", each.get("alt")
            each.attrib.clear()
        if each.get("class") == MERMAID:
            lose("a drawing, of which the text is kept")
        if each.tag == "a" and not _LEADS.match(each.get("href", "")):
            lose(f"a link to {each.get('href', '')}")
            each.tag = "span"
        kept = _KEPT.get(each.tag, ())
        for name in set(each.attrib) - set(kept):
            del each.attrib[name]
