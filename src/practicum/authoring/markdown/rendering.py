"""A lesson as a page: blocks with their parts, sections, and the sources at the end.

What comes out is safe to put into a page as it is: see `marking`. The style sheet that knows its
classes is `STYLE_SHEET`.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from html import escape

import msgspec

from practicum.authoring.markdown.html.marking import Address, Marking, as_it_is
from practicum.curriculum.lesson import Block, Lesson, Passage, Source

TITLES = {
    "protocol": "How to work through this module",
    "blueprint": "Blueprint",
    "gauntlet": "Gauntlet",
    "integration-challenge": "Integration challenge",
    "cross-law": "Cross-law analysis",
    "pitfalls": "Pitfalls",
    "cases": "Cases",
    "operations": "Operations",
    "mathematics": "Mathematics",
    "review": "Review",
    "resources": "Resources",
    "priming": "Priming",
    "core-concept": "Core concept",
    "visual-model": "Visual model",
    "neural-bridge": "Neural bridge",
    "active-practice": "Active practice",
    "consolidation-prompt": "Consolidation prompt",
}


class Entry(msgspec.Struct, frozen=True):
    """A line of the page's table of contents."""

    anchor: str
    title: str
    minutes: int


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson's article, and its table of contents."""

    title: str
    article: str
    contents: tuple[Entry, ...]


def style_sheet() -> str:
    """The style sheet of articles, in light and dark."""
    return (importlib.resources.files(__package__) / "html" / "article.css").read_text(
        encoding="utf-8"
    )


def render_passage(
    passage: Passage, sources: tuple[Source, ...] = (), *, address: Address = as_it_is
) -> str:
    """One passage alone, such as a part that is shown by itself; without its title."""
    marking = Marking(sources, address=address)
    return marking.html(passage) + _sources(marking, sources)


def render_lesson(lesson: Lesson, *, course: str = "", address: Address = as_it_is) -> Rendered:
    """All of a lesson. ``address`` says where its relative links lead; ``course`` is the id of
    its course, for the names of its labs."""
    prefix = f"{course}/{lesson.front.id}" if course else ""
    marking = Marking(lesson.front.sources, address=address, course=prefix)
    contents = tuple(_contents(lesson, marking))
    anchors = iter([each.anchor for each in contents])
    named: dict[int, str] = {}
    top: list[Block | Passage] = [*lesson.blocks, *lesson.timed, *lesson.sections]
    for each in top:
        named[each.line] = next(anchors)
    pieces = [marking.html(lesson.intro)]
    for place in sorted(top, key=lambda each: each.line):
        anchor = named[place.line]
        if isinstance(place, Block):
            pieces.append(_block(place, anchor, marking))
        else:
            pieces.append(_section(place, anchor, marking))
    pieces.append(_sources(marking, lesson.front.sources))
    ordered = sorted(zip(contents, named, strict=True), key=lambda each: each[1])
    return Rendered(
        title=lesson.front.title,
        article="".join(pieces),
        contents=tuple(entry for entry, _ in ordered),
    )


def _contents(lesson: Lesson, marking: Marking) -> Iterator[Entry]:
    """In the order in which `anchors.in_order` gives the anchors."""
    for block in (*lesson.blocks, *lesson.timed):
        yield Entry(marking.anchors.give(block.id), block.title or block.id, block.minutes)
    for section in lesson.sections:
        anchor = marking.anchors.give(section.kind)
        yield Entry(anchor, section.title or TITLES[section.kind], section.minutes)


def _minutes(minutes: int) -> str:
    return f' <span class="minutes">{minutes} min</span>' if minutes else ""


def _block(block: Block, anchor: str, marking: Marking) -> str:
    head = f"<h2>{escape(block.title or block.id)}{_minutes(block.minutes)}</h2>\n"
    body = marking.html(block.intro) + "".join(_part(each, marking) for each in block.parts)
    place = f'id="{escape(anchor)}" data-line="{block.line}"'
    return f'<section class="block" {place}>\n{head}{body}</section>\n'


def _part(part: Passage, marking: Marking) -> str:
    head = f'<h3 class="kind">{escape(part.title or TITLES[part.kind])}</h3>\n'
    body = marking.html(part, deeper=1)
    return f'<section class="part {part.kind}" data-line="{part.line}">\n{head}{body}</section>\n'


def _section(section: Passage, anchor: str, marking: Marking) -> str:
    title = escape(section.title or TITLES[section.kind])
    head = f"<h2>{title}{_minutes(section.minutes)}</h2>\n"
    place = f'id="{escape(anchor)}" data-line="{section.line}"'
    body = marking.html(section)
    return f'<section class="section {section.kind}" {place}>\n{head}{body}</section>\n'


def _sources(marking: Marking, sources: tuple[Source, ...]) -> str:
    """What was cited, by its number: who says it, where, and the passage."""
    if not marking.cited:
        return ""
    by_id = {each.id: each for each in sources}
    items = "".join(_source(by_id[name]) for name in marking.cited)
    return f'<section class="sources" id="sources">\n<h2>Sources</h2>\n<ol>{items}</ol></section>\n'


def _source(source: Source) -> str:
    link = f'<a href="{escape(source.url)}" rel="noopener noreferrer">{escape(source.url)}</a>'
    said = f"<strong>{escape(source.company)}</strong>: {escape(source.claim)}"
    quote = f"<blockquote>{escape(source.passage)}</blockquote>"
    opened = f'<span class="opened">opened {escape(source.opened)}</span>'
    return f'<li id="source-{escape(source.id)}">{said}<br>{link} {opened}{quote}</li>'
