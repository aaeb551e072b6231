"""A question as the terminal shows it, in an exam and outside of one."""

from __future__ import annotations

from rich.syntax import Syntax
from rich.text import Text

from practicum.cli.markdown import print_markdown
from practicum.cli.screen import out
from practicum.learner.exam.sheet import Sheet


def print_sheet(shown: Sheet) -> None:
    """A question with what is offered, and how points are given."""
    points = f"{shown.points} point{'s' if shown.points > 1 else ''}"
    head = f"  {shown.kind}, {points}, about {shown.minutes} min"
    out.print(Text.assemble("\n", (shown.id, "bold"), head))
    print_markdown(shown.text)
    for left in shown.lefts:
        out.print(f"  {left.label}  {left.text}", markup=False)
    for each in shown.offered:
        out.print(f"  {each.label}  {each.text}", markup=False)
    if shown.start:
        out.print(Syntax(shown.start, "python", theme="ansi_dark"))
    for criterion in shown.rubric:
        levels = " / ".join(criterion.levels)
        out.print(f"  {criterion.name} ({criterion.points}): {levels}", markup=False)
    out.print(Text(shown.how, "dim"))
