"""From a passage's tokens to HTML that is safe to put into a page of ours.

Nothing of what an author wrote becomes markup except by way of a token: raw HTML is escaped (a
few marks without attributes are made anew), links lead to the web, to mail or to a place beside
the text, pictures come from beside it, and drawings are cleaned.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from practicum.authoring.markdown.anchors import Anchors
from practicum.authoring.markdown.attributes import Attributes, read_attributes
from practicum.authoring.markdown.containers import match
from practicum.authoring.markdown.diagrams import draw
from practicum.authoring.markdown.dialect import parser, tokens_of
from practicum.authoring.markdown.fences import MERMAID, OUTPUT, Fence, read_fence
from practicum.authoring.markdown.gathering import plain_text, without_comments
from practicum.curriculum.lesson import Passage, Source

Address = Callable[[str], str]
"""Where a relative link of the text leads on the page; "" where it must not lead."""

ASIDE_TITLES = {"note": "Note", "warning": "Warning", "run": "Run this", "lab": "Lab"}
_SAFE = re.compile(r"(https?://|mailto:)[^\s\x00-\x20]+", re.IGNORECASE)
_MARK = re.compile(r"<(/?)(sub|sup|kbd)>")
_BREAK = re.compile(r"<br ?/?>")
Env = MutableMapping[str, Any]


def as_it_is(target: str) -> str:
    """Relative links lead where they say."""
    return target


class Marking:
    """What a page keeps while its passages are turned into HTML: anchors, citations in their
    order, and how many drawings there are. Without ``lines``, no block says from which line of
    a file it comes."""

    def __init__(
        self,
        sources: Sequence[Source] = (),
        *,
        address: Address = as_it_is,
        course: str = "",
        lines: bool = True,
    ) -> None:
        self.anchors = Anchors()
        self.cited: dict[str, int] = {}
        self._sources = {each.id: each for each in sources}
        self._address = address
        self._course = course
        self._lines = lines
        self._drawings = 0
        self._offset = 0
        self._deeper = 0
        self._paired: tuple[Sequence[Token], set[int]] = ((), set())

    def html(self, passage: Passage, *, deeper: int = 0) -> str:
        """A passage's text; its headings so many levels deeper."""
        self._offset, self._deeper = passage.line, deeper
        lines = passage.text.split("\n")
        tokens = tokens_of(passage.text, match(lines))
        return str(_renderer().render(tokens, parser().options, {"marking": self}))

    def place(self, token: Token) -> str:
        """Which line of the file a token comes from, as an attribute."""
        if token.map is None or not self._lines:
            return ""
        return f' data-line="{self._offset + token.map[0] + 1}"'

    def heading(self, token: Token, inline: Token) -> str:
        """The opening tag of a heading, with its anchor; a title has none."""
        level = int(token.tag[1])
        if level == 1:
            return f"<h1{self.place(token)}>"
        anchor = self.anchors.give(plain_text(inline).strip())
        return f'<h{self.level(level)} id="{escape(anchor)}"{self.place(token)}>'

    def level(self, level: int) -> int:
        """The level at which a heading is shown."""
        return min(6, level + self._deeper) if level > 1 else 1

    def citation(self, name: str) -> str:
        """A number that leads to the source."""
        if name not in self._sources:
            return f'<sup class="unknown">[{escape(name)}?]</sup>'
        number = self.cited.setdefault(name, len(self.cited) + 1)
        said = escape(self._sources[name].company)
        return f'<sup><a class="cite" href="#source-{name}" title="{said}">[{number}]</a></sup>'

    def link(self, target: str) -> str:
        """The attributes of a link; none if it must lead nowhere."""
        if _SAFE.fullmatch(target):
            return f' href="{escape(target)}" rel="noopener noreferrer"'
        if not target.startswith("#") and not (target := self.beside(target)):
            return ' class="dead"'
        return f' href="{escape(target)}"'

    def beside(self, target: str) -> str:
        """Where a link leads that stays beside the text; "" for any other. A browser takes
        spaces off the ends, leaves control characters out, and reads what is before a colon as
        a scheme: so nothing of that may be there."""
        first = target.partition("/")[0]
        if not first or ":" in first or "\\" in target or target.startswith("#"):
            return ""
        if target != target.strip() or any(ord(each) < ord(" ") for each in target):
            return ""
        return self._address(target)

    def drawing(self, token: Token, fence: Fence) -> str:
        """A diagram with its text folded away; the text alone where it cannot be drawn."""
        self._drawings += 1
        drawing = draw(token.content, f"diagram-{self._drawings}", fence.title)
        text = f"<pre>{escape(token.content)}</pre>"
        if drawing.flaw is not None:
            line = self._offset + (token.map[0] if token.map else 0) + 1 + drawing.flaw.line
            said = f"line {line}: {escape(drawing.flaw.message)}"
            head = f'<p class="flaw">This diagram cannot be drawn, {said}</p>'
            return f'<figure class="diagram"{self.place(token)}>{head}{text}</figure>\n'
        caption = f"<figcaption>{escape(fence.title)}</figcaption>" if fence.title else ""
        folded = f"<details><summary>The diagram as text</summary>{text}</details>"
        body = f'<div class="drawing">{drawing.svg}</div>{caption}{folded}'
        return f'<figure class="diagram"{self.place(token)}>{body}</figure>\n'

    def paired(self, tokens: Sequence[Token]) -> set[int]:
        """Which of the marks among the parts of a line stand in pairs."""
        if self._paired[0] is not tokens:
            self._paired = (tokens, _pairs(tokens))
        return self._paired[1]

    def lab(self, attributes: Attributes) -> str:
        """How a lab is begun."""
        name = escape(attributes.words[0]) if attributes.words else "?"
        words = f"{escape(self._course)}/{name}" if self._course else name
        return f"<p><code>practicum lab start {words}</code></p>"


