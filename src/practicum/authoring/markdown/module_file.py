"""``module.md``: front matter, and Markdown with containers, read into a `Lesson`.

Everything that is wrong with its structure is told, each thing by its line. What stands in a
container that is out of place is kept as part of what is around it, so that one mistake is
one finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from markdown_it.token import Token

from practicum.authoring.markdown.attributes import Attributes, read_attributes
from practicum.authoring.markdown.containers import CLOSE, OPEN, Matching, match
from practicum.authoring.markdown.dialect import tokens_of
from practicum.authoring.markdown.gathering import Gathered
from practicum.authoring.markdown.grammar import BLOCK, KINDS, OUTSIDE, PART, misfits, misplaced
from practicum.curriculum.lesson import (
    BLOCK_PARTS,
    SECTIONS,
    Block,
    Front,
    Heading,
    Lesson,
    Passage,
)
from practicum.labs.finding import Finding
from practicum.labs.text_file import read_text
from practicum.labs.yaml_file import YamlFile, convert, parse_yaml

BYTES_MAX = 1_000_000
FENCE = "---"
_STRUCTURE = (BLOCK, PART, *BLOCK_PARTS, *SECTIONS)


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A module's text without its front matter, and the titles (``# TITLE``) in it."""

    intro: Passage
    blocks: tuple[Block, ...] = ()
    timed: tuple[Block, ...] = ()
    sections: tuple[Passage, ...] = ()
    titles: tuple[Heading, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """All that could be read: the front matter may be missing where the body is there."""

    front: Front | None
    front_file: YamlFile | None
    body: Body
    findings: tuple[Finding, ...] = ()

    @property
    def lesson(self) -> Lesson | None:
        """The lesson, if the front matter says what it is."""
        if self.front is None:
            return None
        body = self.body
        return Lesson(
            front=self.front,
            intro=body.intro,
            blocks=body.blocks,
            timed=body.timed,
            sections=body.sections,
        )


def read_module(path: Path, *, within: Path | None = None) -> tuple[Lesson | None, list[Finding]]:
    """The lesson of a ``module.md``, with everything that is wrong with its structure; None if
    it cannot be read, or its front matter cannot."""
    text, findings = read_text(path, bytes_max=BYTES_MAX, within=within)
    return (None, findings) if text is None else parse_module(text, str(path))


def parse_module(text: str, name: str) -> tuple[Lesson | None, list[Finding]]:
    """The lesson of a text; see `read_module`. ``name`` is the file's, for the findings."""
    document = parse_document(text, name)
    return document.lesson, list(document.findings)


def parse_document(text: str, name: str) -> Document:
    """All that can be read of a module's text. Lines must end with ``\\n``."""
    lines = text.split("\n")
    front, front_file, after, findings = _front_of(lines, name)
    body, told = _parse_body(lines, after, name)
    findings += told
    if front is not None:
        findings += _judge_titles(body.titles, front.title, after, name)
    findings.sort(key=lambda each: each.line or 0)
    return Document(front=front, front_file=front_file, body=body, findings=tuple(findings))


def _front_of(
    lines: Sequence[str], name: str
) -> tuple[Front | None, YamlFile | None, int, list[Finding]]:
    """The front matter, its file, the number of lines it takes, and what is wrong with it."""
    if lines[0].rstrip() != FENCE:
        said, remedy = "the front matter is missing", "begin the file with `---`, `id:`, `title:`"
        return None, None, 0, [Finding(file=name, line=1, message=said, remedy=remedy)]
    ends = (number for number, line in enumerate(lines) if number and line.rstrip() == FENCE)
    end = next(ends, None)
    if end is None:
        said, remedy = "the front matter does not end", "end it with a line `---`"
        return None, None, 0, [Finding(file=name, line=1, message=said, remedy=remedy)]
    # The empty line stands for `---`, so that lines keep their numbers.
    file, findings = parse_yaml("\n".join(["", *lines[1:end], ""]), name)
    if file is None:
        return None, None, end + 1, findings
    front, misfits_ = convert(file, Front)
    return front, file, end + 1, misfits_


def _judge_titles(titles: Sequence[Heading], wanted: str, after: int, name: str) -> list[Finding]:
    def told(line: int, said: str, remedy: str) -> Finding:
        return Finding(file=name, line=line, message=said, remedy=remedy)

    if not titles:
        return [told(after + 1, "the title is missing", f"write `# {wanted}` first")]
    findings = [
        told(each.line, "this is a second title", "begin it with `##` or `###`")
        for each in titles[1:]
    ]
    if titles[0].text != wanted:
        said = f"the title is {titles[0].text!r} here and {wanted!r} in the front matter"
        findings.append(told(titles[0].line, said, "make them the same"))
    return findings


class _Frame:
    """A container that is being read: what stands directly in it, and what in turn does."""

    def __init__(self, kind: str, attributes: Attributes, start: int, until: int) -> None:
        self.kind, self.attributes = kind, attributes
        self.start, self.until = start, until
        self.tokens: list[Token] = []
        self.taken: list[tuple[int, int]] = []
        self.parts: list[Passage] = []

    @property
    def minutes(self) -> int:
        """As it says; 0 if it says none that could be."""
        said = self.attributes.named.get("minutes", "")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 5 else 0


def _parse_body(lines: Sequence[str], after: int, name: str) -> tuple[Body, list[Finding]]:
    """The body, which begins after so many lines."""
    blank = [""] * after + list(lines[after:])
    matching = match(blank)
    tokens = tokens_of("\n".join(blank), matching)
    return _Reader(blank, after, name).read(tokens, matching)


class _Reader:
    """Sorts the tokens of a body into blocks, parts, sections and what is outside of them."""

    def __init__(self, lines: Sequence[str], after: int, name: str) -> None:
        self._lines, self._name = lines, name
        self._findings: list[Finding] = []
        self._titles: list[Heading] = []
        self._blocks: list[Block] = []
        self._timed: list[Block] = []
        self._sections: list[Passage] = []
        outside = _Frame(OUTSIDE, Attributes({}), after - 1, len(lines))
        self._frames = [outside]
        # Kinds of the asides, and of what is out of place, around the next token.
        self._asides: list[str] = []

    def read(self, tokens: Sequence[Token], matching: Matching) -> tuple[Body, list[Finding]]:
        """The body, and what is wrong with it."""
        if matching.open_fence is not None:
            said = "this fence is not closed, so all that follows is code"
            self._tell(matching.open_fence, said, "close it with as many backquotes")
        opened: list[bool] = []
        for token in tokens:
            if token.type == OPEN:
                opened.append(self._open(token))
            elif token.type == CLOSE and opened.pop():
                self._close()
            elif token.type == CLOSE:
                self._asides.pop()
            else:
                self._frames[-1].tokens.append(token)
        intro = self._passage(self._frames[0])
        body = Body(
            intro=intro,
            blocks=tuple(self._blocks),
            timed=tuple(self._timed),
            sections=tuple(self._sections),
            titles=tuple(sorted(self._titles, key=lambda each: each.line)),
        )
        return body, self._findings

    def _tell(self, line: int, message: str, remedy: str) -> None:
        """A finding; the line counts from 0."""
        found = Finding(file=self._name, line=line + 1, message=message, remedy=remedy)
        self._findings.append(found)

    def _open(self, token: Token) -> bool:
        """Whether a container is part of the structure; else it belongs to what is around."""
        start, until = token.map or (0, 0)
        kind, _, rest = token.info.partition(" ")
        attributes = read_attributes(rest)
        around = self._asides[-1] if self._asides else self._frames[-1].kind
        wrong = misplaced(kind, around)
        if wrong is not None:
            self._tell(start, *wrong)
        if not token.meta["closed"] and not token.meta["told"]:
            said = f"{kind} is not closed before line {until + 1}"
            remedy = f"close it with `{token.markup}`; what stands in it has fewer colons"
            self._tell(start, said, remedy)
        if kind in KINDS:
            for complaint in misfits(kind, attributes):
                self._tell(start, *complaint)
        if kind not in _STRUCTURE or wrong is not None:
            self._asides.append(kind)
            self._frames[-1].tokens.append(token)
            return False
        frame = _Frame(kind, attributes, start, until)
        self._judge(frame)
        self._frames[-1].taken.append((start, until + token.meta["closed"]))
        self._frames.append(frame)
        return True

    def _judge(self, frame: _Frame) -> None:
        """Minutes that are none, and what stands twice."""
        said = frame.attributes.named.get("minutes")
        if said and not frame.minutes:
            self._tell(frame.start, f"minutes={said} is no number of minutes", "write a number")
        there = self._sections if frame.kind in SECTIONS else self._frames[-1].parts
        for each in there:
            if each.kind == frame.kind:
                message = f"{frame.kind} stands in line {each.line}, too"
                self._tell(frame.start, message, "make one of the two")
                break

    def _close(self) -> None:
        frame = self._frames.pop()
        passage = self._passage(frame)
        if frame.kind in (BLOCK, PART):
            block = Block(
                id=frame.attributes.named.get("id", ""),
                title=frame.attributes.named.get("title", ""),
                minutes=frame.minutes,
                line=frame.start + 1,
                intro=passage,
                parts=tuple(frame.parts),
            )
            (self._blocks if frame.kind == BLOCK else self._timed).append(block)
        elif frame.kind in BLOCK_PARTS:
            self._frames[-1].parts.append(passage)
        else:
            self._sections.append(passage)

    def _passage(self, frame: _Frame) -> Passage:
        gathered = Gathered(self._name)
        gathered.take(frame.tokens)
        self._findings += gathered.findings
        self._titles += gathered.titles
        return Passage(
            kind=frame.kind,
            line=frame.start + 1,
            text=self._text(frame),
            title=frame.attributes.named.get("title", ""),
            minutes=frame.minutes,
            words=gathered.words,
            headings=tuple(gathered.headings),
            listings=tuple(gathered.listings),
            diagrams=tuple(gathered.diagrams),
            links=tuple(gathered.links),
            labs=tuple(gathered.labs),
        )

    def _text(self, frame: _Frame) -> str:
        """The lines of a frame, those of what stands in it as a structure left blank."""
        lines = list(self._lines[frame.start + 1 : frame.until])
        for start, end in frame.taken:
            first = start - frame.start - 1
            lines[first : first + end - start] = [""] * (end - start)
        return "\n".join(lines).rstrip("\n") + "\n"
