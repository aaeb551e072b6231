"""``practicum exam``: sit an exam from a terminal, or from a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from practicum.cli.door import Door


class ExamCommands(Door):
    """The commands around an exam."""

    places: ClassVar[Mapping[str, str]] = {
        "list": "exam_list:list_",
        "preview": "exam_list:preview",
        "start": "exam_sit:start",
        "resume": "exam_sit:resume",
        "answer": "exam_sit:answer",
        "submit": "exam_sit:submit",
        "result": "exam_result:result",
        "grade": "exam_grade:grade",
        "reflect": "exam_result:reflect",
        "analysis": "exam_analysis:analysis",
    }


app = typer.Typer(
    cls=ExamCommands,
    no_args_is_help=True,
)


@app.callback()
def exam() -> None:
    """Exams: see their form, sit them, hand them in, grade by a rubric, see what came of it."""
