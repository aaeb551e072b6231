"""Ask one question in the terminal until its answer is marked, and tell what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.syntax import Syntax
from rich.text import Text

from practicum.cli.editor import Editor, NoEditor
from practicum.cli.exam_grade import ask_level
from practicum.cli.markdown import print_markdown
from practicum.cli.question_shown import print_sheet
from practicum.cli.screen import out
from practicum.curriculum.question import Code, Design
from practicum.labs.finding import CannotBeUsed
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.exam.sheet import sheet
from practicum.learner.exam.variant import Item
from practicum.study.desk import Desk
from practicum.study.marking import Given, Marked, NotMarkedYet

DRAFTS = "drafts"
T = TypeVar("T")


class Left(Exception):
    """She leaves the question without an answer; ``word`` is what she said: s, x or q."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def ask(desk: Desk, item: Item, take: Callable[[Given], T], *, leave: str) -> T:
    """Ask until ``take`` accepts what was given, and return what it returns.

    ``leave`` tells which words leave the question (``:s skips``); then Left is raised. EOFError
    when nobody is there any more.
    """
    shown = sheet(item)
    print_sheet(shown)
    out.print(Text(f"answer with {shown.expected}; {leave}", "dim"))
    began = desk.now()
    while True:
        said = _said(desk, item)
        seconds = max(0.0, (desk.now() - began).total_seconds())
        given = Given(said=said, seconds=seconds)
        try:
            taken = _taken(item, given, take)
        except BadAnswer as error:
            out.print(Text(f"not counted. {error}", "red"))
            continue
        _draft(desk, item).unlink(missing_ok=True)  # the next time she begins with nothing
        return taken


def _said(desk: Desk, item: Item) -> str:
    """An answer, from a line or from her editor."""
    in_editor = isinstance(item.question, Code | Design)
    while True:
        line = input("Enter opens your editor > " if in_editor else "> ").strip()
        if line in (":s", ":x", ":q"):
            raise Left(line[1:])
        if not in_editor:
            if line:
                return line
            continue
        try:
            if text := _edited(desk, item):
                return text
        except (NoEditor, CannotBeUsed) as error:
            out.print(Text(str(error), "red"))


def _edited(desk: Desk, item: Item) -> str:
    """What she wrote in her editor; empty if nothing. It stays in her home until it is marked."""
    begin = item.question.start if isinstance(item.question, Code) else ""
    editor = Editor(_draft(desk, item), desk.environ)
    editor.lay_out(begin, None)
    text = editor.edit(lambda text: None)
    return "" if text.strip() == begin.strip() else text


def _draft(desk: Desk, item: Item) -> Path:
    ending = ".py" if isinstance(item.question, Code) else ".md"
    return desk.home / DRAFTS / "questions" / f"{item.id}{ending}"


def _taken(item: Item, given: Given, take: Callable[[Given], T]) -> T:
    """What becomes of it, with her own judgement where no machine can tell."""
    try:
        return take(given)
    except NotMarkedYet as error:
        return take(_judged(item, given, error.by))


def _judged(item: Item, given: Given, by: str) -> Given:
    question = item.question
    out.print(Text("A good answer:", "bold"))
    if isinstance(question, Code):
        out.print(Syntax(question.solution, "python", theme="ansi_dark"))
        out.print(Text("What it is checked by:", "bold"))
        out.print(Syntax(question.check, "python", theme="ansi_dark"))
    elif isinstance(question, Design):
        print_markdown(question.model)
    if by == "levels" and isinstance(question, Design):
        levels = {each.name: ask_level(each) for each in question.rubric}
        return msgspec.structs.replace(given, levels=levels)
    while (said := input("is yours right? y or n > ").strip().lower()[:1]) not in ("y", "n"):
        continue
    return msgspec.structs.replace(given, passed=said == "y")


def print_marked(marked: Marked) -> None:
    """The points, what is right, and why."""
    style = "green" if marked.points == marked.of else "red" if not marked.points else "yellow"
    right = f"  right: {marked.right}" if marked.right and style != "green" else ""
    out.print(Text.assemble((f"{marked.points:g} of {marked.of:g} points", f"bold {style}"), right))
    if marked.note:
        out.print(marked.note, markup=False)
    for each in marked.misjudged:
        out.print(f"  {each}", markup=False)
    if marked.model and marked.grader == "machine":
        out.print(Syntax(marked.model, "python", theme="ansi_dark"))
    print_markdown(marked.explain)
