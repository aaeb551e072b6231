"""``practicum exam start``, ``resume``, ``answer`` and ``submit``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from practicum.cli.exam_list import clock
from practicum.cli.exam_result import print_result, run_code, scores
from practicum.cli.exam_room import Room
from practicum.cli.screen import out, print_json
from practicum.labs.finding import CannotBeUsed
from practicum.labs.text_file import read_text, text_of
from practicum.learner.exam.answers import TEXT_MAX
from practicum.learner.exam.sheet import parts, said, sheet
from practicum.study.desk import Desk
from practicum.study.exams import sitting as study
from practicum.study.exams.grading import result_of
from practicum.study.exams.sitting import Open, Saved
from practicum.study.opening import open_desk

BYTES_MAX = 4 * TEXT_MAX
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def start(
    exam: Annotated[str, typer.Argument(help="The exam's id; `practicum exam list` has them.")],
    seed: Annotated[
        int | None, typer.Option("--seed", help="Which variant; without it by chance.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the questions as JSON, and ask nothing.")
    ] = False,
) -> None:
    """Begin an exam: its clock runs from now on, whether you stay or not.

    Every answer is saved at once. Ctrl-C leaves, `practicum exam resume` goes on, and at the
    deadline what is saved is handed in.
    """
    desk = open_desk(os.environ)
    _enter(desk, study.start(desk, exam, seed=seed), json=json)


def resume(
    sitting: Annotated[
        str, typer.Argument(help="The sitting, or its exam; without it the one that is open.")
    ] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print the questions as JSON, and ask nothing.")
    ] = False,
) -> None:
    """Go on with an exam where you left it."""
    desk = open_desk(os.environ)
    opened = study.opened(desk, sitting)
    if opened.sitting.submitted_at is not None:
        _print_result(desk, opened.sitting.id, json=json)
    else:
        _enter(desk, opened, json=json)


def _enter(desk: Desk, opened: Open, *, json: bool) -> None:
    if json:
        print_json(as_data(desk, opened))
        return
    if Room(desk, opened).sit():
        _print_result(desk, opened.sitting.id, json=False)


def as_data(desk: Desk, opened: Open) -> dict[str, Any]:
    """A sitting as programs see it: its questions without their keys, and what is saved."""
    sitting = opened.sitting
    return {
        "sitting": sitting.id,
        "exam": sitting.exam,
        "title": opened.paper.title,
        "deadline": sitting.deadline,
        "seconds_left": int(sitting.left(desk.now()).total_seconds()),
        "time_guide": opened.paper.time_guide,
        "sections": parts(opened.paper),
        "questions": [sheet(each) for each in opened.items],
        "saved": {
            each.id: _draft(opened, each.id)
            for each in opened.items
            if sitting.draft(each.id).revision
        },
    }


def _draft(opened: Open, question: str) -> dict[str, Any]:
    draft = opened.sitting.draft(question)
    return {
        "answer": said(opened.item(question), draft.answer) or None,
        "revision": draft.revision,
        "flagged": draft.flagged,
        "at": draft.at,
    }


def answer(
    sitting: Annotated[str, typer.Argument(help="The sitting, or its exam.")],
    question: Annotated[str, typer.Argument(help="The question's id.")],
    value: Annotated[
        str | None, typer.Argument(help="The answer, as the question says it is expected.")
    ] = None,
    file: Annotated[
        str, typer.Option("--file", help="Read the answer from a file; - is standard input.")
    ] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Withdraw the answer.")] = False,
    flag: Annotated[
        bool | None, typer.Option("--flag/--no-flag", help="Mark it to come back to.")
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option(
            "--revision", min=0, help="The revision that you saw; another one is not overwritten."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Save the answer to one question; it is safe when the command returns.

    What stood there before is told. With `--revision` an answer that was saved elsewhere in the
    meantime is not replaced, and yours is refused.
    """
    ways = [value is not None, bool(file), clear]
    if sum(ways) > 1 or (not any(ways) and flag is None):
        raise typer.BadParameter("say one of VALUE, --file and --clear")
    desk = open_desk(os.environ)
    opened = study.opened(desk, sitting)
    if clear or not any(ways):
        there = opened.sitting.draft(question).answer
        kept = None if clear else there
        saved = study.save(desk, opened, question, kept, seen=revision, flagged=flag)
    else:
        told = value if not file else read_answer(file)
        saved = study.say(desk, opened, question, told, seen=revision, flagged=flag)
    _print_saved(desk, opened, question, saved, json=json)


def read_answer(file: str) -> str:
    """An answer from a file, or from standard input for ``-``. CannotBeUsed, and why."""
    if file == "-":
        text, findings = text_of(sys.stdin.buffer.read(BYTES_MAX + 1), "standard input")
    elif not Path(file).exists():
        raise CannotBeUsed(f"there is no file {file}")
    else:
        text, findings = read_text(Path(file), bytes_max=BYTES_MAX)
    if text is None:
        raise CannotBeUsed("the answer cannot be read:", findings=findings)
    return text


def _print_saved(desk: Desk, opened: Open, question: str, saved: Saved, *, json: bool) -> None:
    item = opened.item(question)
    before = said(item, saved.replaced.answer)
    if json:
        print_json(
            {
                "sitting": saved.sitting.id,
                "question": question,
                "answer": said(item, saved.draft.answer) or None,
                "revision": saved.draft.revision,
                "flagged": saved.draft.flagged,
                "saved_at": saved.draft.at,
                "replaced": before or None,
                "seconds_left": int(saved.sitting.left(desk.now()).total_seconds()),
            }
        )
        return
    left = clock(saved.sitting.left(desk.now()))
    what = "saved" if saved.is_new else "that is what is saved"
    instead = f" instead of {_short(before)}" if before and saved.is_new else ""
    told = f"{question}: {what}, revision {saved.draft.revision}{instead}; {left} left"
    out.print(told, markup=False)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."


def submit(
    sitting: Annotated[
        str, typer.Argument(help="The sitting, or its exam; without it the one that is open.")
    ] = "",
    json: Json = False,
) -> None:
    """Hand in what is saved, and show what came of it. It counts once: there is no way back."""
    desk = open_desk(os.environ)
    name = study.named(desk, sitting)
    study.submit(desk, name)
    _print_result(desk, name, json=json)


def _print_result(desk: Desk, name: str, *, json: bool) -> None:
    print_result(result_of(desk, name, run_code(desk), levels=scores()), json=json)
