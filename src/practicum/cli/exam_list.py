"""``practicum exam list`` and ``preview``: what there is to sit, and what it will be like."""

from __future__ import annotations

import datetime as dt
import os
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from practicum.authoring.papers import all_papers
from practicum.cli.catalogue import read_catalogue, span
from practicum.cli.markdown import print_markdown
from practicum.cli.screen import complain, out, print_json
from practicum.curriculum.catalogue import Catalogue, minutes_of
from practicum.curriculum.exam import Exam, Examination
from practicum.curriculum.question import ExamPaper
from practicum.labs.finding import CannotBeUsed, did_you_mean
from practicum.learner.exam.sheet import Form, form
from practicum.learner.exam.sitting import Sitting
from practicum.study.desk import Desk
from practicum.study.exams.sitting import sittings
from practicum.study.opening import open_desk


def list_(
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List your sittings, and the exams that can be sat."""
    desk = open_desk(os.environ)
    mine, now = sittings(desk), desk.now()
    papers = read_papers(desk)
    if json:
        print_json(
            {
                "sittings": [_told(each, now) for each in mine.values()],
                "exams": [
                    {"exam": name, "title": each.title, "minutes": each.minutes}
                    for name, each in papers.items()
                ],
            }
        )
        return
    if mine:
        table = _table("sitting", "began", "answered", "state")
        for each in mine.values():
            answered = f"{len(each.answers or each.drafted())} of {len(each.questions)}"
            table.add_row(each.id, f"{each.started_at:%Y-%m-%d %H:%M}", answered, state(each, now))
        out.print(table)
    table = _table("exam", "title", "minutes", "pass")
    for name, paper in papers.items():
        table.add_row(name, paper.title, str(paper.minutes), f"{paper.pass_score} %")
    out.print(table if papers else "no exam is written yet")


def read_papers(desk: Desk) -> dict[str, ExamPaper]:
    """The papers that can be sat, by exam; what is wrong with others is told on stderr."""
    papers, findings = all_papers(desk.folders)
    if findings:
        complain("\n".join(["exams that cannot be sat:", *(f"  {each}" for each in findings)]))
    return {each.paper.of: each.paper for each in sorted(papers, key=lambda each: each.paper.of)}


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("minutes", "pass") else "left")
    return table


def _told(sitting: Sitting, now: dt.datetime) -> dict[str, Any]:
    return {
        "sitting": sitting.id,
        "exam": sitting.exam,
        "started_at": sitting.started_at,
        "deadline": sitting.deadline,
        "seconds_left": int(sitting.left(now).total_seconds()),
        "questions": len(sitting.questions),
        "answered": len(sitting.answers or sitting.drafted()),
        "submitted_at": sitting.submitted_at,
        "result": sitting.result,
        "state": state(sitting, now),
    }


def state(sitting: Sitting, now: dt.datetime) -> str:
    """How far a sitting is, in a few words."""
    if sitting.submitted_at is None:
        return f"open, {clock(sitting.left(now))} left"
    if sitting.result is None:
        return "handed in, not graded yet"
    verdict = "passed" if sitting.result.passed else "not passed"
    so_far = " so far" if sitting.result.provisional else ""
    return f"{sitting.result.percent:g} %{so_far}, {verdict}"


def clock(span: dt.timedelta) -> str:
    """Hours, minutes and seconds as a watch shows them."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def preview(
    exam: Annotated[str, typer.Argument(help="The exam's id.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show an exam's form, minutes, topics and how it is graded, without a question of it.

    It needs no sitting, and works for an exam that is not written or not open to you yet.
    """
    catalogue = read_catalogue()
    name = exam.removeprefix("exam:")
    listed = dict(catalogue.all_exams()).get(f"exam:{name}")
    papers = read_papers(open_desk(os.environ))
    if listed is None and name not in papers:
        known = [each.removeprefix("exam:") for each, _ in catalogue.all_exams()]
        near = did_you_mean(name, dict.fromkeys([*known, *papers]))
        raise CannotBeUsed(f"there is no exam {name!r}: {near}")
    written = form(papers[name]) if name in papers else None
    if json:
        print_json({"exam": name, "listed": listed, "form": written})
        return
    _print_preview(catalogue, name, listed, written)


def _print_preview(
    catalogue: Catalogue, name: str, listed: Exam | Examination | None, written: Form | None
) -> None:
    title = written.title if written else listed.title if listed else name
    out.print(Text.assemble((title, "bold"), f"  {name}"))
    if listed is not None:
        _print_listed(catalogue, name, listed, is_written=written is not None)
    if written is None:
        return
    asked = f"{written.questions} questions in {written.minutes} minutes"
    out.print(f"{asked}; {written.pass_score} % pass it")
    for title, count in written.sections:
        out.print(f"    {title}: {count} question{'s' if count > 1 else ''}", markup=False)
    out.print("How it is graded:")
    for kind, how in written.how.items():
        out.print(f"    {kind} ({written.kinds[kind]} in the paper): {how}", markup=False)
    if written.rubric:
        judged = ", ".join(f"{each.name} ({each.points})" for each in written.rubric)
        out.print(f"    the paper as a whole, beside the result: {judged}", markup=False)
    if written.time_guide:
        out.print("Time:")
        print_markdown(written.time_guide)
    out.print(f"`practicum exam start {name}` begins it, and its clock", markup=False)


def _print_listed(
    catalogue: Catalogue, name: str, listed: Exam | Examination, *, is_written: bool
) -> None:
    if not is_written:
        out.print(f"{span(minutes_of(listed))} minutes", markup=False)
        pending = catalogue.pending(f"exam:{name}") or "it has no paper yet"
        out.print(f"pending: {pending}", markup=False)
    topics = listed.topics if isinstance(listed, Exam) else listed.focus_areas
    out.print("Topics:")
    for topic in topics:
        out.print(f"    {topic}", markup=False)
    if isinstance(listed, Exam) and listed.prerequisites:
        out.print(f"Know before: {', '.join(listed.prerequisites)}", markup=False)
