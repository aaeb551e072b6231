"""``practicum judge``: is a history of operations what it should be, and if not, why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from practicum.checking.history.building import HistoryError
from practicum.checking.history.reading import CHARACTERS_MAX, read_jepsen, read_json_lines
from practicum.checking.linearizability.search import STEPS_MAX
from practicum.checking.properties import OBJECTS, PROPERTIES, is_about, judge_history
from practicum.checking.verdict import Judgement, Verdict, undecided
from practicum.cli.screen import complain, out, print_json


def judge(
    file: Annotated[Path, typer.Argument(help="JSON lines, or Jepsen's EDN (*.edn).")],
    by: Annotated[
        str, typer.Option("--by", help=f"The property: {', '.join(PROPERTIES)}.")
    ] = "linearizable",
    object: Annotated[
        str, typer.Option("--object", help=f"What it is about: {', '.join(OBJECTS)}.")
    ] = "register",
    independent: Annotated[
        bool, typer.Option("--independent", help="In EDN, values are [key value].")
    ] = False,
    steps: Annotated[
        int, typer.Option("--steps", min=0, help="Give up after so many steps: unknown.")
    ] = STEPS_MAX,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Judge a recorded history, and prove a failure by its few operations, in words.

    Exit code 0 for a pass, 1 for a fail, 3 if it cannot be known.
    """
    for given, known, what in ((by, PROPERTIES, "--by"), (object, OBJECTS, "--object")):
        if given not in known:
            raise typer.BadParameter(
                f"there is no {given!r}; there are {', '.join(known)}", param_hint=what
            )
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(CHARACTERS_MAX + 1)
        edn = file.suffix == ".edn"
        name = str(file)
        history = (
            read_jepsen(text, name, independent=independent) if edn else read_json_lines(text, name)
        )
        judgement = judge_history(history, by, object, steps_max=steps)
        if judgement.verdict is Verdict.PASS and not is_about(history, by):
            judgement = _undecided(judgement)
    except HistoryError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except (OSError, UnicodeError) as error:
        complain(f"{file} cannot be read: {error}")
        raise typer.Exit(2) from None
    if json:
        print_json(judgement)
    else:
        _print(judgement)
    raise typer.Exit(judgement.verdict.exit_code)


def _undecided(judgement: Judgement) -> Judgement:
    """A pass that proves nothing is no pass."""
    return undecided(
        judgement.check,
        expected=judgement.expected,
        seen="nothing that this property could judge",
        look_next="look whether the file is the right one, and its operations have the usual names",
    )


def _print(judgement: Judgement) -> None:
    out.print(f"{judgement.check}: {judgement.verdict}", style="bold", markup=False)
    out.print(f"  expected: {judgement.expected}", markup=False)
    out.print(f"  seen:     {judgement.seen}", markup=False)
    for example in judgement.examples:
        out.print(f"  {example}", markup=False)
    for line in judgement.shown:
        out.print(f"      {line}", markup=False)
    if judgement.look_next:
        out.print(f"  next:     {judgement.look_next}", markup=False)
