"""The console script ``practicum``: all commands, and how their failures are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import typer

from practicum.cli.door import Door
from practicum.cli.screen import complain
from practicum.labs.finding import CannotBeUsed
from practicum.learner.exam.refusal import ExamRefused
from practicum.learner.record import RecordError
from practicum.servers.home import RangeError

COMMANDS: Mapping[str, str] = {
    "range": "range:app",
    "lab": "lab:app",
    "storm": "storm:app",
    "shop": "shop:app",
    "load": "load:load",
    "tour": "tour:tour",
    "evidence": "evidence:evidence",
    "judge": "judge:judge",
    "catalogue": "catalogue:catalogue",
    "path": "path:path",
    "next": "next:next_",
    "current": "next:current",
    "read": "read:read",
    "gauntlet": "gauntlet:gauntlet",
    "review": "review:app",
    "level": "level:level",
    "credential": "credential:app",
    "skills": "skills:skills",
    "experiment": "skills:experiment",
    "journal": "skills:journal",
    "checkpoint": "skills:checkpoint",
    "attest": "attest:app",
    "search": "catalogue:search",
    "trace": "telemetry:trace",
    "slow": "telemetry:slow",
    "failing": "telemetry:failing",
    "red": "telemetry:red_",
    "why": "telemetry:why",
    "exam": "exam:app",
    "diagnose": "diagnose:diagnose",
    "record": "record:app",
    "author": "author:app",
    "simulate": "simulate:simulate",
    "replay": "simulate:replay",
}
"""Where each command is: a module of this package, and in it a function or a group (`Typer`).
Only the module of the command that is asked for is imported."""


class Commands(Door):
    """All commands."""

    places = COMMANDS


app = typer.Typer(
    name="practicum",
    cls=Commands,
    help="An academy in a box for people who build and run distributed systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def practicum() -> None:
    """An academy in a box for people who build and run distributed systems."""


def run() -> None:
    """Run the command line; exit code 1 for what a person can put right, 2 for wrong usage."""
    try:
        app()
    except (RangeError, CannotBeUsed, ExamRefused, RecordError) as error:
        complain(str(error))
        sys.exit(1)
    except OSError as error:
        # What is still to be flushed when the interpreter ends would be refused again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        told = error.strerror or str(error)
        if error.filename is None:
            complain(f"what was to be told cannot be written ({told}): send it to another place")
        else:
            complain(f"{error.filename} cannot be used ({told}): put that right, and try again")
        sys.exit(1)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)


if __name__ == "__main__":
    run()
