"""Take a GIFT file apart, by the rules of Moodle's own importer.

Questions are divided by blank lines; a line that begins with ``//`` is a comment. Within a question
the first ``{`` and the first ``}`` that are not escaped enclose the answers, and what they are is
told by the marks among them. Nothing that a file may hold is an exception: what cannot be read is
a finding with its line, and the questions around it are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from practicum.authoring.exchange.gift.answers import BadGift, Piece, answered
from practicum.authoring.exchange.gift.escaping import hidden, shown
from practicum.authoring.exchange.gift.question import GiftQuestion, Said
from practicum.labs.finding import Finding

QUESTIONS_MAX = 5_000
BLANK = "_____"
_CATEGORY = "$CATEGORY:"
_TAG = re.compile(r"\[(id|tag):([^\]\n]*)\]")


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a file, and what could not be read."""

    questions: tuple[GiftQuestion, ...]
    findings: tuple[Finding, ...]


class _Block(msgspec.Struct):
    """Lines between blank ones: ``line`` is the first one's; comments are kept apart, and stand
    as empty lines among the others."""

    line: int
    lines: list[str]
    comments: list[tuple[str, int]]


def parse(text: str, name: str) -> Parsed:
    """All questions of a text that is called so in findings."""
    questions: list[GiftQuestion] = []
    findings: list[Finding] = []
    category = ""
    for block in _blocks(text):
        if len(questions) == QUESTIONS_MAX:
            said = f"there are more than {QUESTIONS_MAX} questions"
            remedy = "split the file; what comes from here on was not read"
            findings.append(Finding(file=name, line=block.line, message=said, remedy=remedy))
            break
        try:
            category, found = _question(block, category)
        except BadGift as error:
            findings.append(
                Finding(file=name, line=error.line, message=error.said, remedy=error.remedy)
            )
            continue
        if found is not None:
            questions.append(found)
    return Parsed(questions=tuple(questions), findings=tuple(findings))


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if not bare:
            if block is not None:
                yield block
            block = None
            continue
        block = block or _Block(number, [], [])
        is_comment = bare.startswith("//")
        block.lines.append("" if is_comment else line)
        if is_comment:
            block.comments.append((bare, number))
    if block is not None:
        yield block


def _question(block: _Block, category: str) -> tuple[str, GiftQuestion | None]:
    """The category from here on, and the question, if there is one."""
    piece = Piece(hidden("\n".join(block.lines)), block.line).stripped()
    while piece.text.startswith(_CATEGORY):
        first, _, rest = piece.text.partition("\n")
        category = shown(first.removeprefix(_CATEGORY)).strip()
        piece = piece.part(len(first) + 1 if rest else len(first)).stripped()
    name, tags = _tags(block.comments)
    if not piece.text:
        if name or tags:
            raise BadGift(
                block.line, "an id or a tag belongs to no question", "write it right before one"
            )
        return category, None
    line, title, piece = piece.line, *_title(piece)
    start, end = piece.text.find("{"), piece.text.find("}")
    _check_braces(piece, start, end)
    if start < 0:
        text = piece.said()
        found = GiftQuestion(line=line, kind="description", text=text)
    else:
        text = _around(piece, start, end)
        found = answered(piece.part(start + 1, end), text, line)
    if not text.text:
        raise BadGift(line, "it asks nothing", "write the question before its answers")
    return category, msgspec.structs.replace(
        found, title=title, category=category, name_in_file=name, tags=tags
    )


def _title(piece: Piece) -> tuple[str, Piece]:
    if not piece.text.startswith("::"):
        return "", piece
    end = piece.text.find("::", 2)
    if end < 0:
        return "", piece.part(2).stripped()
    title = " ".join(shown(piece.text[2:end]).split())
    return title, piece.part(end + 2).stripped()


def _check_braces(piece: Piece, start: int, end: int) -> None:
    if start < 0 and end < 0:
        return
    if start < 0 or end < 0 or end < start:
        at, which = (end, "}") if start < 0 or 0 <= end < start else (start, "{")
        other = "{" if which == "}" else "}"
        raise BadGift(
            piece.line_at(at), f"{which} has no {other}", f"write {other}, or \\{which} for itself"
        )
    again = next((n for n in range(end + 1, len(piece.text)) if piece.text[n] in "{}"), -1)
    inner = piece.text.find("{", start + 1, end)
    if inner >= 0 or again >= 0:
        at = inner if inner >= 0 else again
        raise BadGift(
            piece.line_at(at),
            f"a second {piece.text[at]} stands here",
            f"write \\{piece.text[at]} for itself, or a blank line between two questions",
        )


def _around(piece: Piece, start: int, end: int) -> Said:
    """What is asked; where it goes on after the answers, with a blank in their place."""
    before, after = piece.text[:start], piece.text[end + 1 :]
    whole = before + (BLANK + after if after.strip() else "")
    return Piece(whole, piece.line).said()


def _tags(comments: list[tuple[str, int]]) -> tuple[str, tuple[tuple[str, int], ...]]:
    name, tags = "", []
    for comment, line in comments:
        for found in _TAG.finditer(comment):
            value = shown(hidden(found[2])).strip()
            if found[1] == "id":
                name = value
            elif value:
                tags.append((value, line))
    return name, tuple(tags)
