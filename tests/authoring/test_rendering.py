"""A lesson becomes a page that is whole, that links to its sources, and in which nothing runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from practicum.authoring.markdown import diagrams
from practicum.authoring.markdown.anchors import anchors_of
from practicum.authoring.markdown.diagrams import Flaw, cleaned, draw, flaw_of
from practicum.authoring.markdown.module_file import parse_module
from practicum.authoring.markdown.rendering import render_lesson, render_passage, style_sheet

FRONT = """\
---
id: quorums
title: Quorums
updated: 2026-11-21
sources:
  - id: acme
    company: Acme & Sons
    claim: It lost a <majority>.
    url: https://example.org/acme?a=1&b=2
    opened: 2026-11-21
    passage: For nine minutes "no side" had a majority.
---
# Quorums

"""
VOID = {"meta", "br", "link", "img", "input", "hr"}
HARMLESS = set(
    """h1 h2 h3 h4 h5 h6 p a strong em code pre samp kbd sub sup br hr ul ol li blockquote table
    thead tbody tr th td div span section figure figcaption details summary img""".split()  # noqa: SIM905
)


class Reader(HTMLParser):
    """Reads a fragment strictly: every element closed in its order; keeps what could act."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of a drawing that closes itself."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Closes the element opened last, and no other."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        self.words += data


def shown(text: str) -> str:
    """The article of a text below the front matter."""
    lesson, _ = parse_module(FRONT + text, "module.md")
    assert lesson is not None
    return render_lesson(lesson, course="pillars").article


def without_drawings(html: str) -> str:
    """The page without its drawings, whose elements are not HTML's."""
    return re.sub(r"<svg.*</svg>", "", html, flags=re.DOTALL)


def judge(html: str) -> Reader:
    """Nothing but harmless elements, no attribute that runs anything, no address that does."""
    read = Reader(without_drawings(html))
    assert set(read.tags) <= HARMLESS
    for name, value in read.attributes:
        assert not name.startswith("on"), name
        if name in ("href", "src"):
            assert re.match(r"https?://|mailto:|#|[^/\\:]+([/?#]|$)", value), value
    return read


def test_a_page_has_its_blocks_parts_sections_and_contents() -> None:
    """In the order of the file, with their minutes."""
    text = """\
:::: protocol
Read.
::::

::::: block id=overlap minutes=25 title="Two <majorities>"
:::: priming
Why?

### Deeper
::::
:::::
"""
    lesson, _ = parse_module(FRONT + text, "m")
    assert lesson is not None
    rendered = render_lesson(lesson)
    assert [(each.anchor, each.minutes) for each in rendered.contents] == [
        ("protocol", 0),
        ("overlap", 25),
    ]
    read = judge(rendered.article)
    ids = [value for name, value in read.attributes if name == "id"]
    assert ids == ["protocol", "overlap", "deeper"]
    assert set(ids) == set(anchors_of(lesson))
    assert "Two <majorities> 25 min" in read.words
    assert '<h4 id="deeper"' in rendered.article  # below the part's own heading


def test_citations_are_numbers_that_lead_to_their_sources() -> None:
    """The same source has one number; one that there is not is shown as such."""
    html = shown("It broke[^acme], and again[^acme]. Elsewhere[^nobody].")
    read = judge(html)
    assert html.count('href="#source-acme"') == 2
    assert 'id="source-acme"' in html
    assert "[nobody?]" in read.words
    assert 'For nine minutes "no side" had a majority.' in read.words
    assert ("href", "https://example.org/acme?a=1&b=2") in read.attributes


def test_asides_solutions_and_labs_are_told_apart() -> None:
    """A solution is folded away; a lab says how it is begun."""
    html = shown(
        '::: run title="Look at it"\n`ls`\n:::\n\n::: solution\nSix.\n:::\n\n'
        "::: lab count-votes\n:::\n\n::: warning\nMind.\n:::\n"
    )
    judge(html)
    assert re.search(r'<div class="aside run"[^>]*><p class="label">Look at it</p>', html)
    assert re.search(r'<details class="solution"[^>]*><summary>Solution</summary>\s*<p', html)
    assert "practicum lab start pillars/quorums/count-votes" in html
    assert '<p class="label">Warning</p>' in html


def test_code_has_its_file_name_its_colours_and_what_it_prints() -> None:
    """Of an unknown language it has no colours."""
    html = shown(
        "```python file=a.py\nprint(1 < 2)\n```\n\n```output\nTrue\n```\n\n```zork\n<x>\n```"
    )
    judge(html)
    assert "<figcaption>a.py</figcaption>" in html
    assert '<span class="nb">print</span>' in html
    assert "<samp>True\n</samp>" in html
    assert "<code>&lt;x&gt;\n</code>" in html


