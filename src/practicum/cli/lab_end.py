"""``practicum lab reset`` and ``stop``: a lab's range is wiped, or brought down."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from practicum.cli.home import Json, run_async, state_folder
from practicum.cli.lab_chosen import Which, lab_of
from practicum.cli.range import start_options
from practicum.cli.screen import out, print_json
from practicum.labs.library import lab_range, verify_range
from practicum.labs.workspace.workspace import Workspace
from practicum.servers.home import list_ranges
from practicum.servers.ranges import stop_range, wipe_range

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def reset(which: Which, yes: Yes = False, json: Json = False) -> None:
    """Put the start files back and wipe the lab's range; what you edited is kept beside."""
    lab = lab_of(which)
    mine = Workspace.open(state_folder(), lab)
    edited = mine.edited()
    if edited and not yes:
        typer.confirm(f"Put {', '.join(edited)} back to the start? (A copy is kept.)", abort=True)
    kept = mine.reset()
    run_async(wipe_range(state_folder(), lab_range(lab), start_options()))
    if json:
        print_json({"lab": lab.id, "kept": kept and os.fspath(kept)})
        return
    out.print(f"{lab.name} is as at the start, its range is gone", markup=False)
    if kept is not None:
        out.print(f"what you had is in {kept}", markup=False)


def stop(
    which: Annotated[
        str, typer.Argument(help="A lab; without one, every lab's range.", metavar="LAB")
    ] = "",
    json: Json = False,
) -> None:
    """Bring a lab's range down; its data and your files stay."""
    names = _ranges_up()
    if which:
        lab = lab_of(which)
        names = [name for name in names if name in (lab_range(lab), verify_range(lab))]
    stopped = [name for name in names if run_async(stop_range(state_folder(), name))]
    if json:
        print_json({"stopped": stopped})
        return
    for name in stopped:
        out.print(f"range {name} is down", markup=False)
    if not stopped:
        out.print("no lab's range was running", markup=False)


def _ranges_up() -> list[str]:
    """The ranges of labs that run, those of proofs that were killed included."""
    return [
        folder.name
        for folder in list_ranges(state_folder())
        if folder.name.startswith(("lab-", "verify-")) and folder.is_owned
    ]
