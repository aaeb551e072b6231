"""``practicum lab check``, ``watch`` and ``verify``: runs that end with a verdict."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from practicum.checking.verdict import Verdict
from practicum.cli import lab_check, lab_verify
from practicum.cli.home import Json, state_folder
from practicum.cli.lab_chosen import Seed, Which, lab_of, labs_of, notices
from practicum.cli.screen import complain, print_json
from practicum.labs.check.plan import Variation
from practicum.labs.lab import Lab
from practicum.labs.scene.scene import SceneError
from practicum.labs.workspace.workspace import Workspace
from practicum.servers.home import RangeError


def check(
    which: Which,
    seed: Seed = None,
    rate: Annotated[
        float | None, typer.Option("--rate", min=0.1, max=500, help="Orders per second.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option("--duration", min=0.5, max=300, help="Seconds of orders.")
    ] = None,
    calm: Annotated[bool, typer.Option("--calm", help="Leave the faults out.")] = False,
    files: Annotated[
        Path | None,
        typer.Option("--files", help="Check this folder instead of your copy; counts nothing."),
    ] = None,
    json: Json = False,
) -> None:
    """Judge your files in a range of the lab's own, under the lab's faults.

    Exit code 0 pass, 1 fail, 3 unknown (the lab, the machine or an interruption).
    """
    lab = lab_of(which)
    varied = Variation(seed=seed, rate=rate, duration_s=duration, calm=calm)
    try:
        verdict = asyncio.run(_check(lab, varied, files, json=json))
    except (KeyboardInterrupt, asyncio.CancelledError):
        lab_check.tell_interrupted(lab)
        raise typer.Exit(lab_check.EXIT_INTERRUPTED) from None
    except (RangeError, SceneError) as error:
        complain(str(error))
        verdict = Verdict.UNKNOWN
    raise typer.Exit(verdict.exit_code)


async def _check(lab: Lab, varied: Variation, files: Path | None, *, json: bool) -> Verdict:
    with lab_check.interruptible():
        told: list[str] = []
        if files is not None:
            outcome = await lab_check.check_files(lab, files.absolute(), varied, json=json)
        else:
            mine = Workspace.open(state_folder(), lab)
            told = notices(mine)
            for notice in [] if json else told:
                complain(notice)
            outcome = await lab_check.check_workspace(mine, varied, json=json)
    if json:
        print_json(lab_check.document(lab, outcome, told))
    else:
        lab_check.show(outcome)
    return outcome.report.verdict


def watch(which: Which) -> None:
    """Check now, and again at each save, until Ctrl-C."""
    lab = lab_of(which)
    mine = Workspace.open(state_folder(), lab)
    for notice in notices(mine):
        complain(notice)

    async def work() -> None:
        with lab_check.interruptible():
            await lab_check.watch(mine, lab_check.show)

    try:
        asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        lab_check.tell_interrupted(lab)


def verify(
    words: Annotated[str, typer.Argument(help="A course, a module or a lab.", metavar="WORDS")],
    times: Annotated[
        int, typer.Option("--times", min=1, max=1000, help="How often the solution must pass.")
    ] = 3,
    json: Json = False,
) -> None:
    """Prove labs: the start fails, the solution passes, each wrong solution is caught.

    Exit code 0 proved, 1 not, 3 unknown (the machine was not well).
    """
    labs = labs_of(words, one=False)
    try:
        verdict = asyncio.run(lab_verify.verify_labs(labs, times, json=json))
    except (KeyboardInterrupt, asyncio.CancelledError):
        complain("interrupted: the labs of which no proof was written are not proved")
        raise typer.Exit(lab_check.EXIT_INTERRUPTED) from None
    except (RangeError, SceneError) as error:
        complain(str(error))
        verdict = Verdict.UNKNOWN
    raise typer.Exit(verdict.exit_code)
