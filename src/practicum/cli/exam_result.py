"""``practicum exam result`` and ``reflect``: what came of a sitting, and what she thinks of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from practicum.cli.catalogue import read_catalogue
from practicum.cli.markdown import print_markdown
from practicum.cli.screen import out, print_json
from practicum.learner.exam.refusal import NotSubmitted
from practicum.learner.exam.result import InWords, Judged, Result, Share
from practicum.study.desk import Desk
from practicum.study.exams import sitting as study
from practicum.study.exams.code import code_runner
from practicum.study.exams.grading import RunCode, Told, result_of
from practicum.study.opening import PERSON_VARIABLE, open_desk


def run_code(desk: Desk) -> RunCode:
    """What judges answers in code here. Who is at home at this terminal wrote them herself."""
    return code_runner(own_machine=not desk.environ.get(PERSON_VARIABLE))


def scores() -> Mapping[int, int]:
    """What each level asks of an exam, by its number."""
    levels = read_catalogue().levels.levels
    return {each.n: each.exams.score for each in levels if each.exams is not None}


def result(
    sitting: Annotated[str, typer.Argument(help="The sitting, or its exam.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show what came of a sitting: points, what was right and why, what to look at again.

    What could not be graded yet is tried again.
    """
    desk = open_desk(os.environ)
    name = study.named(desk, sitting)
    print_result(result_of(desk, name, run_code(desk), levels=scores()), json=json)


def print_result(told: Told, *, json: bool) -> None:
    """Show a result."""
    found, answers = told.result, {each.question: each for each in told.answers}
    if json:
        print_json(_as_data(told))
        return
    by = " when the time was over" if found.by_clock else ""
    handed_in = f"handed in{by} at {found.submitted_at:%Y-%m-%d %H:%M} UTC"
    out.print(Text.assemble((found.title, "bold"), f"  {found.sitting}, {handed_in}"))
    for place, section in enumerate(found.sections):
        out.print(Text.assemble("\n", (section.name, "bold"), f"  {_of(section)}"))
        for each in found.questions:
            if each.section == place:
                _print_judged(each, answers[each.question])
    _print_verdict(found)
    for objective in found.objectives:
        out.print(f"    {objective.name}: {_of(objective)}", markup=False)
    _print_further(found)


def _as_data(told: Told) -> dict[str, Any]:
    """The result as programs see it: each question with its answer in words."""
    data: dict[str, Any] = msgspec.to_builtins(told.result)
    for question, words in zip(data["questions"], told.answers, strict=True):
        question.update(msgspec.to_builtins(words))
    return data


def _print_judged(each: Judged, words: InWords) -> None:
    points = "waits" if each.points is None else f"{each.points:g} of {each.of}"
    full = each.points == each.of
    style = "green" if full else "yellow" if each.points is None else "red"
    out.print(Text.assemble("  ", (points, style), f"  {each.question}"))
    _print_lines("you", words.answer if "\n" not in words.answer else "", words.answer_spelled)
    if not full:
        _print_lines("right", words.right, words.right_spelled)
    for label, text in (("why", words.explain), ("note", each.note), ("but", each.waits)):
        _print_lines(label, text)


def _print_lines(label: str, text: str, further: Sequence[str] = ()) -> None:
    if text:
        out.print(f"      {label}: {text}", markup=False)
        for line in further:
            out.print(f"          {line}", markup=False)


def _of(share: Share) -> str:
    waiting = f", {share.waiting} to be graded" if share.waiting else ""
    return f"{share.points:g} of {share.of} ({share.percent:g} %){waiting}"


def _print_verdict(found: Result) -> None:
    passed = "passed" if found.passed else "not passed"
    so_far = f" so far, up to {found.percent_most:g} %" if found.provisional else ""
    told = f"{passed}, {found.pass_score} % are needed"
    style = "bold green" if found.passed else "bold red"
    out.print(Text.assemble("\n", (f"{found.percent:g} %{so_far}: {told}", style)))
    counts = [str(each.level) for each in found.levels if each.passed]
    lacks = [f"{each.level} ({each.needed} %)" for each in found.levels if not each.passed]
    if counts:
        out.print(
            f"It counts for level {', '.join(counts)}"
            + (f"; not for {', '.join(lacks)}" if lacks else ""),
            markup=False,
        )


def _print_further(found: Result) -> None:
    if found.review:
        blocks = dict.fromkeys(each.block or each.question for each in found.review)
        out.print(f"Look again at: {', '.join(blocks)}", markup=False)
    for two in found.agreements:
        kappa = "cannot be told" if two.kappa is None else f"{two.kappa:.2f}"
        out.print(
            f"{two.first} and {two.second}, {two.criteria} criteria: kappa {kappa}", markup=False
        )
    if found.whole is not None and found.whole.points is not None:
        out.print(f"The paper as a whole: {found.whole.points:g} points", markup=False)
    if any(each.kind == "design" and each.waits for each in found.questions):
        out.print(f"`practicum exam grade {found.sitting}` grades by the rubric", markup=False)
    if found.resources:
        out.print("Read on:", markup=False)
        print_markdown("\n".join(f"- {resource}" for resource in found.resources))
    left = [asked for asked in found.reflection if asked not in found.reflected]
    if left:
        out.print(f"Think back, with `practicum exam reflect {found.sitting}`:", markup=False)
        for asked in left:
            out.print(f"    {asked}", markup=False)


def reflect(
    sitting: Annotated[str, typer.Argument(help="The sitting, or its exam.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(help="An answer to each question in order; without any you are asked."),
    ] = None,
) -> None:
    """Think back on an exam, and keep what you think; Enter passes a question over."""
    desk = open_desk(os.environ)
    opened = study.opened(desk, sitting)
    asked, name = opened.paper.reflection, opened.sitting.id
    if opened.sitting.submitted_at is None:
        raise NotSubmitted(name)
    told: list[str] = []
    if answers:
        if len(answers) > len(asked):
            raise typer.BadParameter(f"{len(asked)} questions are asked, not {len(answers)}")
        told = [each for each in answers if each.strip()]
        if told:
            given = zip(asked, answers, strict=False)
            study.reflect(desk, name, {each: said for each, said in given if said.strip()})
    else:
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            for each in asked:
                out.print(each, markup=False)
                if said := input("> ").strip():
                    study.reflect(desk, name, {each: said})
                    told.append(said)
    out.print("kept" if told else "nothing was written", markup=False)