def test_every_block_knows_its_line() -> None:
    """So that a finding can lead there."""
    html = shown("One.\n\n- two\n\n::: note\nThree.\n:::\n\n> #### four\n")
    lines = (FRONT + "One.\n\n- two\n\n::: note\nThree.\n:::\n\n> #### four\n").splitlines()
    for word, tag in (("One.", "p"), ("Three.", "p"), ("four", "h4")):
        number = next(n for n, line in enumerate(lines, start=1) if word in line)
        assert re.search(rf'<{tag}[^>]* data-line="{number}"[^>]*>{word}', html), word


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[x](javascript:alert(1))", '<a class="dead">x</a>'),
        ("[x](JaVaScript:alert(1))", '<a class="dead">x</a>'),
        ("[x](data:text/html,<script>)", '<a class="dead">x</a>'),
        ("[x](//evil.example/)", '<a class="dead">x</a>'),
        ("[x](/etc/passwd)", '<a class="dead">x</a>'),
        ("[x](java&#9;script:x)", '<a class="dead">x</a>'),
        ("[x](<  //evil.example/>)", '<a class="dead">x</a>'),
        ("[x](<\\\\\\\\evil.example/>)", '<a class="dead">x</a>'),
        ("[x](::)", '<a class="dead">x</a>'),
        ("[x](vbscript:x)", '<a class="dead">x</a>'),
        ("![x](https://evil.example/a.png)", ">x</a>"),
        ("![x](a.png)", '<img src="a.png" alt="x" loading="lazy">'),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("H<sub>2", "H&lt;sub&gt;2"),
        ("x<sup>**</sup>**", "x&lt;sup&gt;<strong>&lt;/sup&gt;</strong>"),
        ("*<sub>* *</sub>*", "<em>&lt;sub&gt;</em>"),
        ("a<br>b", "a<br>b"),
        ("a <!-- secret --> b", "<p"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_what_could_act_does_not(text: str, says: str) -> None:
    """Links that run code lead nowhere, HTML is text, pictures come from beside the text."""
    html = shown(text)
    judge(html)
    assert says in html
    assert "secret" not in html


ATTACKS = [
    "<script>x</script>",
    "</p></section>",
    '"><img src=x onerror=x>',
    "[a](javascript:x)",
    '![a](x "\' onload=x")',
    '::: note title="<b onclick=x>"\n',
    "::: lab <i>\n:::\n",
    "::: solution\n",
    ":::\n",
    "```<b>\n",
    "```\n",
    "<sub>",
    "</sub>",
    "</kbd>",
    "<!--",
    "-->",
    "[^acme]",
    "[^<b>]",
    "| a | b |\n|---|---|\n| <i> | [x](//y) |\n",
    '<https://a.b/?"onclick=x>',
    "> - 1. ",
    "# ",
    "\n\n",
    "    ",
    "[r]: javascript:x '<b>'\n",
    "[r]",
    "\\",
    "&#106;",
    "**",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(ATTACKS) | st.text(max_size=8), max_size=20).map("".join))
@example("[a](\x01javascript:x)")
@example('<a href="x"\n')
def test_whatever_an_author_writes_the_page_is_whole_and_harmless(text: str) -> None:
    """Every element closed, every element known, no address that runs anything."""
    judge(shown(text))


def test_a_passage_can_be_shown_alone() -> None:
    """With the sources that it cites."""
    lesson, _ = parse_module(FRONT + ":::: review minutes=5\nAgain[^acme].\n::::\n", "m")
    assert lesson is not None
    html = render_passage(lesson.sections[0], lesson.front.sources)
    judge(html)
    assert 'id="source-acme"' in html


def test_relative_links_go_where_they_are_sent() -> None:
    """Or nowhere."""
    lesson, _ = parse_module(FRONT + "[a](x.md) [b](../../up.md)", "m")
    assert lesson is not None
    html = render_lesson(
        lesson, address=lambda to: "" if to.startswith("../..") else f"read/{to}"
    ).article
    assert '<a href="read/x.md">a</a>' in html
    assert '<a class="dead">b</a>' in html


def test_the_style_sheet_knows_light_and_dark_and_loads_nothing() -> None:
    """By itself alone."""
    style = style_sheet()
    assert "prefers-color-scheme: dark" in style
    assert "url(" not in style
    assert "@import" not in style


needs_drawing = pytest.mark.skipif(not diagrams.can_draw(), reason="merman is not installed")


@needs_drawing
def test_a_diagram_is_drawn_with_words_for_those_who_do_not_see_it() -> None:
    """Its own title, or the fence's; its text is folded below."""
    html = shown('```mermaid title="Two <majorities>"\nflowchart LR\n  a --> b\n```\n')
    assert 'role="img"' in html
    assert 'aria-label="Two &lt;majorities&gt;"' in html
    assert "<summary>The diagram as text</summary><pre>flowchart LR" in html
    named = draw("flowchart LR\n  accTitle: Their overlap\n  a --> b", "d", "other").svg
    assert "Their overlap</title>" in named
    assert 'aria-label="other"' not in named


