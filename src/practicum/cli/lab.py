"""``practicum lab``: find a lab, start it, edit its files, check them, and prove a lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from practicum.cli.door import Door


class LabCommands(Door):
    """The commands of labs."""

    places: ClassVar[Mapping[str, str]] = {
        "list": "lab_list:list_",
        "start": "lab_start:start",
        "check": "lab_run:check",
        "watch": "lab_run:watch",
        "hint": "lab_copy:hint",
        "diff": "lab_copy:diff",
        "reset": "lab_end:reset",
        "merge": "lab_copy:merge",
        "stop": "lab_end:stop",
        "verify": "lab_run:verify",
    }


app = typer.Typer(
    cls=LabCommands,
    no_args_is_help=True,
)


@app.callback()
def lab() -> None:
    """Labs: files to edit, run, break and understand."""
