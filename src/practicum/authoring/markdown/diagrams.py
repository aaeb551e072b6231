"""Mermaid, judged and drawn on the server.

A drawing becomes part of our page, and its text is somebody else's. So only known elements and
harmless attributes of it are kept, its styles only where they concern the drawing, and what
leads out of it not at all.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec

SOURCE_MAX = 20_000
NOT_INSTALLED = "diagrams cannot be drawn here: install practicum[author]"
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    """svg g defs marker path rect circle ellipse line polyline polygon text tspan title desc style
    use symbol filter feDropShadow feGaussianBlur feOffset feMerge feMergeNode feFlood feComposite
    linearGradient radialGradient stop clipPath mask pattern textPath""".split()  # noqa: SIM905
)
_LEADS_OUT = re.compile(r"url\(\s*[\"']?(?!#)|javascript:|@import|expression\(|\\|<", re.IGNORECASE)
_KEYFRAMES = re.compile(r"@keyframes [\w-]+")


class Flaw(msgspec.Struct, frozen=True):
    """Why a diagram cannot be drawn; ``line`` counts from 1 in its text."""

    line: int
    message: str


class Drawing(msgspec.Struct, frozen=True):
    """A diagram as an ``<svg>`` element; empty with the flaw that prevents it."""

    svg: str = ""
    flaw: Flaw | None = None


def can_draw() -> bool:
    """Whether what draws is installed."""
    return _merman() is not None


@functools.lru_cache(maxsize=512)
def flaw_of(text: str) -> Flaw | None:
    """What is wrong with a diagram; None if nothing, or if nobody here can tell."""
    merman = _merman()
    if merman is None:
        return None
    if len(text) > SOURCE_MAX:
        return Flaw(1, f"it is longer than {SOURCE_MAX} characters")
    try:
        analysis = json.loads(merman.Merman().analyze_json(text, None))
    except merman.MermanError as error:
        return Flaw(1, _said(error))
    for each in analysis["diagnostics"]:
        if each["severity"] == "error":
            span = each.get("span") or {}
            return Flaw(int(span.get("line") or 1), str(each["message"]))
    drawing = draw(text, "judged")
    return drawing.flaw


@functools.lru_cache(maxsize=512)
def draw(text: str, name: str, title: str = "") -> Drawing:
    """The drawing of a diagram. ``name`` is unique on its page; ``title`` says what is shown to
    those who do not see it, unless the diagram has an ``accTitle`` of its own."""
    merman = _merman()
    if merman is None:
        return Drawing(flaw=Flaw(1, NOT_INSTALLED))
    if len(text) > SOURCE_MAX:
        return Drawing(flaw=Flaw(1, f"it is longer than {SOURCE_MAX} characters"))
    options = {"svg": {"pipeline": "resvg-safe", "diagram_id": name}}
    try:
        svg = merman.Merman().render_svg(text, json.dumps(options))
        return Drawing(svg=cleaned(svg, name, title))
    except merman.MermanError as error:
        return Drawing(flaw=Flaw(1, _said(error)))
    except ElementTree.ParseError as error:
        return Drawing(flaw=Flaw(1, f"its drawing is broken ({error})"))


@functools.cache
def _merman() -> Any:
    try:
        import merman  # noqa: PLC0415 - it is large, and in an extra
    except (ImportError, OSError):
        return None
    return merman


def _said(error: Exception) -> str:
    found = re.search(r"message='(.*)'", str(error))
    return found[1] if found else str(error)


def cleaned(svg: str, name: str, title: str) -> str:
    """A drawing of which nothing runs, loads or changes the page around it; ``ParseError`` if it
    is no XML."""
    if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
        raise ElementTree.ParseError("it declares entities")
    root = ElementTree.fromstring(svg)
    _clean(root, name)
    if root.find(f"{_SVG}title") is None:
        root.attrib.pop("aria-labelledby", None)
        root.set("aria-label", title or "Diagram")
    root.set("role", "img")
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(element: ElementTree.Element, name: str) -> None:
    for key, value in list(element.attrib.items()):
        local = key.rpartition("}")[2]
        leads_out = local == "href" and not value.startswith("#")
        if leads_out or local.lower().startswith("on") or _LEADS_OUT.search(value):
            del element.attrib[key]
        elif local != key:
            del element.attrib[key]
            element.set(local, value)
    for child in list(element):
        if child.tag == f"{_SVG}a":
            child.tag = f"{_SVG}g"
            child.attrib.pop("href", None)
        if not str(child.tag).startswith(_SVG) or child.tag[len(_SVG) :] not in _ELEMENTS:
            element.remove(child)
        elif child.tag == f"{_SVG}style":
            child.text = "".join(_own_rules(child.text or "", name))
            for grandchild in list(child):
                child.remove(grandchild)
        else:
            _clean(child, name)


def _own_rules(style: str, name: str) -> Iterator[str]:
    """The rules of a style sheet that concern the drawing alone, and lead nowhere."""
    depth = start = 0
    for at, character in enumerate(style):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return
        if depth == 0 and character in "};":
            rule = style[start : at + 1].strip()
            start = at + 1
            if not _LEADS_OUT.search(rule) and _is_own(rule.partition("{")[0].strip(), name):
                yield rule


def _is_own(selectors: str, name: str) -> bool:
    if selectors.startswith("@"):
        return _KEYFRAMES.fullmatch(selectors) is not None
    mine = re.compile(rf"#{re.escape(name)}(?![\w-])")
    return all(mine.match(each.strip()) for each in selectors.split(","))