@needs_drawing
def test_a_diagram_that_cannot_be_drawn_is_told_with_its_line() -> None:
    """On the page and to the linter, by the line of the file and of the text."""
    html = shown("```mermaid\nflowchart LR\n  a[[[\n```\n")
    assert f"cannot be drawn, line {FRONT.count(chr(10)) + 2}: " in html
    assert "flowchart LR\n  a[[[" in html
    flaw = flaw_of("flowchart LR\n  a --> b\n  a[[[")
    assert flaw is not None
    assert flaw.line == 3
    assert flaw_of("flowchart LR\n  a --> b") is None
    assert flaw_of("") == Flaw(1, "no Mermaid diagram detected")
    too_long = flaw_of("flowchart LR\n" + "  a --> b\n" * 10_000)
    assert too_long is not None
    assert "longer than" in too_long.message


def test_without_what_draws_a_diagram_is_shown_as_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page says what to install."""
    monkeypatch.setattr(diagrams, "_merman", lambda: None)
    diagrams.draw.cache_clear()
    html = shown("```mermaid\nflowchart LR\n  plain --> text\n```\n")
    diagrams.draw.cache_clear()
    assert "install practicum[author]" in html
    assert "plain --&gt; text" in html
    judge(html)


HOSTILE = [
    "%%{init: {'themeCSS': '</style><script>x</script> * {display:none} @import url(//x/y);'}}%%\n"
    "flowchart LR\n  a --> b",
    'flowchart LR\n  a["<img src=x onerror=x>"] --> b["<script>x</script>"]',
    'flowchart LR\n  a --> b\n  click a "javascript:x"\n  click b href "https://evil.example"',
    "flowchart LR\n  a --> b\n  style a fill:url(https://evil.example/x)",
    "sequenceDiagram\n  A->>B: <foreignObject><iframe src=//x></iframe></foreignObject>",
    'classDiagram\n  class A\n  link A "https://evil.example"\n',
]


@needs_drawing
@pytest.mark.parametrize("text", HOSTILE)
def test_a_drawing_neither_runs_nor_loads_nor_restyles_the_page(text: str) -> None:
    """Whatever the diagram's text says."""
    svg = draw(text, "mine").svg
    assert svg
    read = Reader(svg)
    assert not {"script", "foreignobject", "iframe", "image", "a", "img"} & set(read.tags)
    for name, value in read.attributes:
        assert not name.startswith("on")
        assert name != "href" or value.startswith("#")
        assert "evil" not in value
    style = re.search(r"<style>(.*?)</style>", svg, re.DOTALL)
    assert style is None or ("@import" not in style[1] and "display:none" not in style[1])


WICKED = """<svg xmlns="http://www.w3.org/2000/svg"
 xmlns:xlink="http://www.w3.org/1999/xlink" id="mine" onload="x()">
<style>@import "//evil"; #mine .a{fill:red}
  #mine .b{background:url(//evil/b)}
 * {display:none} #mine-not .c{display:none} #mine .d, body{display:none}
 @font-face{font-family:x;src:local(x)} @keyframes dash{to{stroke-dashoffset:0}}
 #mine .e{fill:url(#gradient)}</style>
<script>x()</script><foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>
<image href="https://evil/i.png"/><a xlink:href="javascript:x()"><text>kept</text></a>
<use xlink:href="https://evil/u#x"/><use xlink:href="#near"/>
<path fill="url(https://evil/p)" d="M0"/>
<set attributeName="href" to="javascript:x()"/></svg>"""


def test_of_a_wicked_drawing_only_the_drawing_is_left() -> None:
    """Its own rules, its own references, its words."""
    svg = cleaned(WICKED, "mine", "A drawing")
    read = Reader(svg)
    assert read.tags == ["svg", "style", "g", "text", "use", "use", "path"]
    assert [each for each in read.attributes if each[0] == "href"] == [("href", "#near")]
    assert "evil" not in svg
    assert "javascript" not in svg
    assert "onload" not in svg
    style = svg.partition("<style>")[2].partition("</style>")[0]
    kept = ["#mine .a{fill:red}", "@keyframes dash{to{stroke-dashoffset:0}}"]
    assert style == "".join([*kept, "#mine .e{fill:url(#gradient)}"])
    assert "kept" in read.words


@pytest.mark.parametrize("svg", ["", "<svg", '<!DOCTYPE x [<!ENTITY a "b">]><svg>&a;</svg>'])
def test_what_is_no_drawing_is_not_shown(svg: str) -> None:
    """And no entity is ever followed."""
    with pytest.raises(diagrams.ElementTree.ParseError):
        cleaned(svg, "mine", "")