def _of(env: Env) -> Marking:
    marking: Marking = env["marking"]
    return marking


@functools.cache
def _renderer() -> RendererHTML:
    renderer = RendererHTML(parser())
    rules: dict[str, Callable[..., str]] = {
        "fence": _fence,
        "code_block": _code_block,
        "container_open": _container_open,
        "container_close": _container_close,
        "citation": _citation,
        "html_inline": _html_inline,
        "html_block": _html_block,
        "heading_open": _heading_open,
        "heading_close": _heading_close,
        "link_open": _link_open,
        "image": _image,
        "table_open": _table_open,
        "table_close": _table_close,
        "paragraph_open": _paragraph_open,
    }
    renderer.rules.update(rules)  # type: ignore[arg-type]
    return renderer


def _fence(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token, marking = tokens[index], _of(env)
    fence, _ = read_fence(token.info)
    if fence.language == MERMAID:
        return marking.drawing(token, fence)
    place = marking.place(token)
    if fence.language == OUTPUT:
        body = f"<pre><samp>{escape(token.content)}</samp></pre>"
        return f'<figure class="output"{place}><figcaption>prints</figcaption>{body}</figure>\n'
    from practicum.authoring.markdown.html.highlighting import highlighted  # noqa: PLC0415 - slow

    body = f"<pre><code>{highlighted(token.content, fence.language)}</code></pre>"
    said = escape(fence.file or fence.title)
    caption = f"<figcaption>{said}</figcaption>" if said else ""
    return f'<figure class="listing"{place}>{caption}{body}</figure>\n'


def _code_block(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token = tokens[index]
    body = f"<pre><code>{escape(token.content)}</code></pre>"
    return f'<figure class="listing"{_of(env).place(token)}>{body}</figure>\n'


def _container_open(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token = tokens[index]
    kind, _, rest = token.info.partition(" ")
    attributes, place = read_attributes(rest), _of(env).place(token)
    title = attributes.named.get("title", "")
    if kind == "solution":
        summary = escape(title or "Solution")
        return f'<details class="solution"{place}><summary>{summary}</summary>\n'
    name = kind if kind in ASIDE_TITLES else "note"
    words = attributes.words[0] if kind == "lab" and attributes.words else ""
    label = escape(title or " ".join([ASIDE_TITLES.get(kind, kind), words]).strip())
    head = f'<div class="aside {name}" role="note"{place}><p class="label">{label}</p>\n'
    return head + (_of(env).lab(attributes) if kind == "lab" else "")


def _container_close(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    depth = 0
    for token in reversed(tokens[:index]):
        if token.type == "container_close":
            depth += 1
        elif token.type == "container_open":
            if depth == 0:
                return "</details>\n" if token.info.split()[0] == "solution" else "</div>\n"
            depth -= 1
    return "</div>\n"


def _citation(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    return _of(env).citation(tokens[index].meta["source"])


def _html_block(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    html = without_comments(tokens[index].content).strip()
    return f"<p>{escape(html)}</p>\n" if html else ""


def _html_inline(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    """The few marks that are kept, where each is closed in its place; the rest is shown as it
    was written."""
    html = without_comments(tokens[index].content)
    if _BREAK.fullmatch(html):
        return "<br>"
    return html if index in _of(env).paired(tokens) else escape(html)


def _pairs(tokens: Sequence[Token]) -> set[int]:
    """The places of marks that open and close each other, without crossing anything else."""
    found: set[int] = set()
    open_: list[tuple[str, int, int]] = []
    for index, token in enumerate(tokens):
        while open_ and open_[-1][1] > token.level:
            open_.pop()
        mark = _MARK.fullmatch(token.content) if token.type == "html_inline" else None
        if mark is None:
            continue
        if not mark[1]:
            open_.append((mark[2], token.level, index))
        elif open_ and open_[-1][:2] == (mark[2], token.level):
            found |= {open_.pop()[2], index}
    return found


def _heading_open(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    return _of(env).heading(tokens[index], tokens[index + 1])


def _heading_close(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    return f"</h{_of(env).level(int(tokens[index].tag[1]))}>\n"


def _link_open(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token = tokens[index]
    title = token.attrGet("title")
    said = f' title="{escape(str(title))}"' if title else ""
    return f"<a{_of(env).link(str(token.attrGet('href') or ''))}{said}>"


def _image(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token, marking = tokens[index], _of(env)
    source, said = str(token.attrGet("src") or ""), escape(plain_text(token))
    if target := marking.beside(source):
        return f'<img src="{escape(target)}" alt="{said}" loading="lazy">'
    return f"<a{marking.link(source)}>{said}</a>"


def _table_open(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    return f'<div class="table"{_of(env).place(tokens[index])}><table>\n'


def _table_close(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    return "</table></div>\n"


def _paragraph_open(tokens: Sequence[Token], index: int, options: OptionsDict, env: Env) -> str:
    token = tokens[index]
    return "" if token.hidden else f"<p{_of(env).place(token)}>"
