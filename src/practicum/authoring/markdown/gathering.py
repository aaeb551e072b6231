"""What a stretch of Markdown holds: words, headings, listings, diagrams, links, labs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from practicum.authoring.markdown.attributes import read_attributes
from practicum.authoring.markdown.containers import OPEN
from practicum.authoring.markdown.fences import MERMAID, OUTPUT, read_fence
from practicum.authoring.markdown.grammar import LAB
from practicum.curriculum.lesson import Diagram, Heading, Link, Listing
from practicum.labs.finding import Finding

_HTML_KEPT = re.compile(r"</?(?:sub|sup|kbd)>|<br ?/?>")
_WORD = re.compile(r"[^\W_][^\s]*")


class Gathered:
    """What was found in one stretch, in its order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.findings: list[Finding] = []
        self.titles: list[Heading] = []
        self.headings: list[Heading] = []
        self.listings: list[Listing] = []
        self.diagrams: list[Diagram] = []
        self.links: list[Link] = []
        self.labs: list[str] = []
        self.words = 0

    def take(self, tokens: Sequence[Token]) -> None:
        """Go through the tokens of a passage."""
        for index, token in enumerate(tokens):
            line = token.map[0] + 1 if token.map else 0
            if token.type == "inline":
                self._take_inline(token, line)
            elif token.type == "heading_open":
                self._take_heading(token, tokens[index + 1], line)
            elif token.type == "fence":
                self._take_fence(token, tokens[index - 1] if index else None, line)
            elif token.type == "html_block":
                self._judge_html(token.content, line)
            elif token.type == OPEN:
                self._take_aside(token)

    def _tell(self, line: int, message: str, remedy: str) -> None:
        found = Finding(file=self._name, line=line, message=message, remedy=remedy)
        self.findings.append(found)

    def _take_inline(self, token: Token, line: int) -> None:
        self.words += len(_WORD.findall(plain_text(token)))
        for below, child in lined(token, line):
            if child.type == "link_open":
                self.links.append(Link(target=str(child.attrGet("href") or ""), line=below))
            elif child.type == "image":
                self.links.append(Link(target=str(child.attrGet("src") or ""), line=below))
            elif child.type == "html_inline":
                self._judge_html(child.content, below)
            elif child.type == "text" and child.content.lstrip().startswith(":::"):
                said = "this opens and closes no container"
                remedy = "colons stand at the beginning of a line, as many as opened it"
                self._tell(below, said, remedy)

    def _take_heading(self, token: Token, inline: Token, line: int) -> None:
        heading = Heading(level=int(token.tag[1]), text=plain_text(inline).strip(), line=line)
        (self.titles if heading.level == 1 else self.headings).append(heading)

    def _take_fence(self, token: Token, before: Token | None, line: int) -> None:
        fence, complaints = read_fence(token.info)
        for said, remedy in complaints:
            self._tell(line, said, remedy)
        if fence.language == MERMAID:
            self.diagrams.append(Diagram(text=token.content, line=line, title=fence.title))
        elif fence.language != OUTPUT:
            listing = Listing(
                language=fence.language,
                text=token.content,
                line=line,
                file=fence.file,
                check=fence.check,
            )
            self.listings.append(listing)
        elif before is None or before.type != "fence" or _is_no_code(before):
            said = "this output follows no code"
            self._tell(line, said, "put it directly after the fence that prints it")
        else:
            last = self.listings[-1]
            self.listings[-1] = Listing(
                language=last.language,
                text=last.text,
                line=last.line,
                file=last.file,
                check=last.check,
                expected=token.content,
            )

    def _take_aside(self, token: Token) -> None:
        kind, _, rest = token.info.partition(" ")
        words = read_attributes(rest).words
        if kind == LAB and words:
            self.labs.append(words[0])

    def _judge_html(self, html: str, line: int) -> None:
        rest = " ".join(_HTML_KEPT.sub("", without_comments(html)).split())
        if rest:
            said = f"HTML is shown as it is written: {rest:.40}"
            self._tell(line, said, "write Markdown; put code between backquotes")


def without_comments(html: str) -> str:
    """HTML without its comments; one that does not end takes all that follows. (A pattern would
    look for the end of each anew.)"""
    kept = []
    while True:
        before, begun, rest = html.partition("<!--")
        kept.append(before)
        if not begun:
            return "".join(kept)
        html = rest.partition("-->")[2]


def _is_no_code(token: Token) -> bool:
    words = token.info.split()
    return bool(words) and words[0] in (MERMAID, OUTPUT)


def lined(token: Token, line: int) -> Iterator[tuple[int, Token]]:
    """The parts of an inline token, each with its line."""
    for child in token.children or ():
        yield line, child
        if child.type in ("softbreak", "hardbreak"):
            line += 1


def plain_text(token: Token) -> str:
    """What a reader reads of an inline token; pictures by their description."""
    said = []
    for child in token.children or ():
        if child.type in ("text", "code_inline", "text_special"):
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append("\n")
        elif child.type == "image":
            said.append(plain_text(child))
    return "".join(said)
