"""``practicum exam grade``: walk through a rubric."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from practicum.cli.exam_result import print_result, run_code, scores
from practicum.cli.markdown import print_markdown
from practicum.cli.screen import out
from practicum.curriculum.question import Criterion
from practicum.learner.events import Grader
from practicum.learner.exam.sheet import model
from practicum.learner.exam.sitting import WHOLE
from practicum.study.desk import Desk
from practicum.study.exams import sitting as study
from practicum.study.exams.grading import grade as give
from practicum.study.exams.grading import result_of, to_grade
from practicum.study.exams.sitting import Open
from practicum.study.opening import open_desk

GRADERS: dict[str, Grader] = {"self": "self", "peer": "peer", "mentor": "mentor"}


def grade(
    sitting: Annotated[str, typer.Argument(help="The sitting, or its exam.")],
    as_: Annotated[str, typer.Option("--as", help="self, peer or mentor.")] = "self",
    by: Annotated[str, typer.Option("--by", help="Who grades, for a peer and a mentor.")] = "",
    question: Annotated[
        str, typer.Option("--question", help="Only this one; * is the paper as a whole.")
    ] = "",
    level: Annotated[
        list[str] | None,
        typer.Option("--level", help="CRITERION=LEVEL, for each criterion; asks nothing then."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What the grade rests on.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Grade the designs of a sitting that was handed in, criterion by criterion.

    A mentor's grade counts before the median of the peers', and that before your own. Grading
    again replaces what the same person gave before.
    """
    if as_ not in GRADERS:
        raise typer.BadParameter(f"{as_!r}: grade as one of {', '.join(GRADERS)}")
    if as_ != "self" and not by.strip():
        raise typer.BadParameter(f"say with --by who grades as {as_}")
    if level and not question:
        raise typer.BadParameter("say with --question what the levels are for")
    told = levels_by(level or ())
    desk = open_desk(os.environ)
    opened = study.opened(desk, sitting)
    name = opened.sitting.id
    known = to_grade(desk, name)
    who = desk.person if as_ == "self" else by.strip()
    for each in [question] if question else known:
        levels, why = told, note
        if not level:
            _show(opened, each)
            levels = {one.name: ask_level(one) for one in known.get(each, ())}
            why = note or input("what does it rest on? Enter for nothing > ").strip()
        give(desk, name, each, grader=GRADERS[as_], by=who, levels=levels, note=why)
    _tell(desk, name, any_graded=bool(known), json=json)


def _tell(desk: Desk, name: str, *, any_graded: bool, json: bool) -> None:
    found = result_of(desk, name, run_code(desk), levels=scores())
    if not any_graded and not json:
        out.print("nothing in it is graded by a rubric", markup=False)
    else:
        print_result(found, json=json)


def levels_by(words: Sequence[str]) -> dict[str, int]:
    """The levels of a rubric, as options say them."""
    found = {}
    for each in words:
        name, _, number = each.rpartition("=")
        if not name or not number.strip().isdecimal():
            raise typer.BadParameter(f"{each!r}: write CRITERION=LEVEL, such as limits=2")
        found[name.strip()] = int(number)
    return found


def _show(opened: Open, question: str) -> None:
    if question == WHOLE:
        out.rule("The paper as a whole")
        return
    item = opened.item(question)
    out.rule(question)
    print_markdown(item.text)
    out.print(Text("A good answer, one of several:", "bold"))
    print_markdown(model(item))
    out.print(Text("The answer:", "bold"))
    out.print(str(opened.sitting.answers.get(question)), markup=False)


def ask_level(criterion: Criterion, ask: Callable[[str], str] = input) -> int:
    """Ask for the level of one criterion until there is one."""
    most = len(criterion.levels) - 1
    out.print(Text.assemble("\n", (criterion.name, "bold"), f"  {criterion.points} points"))
    for number, words in enumerate(criterion.levels):
        out.print(f"  {number}  {words}", markup=False)
    while True:
        line = ask(f"level 0 to {most} > ").strip()
        if line.isdecimal() and int(line) <= most:
            return int(line)
        out.print(f"one of the numbers 0 to {most}", markup=False)
