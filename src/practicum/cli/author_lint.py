"""``practicum author lint`` and ``explain``: the standards that execute, and what they mean."""

from __future__ import annotations

import datetime as dt
import os
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from practicum.authoring.linting import LintReport, Remark
from practicum.authoring.linting import lint as judge
from practicum.authoring.rules import RULES, Rule
from practicum.cli.screen import out, print_json
from practicum.labs.finding import LabError, did_you_mean
from practicum.labs.library import course_folders
from practicum.servers.home import state_home

COLOURS = {"error": "red", "advice": "yellow"}


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    GITHUB = "github"


Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Modules, courses, exam papers, folders of them, Markdown files, or ids; "
        "all without it.",
    ),
]


def lint(
    paths: Places = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    format: Annotated[
        Format, typer.Option("--format", help="github: as annotations of a pull request.")
    ] = Format.TEXT,
) -> None:
    """Judge modules by the standards: everything that is wrong, with file, line and remedy.

    Exit code 1 if there are errors; advice alone is 0. `practicum author explain RULE` says what
    a rule demands and why.
    """
    report = judge_places(paths or [])
    if json:
        print_json(as_data(report))
    elif format is Format.GITHUB:
        for each in report.remarks:
            typer.echo(as_annotation(each))
    else:
        show(report)
    raise typer.Exit(1 if report.errors else 0)


def judge_places(paths: list[str]) -> LintReport:
    """What the linter says of some places, today."""
    folders, home = course_folders(os.environ), state_home(os.environ)
    return judge(paths, folders=folders, today=dt.date.today(), home=home)


def as_data(report: LintReport) -> dict[str, object]:
    """A report for programs."""
    return {
        "errors": report.errors,
        "advice": report.advice,
        "modules": [
            {
                "id": each.id,
                "folder": str(each.folder),
                "minutes": each.minutes,
                "errors": len(each.errors),
                "advice": len(each.remarks) - len(each.errors),
            }
            for each in report.modules
        ],
        "findings": msgspec.to_builtins(report.remarks),
    }


def show(report: LintReport) -> None:
    """A report for people."""
    for each in report.remarks:
        where = each.file if each.line is None else f"{each.file}:{each.line}"
        field = f"{each.field}: " if each.field else ""
        severity = (f"{each.severity} ", COLOURS[each.severity])
        out.print(Text.assemble((where, "bold"), ": ", severity, (each.rule, "cyan")))
        out.print(Text(f"    {field}{each.message}"))
        out.print(Text(f"    -> {each.remedy}", style="dim"))
    papers = sum(each.is_paper for each in report.modules)
    judged = len(report.modules) - papers
    told = f"{judged} module{'' if judged == 1 else 's'}" if judged or not papers else ""
    if papers:
        told += f"{' and ' if told else ''}{papers} exam paper{'' if papers == 1 else 's'}"
    told += f" judged: {_counted(report)}"
    out.print(told, markup=False)


def _counted(report: LintReport) -> str:
    errors = f"{report.errors} error{'' if report.errors == 1 else 's'}"
    return f"{errors}, {report.advice} advice" if report.remarks else "nothing to find"


def as_annotation(remark: Remark) -> str:
    """A finding as GitHub reads it from the log of a run."""
    kind = {"error": "error", "advice": "warning"}[remark.severity]
    line = f",line={remark.line}" if remark.line is not None else ""
    field = f"{remark.field}: " if remark.field else ""
    message = _escaped(f"{field}{remark.message}: {remark.remedy}")
    file = _escaped(remark.file, ",:")
    return f"::{kind} file={file}{line},title={_escaped(remark.rule, ',:')}::{message}"


def _escaped(text: str, more: str = "") -> str:
    for each in "%\r\n" + more:
        text = text.replace(each, f"%{ord(each):02X}")
    return text


def explain(
    rule: Annotated[str, typer.Argument(help="A rule, as `lint` names it; without it, all.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Say what a rule demands, why, what to do, and since when."""
    if rule and rule not in RULES:
        near = did_you_mean(rule, RULES)
        near = near if near.startswith("did you mean") else "`practicum author explain` lists all"
        raise LabError(f"there is no rule {rule!r}: {near}")
    chosen = [RULES[rule]] if rule else [RULES[each] for each in sorted(RULES)]
    if json:
        print_json(msgspec.to_builtins(chosen))
    elif rule:
        _explain(chosen[0])
    else:
        for each in chosen:
            severity = each.severity_on(dt.date.today())
            name = (f"{each.id}  ", "bold cyan")
            out.print(Text.assemble(name, (f"{severity}  ", COLOURS[severity]), each.demands))


def _explain(rule: Rule) -> None:
    today = rule.severity_on(dt.date.today())
    out.print(Text.assemble((rule.id, "bold cyan"), "  ", (today, COLOURS[today])))
    since = f"{rule.since}"
    if rule.error_from is not None:
        since += f"; an error from {rule.error_from}"
    rows = [("demands", rule.demands), ("why", rule.why), ("remedy", rule.remedy)]
    rows += [("of", " and ".join(_PROFILES[each] for each in rule.profiles))]
    rows += [("found by", f"practicum author {rule.judge}"), ("since", since)]
    for name, text in rows:
        out.print(Text.assemble((f"{name:9}", "dim"), text))


_PROFILES = {"blocks": "modules of focus blocks", "parts": "modules of timed parts"}
