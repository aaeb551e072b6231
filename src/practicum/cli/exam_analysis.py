"""``practicum exam analysis``: which questions of an exam are good, and what a result is worth."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from practicum.cli.screen import out, print_json
from practicum.learner.analysis.analysis import Item, TestFigures
from practicum.learner.analysis.flags import Flag
from practicum.learner.analysis.items import Option
from practicum.learner.analysis.statistic import Correlation
from practicum.study.exams.analysing import ExamAnalysis, analysis_of
from practicum.study.opening import open_desk

NONE = "–"
TEXT_SHOWN = 60


def analysis(
    exam: Annotated[str, typer.Argument(help="The exam's id.")],
    options: Annotated[
        bool, typer.Option("--options", help="List who took which choice, too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """For mentors and hosts: analyse an exam over everybody's sittings, without a name.

    Of each question its difficulty, how it goes with the rest of the paper, who took which
    choice; of the paper its mean, spread, reliability and error; and what stands out, with what
    to do. A figure for which there are too few sittings is not told.
    """
    found = analysis_of(open_desk(os.environ), exam)
    if json:
        print_json(found)
        return
    out.print(Text.assemble((found.title, "bold"), f"  {found.exam}"))
    for line in _told(found):
        out.print(line, markup=False)
    if not found.analysis.sittings:
        return
    out.print(_of_tests([found.analysis.test, *found.analysis.sections]))
    for each in dict.fromkeys(x.too_few for x in (found.analysis.test, *found.analysis.sections)):
        if each:
            out.print(f"    {each}", markup=False)
    out.print(_of_items(found.analysis.items))
    for each in dict.fromkeys(item.figures.too_few for item in found.analysis.items):
        if each:
            out.print(f"    {each}", markup=False)
    if options:
        for item in found.analysis.items:
            _print_options(item)
    _print_flags(found)


def _told(found: ExamAnalysis) -> Iterator[str]:
    count = found.analysis.sittings
    yield f"{count} sitting{'' if count == 1 else 's'}, the first of each person"
    if found.again:
        yield f"    left out: {found.again} of who had sat it before"
    if found.open:
        yield f"    left out: {found.open} not handed in"
    if found.unreadable:
        yield f"    left out: {found.unreadable} of papers that are not in this home"
    for question, number in found.reworded.items():
        yield f"    {question}: {number} left out, which saw other words or another key"


def _of_tests(tests: Iterable[TestFigures]) -> Table:
    table = _table("part", "questions", "mean %", "spread", "reliability", "±SEM %")
    for each in tests:
        known = each.reliability is not None
        table.add_row(
            each.name or "all",
            str(each.questions),
            _number(each.mean, 1),
            _number(each.spread, 1),
            f"{each.reliability:.2f} ({each.measure})" if known else NONE,
            _number(each.sem, 1),
        )
    return table


def _of_items(items: Iterable[Item]) -> Table:
    table = _table("question", "asked", "share", "with rest", "D27", "omitted", "late", "flags")
    for each in items:
        figures = each.figures
        table.add_row(
            figures.question,
            str(figures.asked),
            _number(figures.difficulty, 2),
            _between(figures.item_rest),
            _number(figures.d27, 2),
            str(figures.omitted),
            str(figures.not_reached),
            ", ".join(flag.kind for flag in each.flags),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        left = column in ("part", "question", "flags")
        table.add_column(column, justify="left" if left else "right")
    return table


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def _between(found: Correlation | None) -> str:
    if found is None:
        return NONE
    return f"{found.r:.2f} ({found.low:.2f} to {found.high:.2f})"


def _print_options(item: Item) -> None:
    if not item.figures.options:
        return
    out.print(Text(f"\n{item.figures.question}", "bold"))
    for each in item.figures.options:
        out.print(f"    {_option(each)}", markup=False)


def _option(option: Option) -> str:
    text = " ".join(option.text.split())
    text = text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 3]}..."
    rest = "" if option.rest_mean is None else f", {option.rest_mean:.0f} % of the rest"
    mark = "*" if option.right else " "
    label = f"{option.label} " if option.label else ""
    return f"{mark} {label}{text}: {option.taken} ({100 * option.share:.0f} %){rest}"


def _print_flags(found: ExamAnalysis) -> None:
    told: list[tuple[str, Flag]] = [("the exam", flag) for flag in found.analysis.flags]
    told += [(each.figures.question, flag) for each in found.analysis.items for flag in each.flags]
    out.print(Text("\nWhat stands out" if told else "\nNothing stands out", "bold"))
    for name, flag in told:
        out.print(Text.assemble("  ", (name, "bold"), f": {flag.says}"))
        out.print(f"      {flag.remedy}", markup=False)
