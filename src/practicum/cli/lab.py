"""``practicum lab``: find a lab, start it, edit its files, check them, and prove a lab."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from practicum.checking.verdict import Verdict
from practicum.cli import lab_check, lab_verify, recording
from practicum.cli.range import run_async, start_options, state_folder
from practicum.cli.screen import complain, out, print_json
from practicum.labs.check.plan import Variation
from practicum.labs.finding import LabError
from practicum.labs.lab import Lab
from practicum.labs.library import (
    choose,
    choose_one,
    course_folders,
    courses_around,
    find_labs,
    lab_range,
)
from practicum.labs.scene.scene import SceneError
from practicum.labs.scene.staging import prepare
from practicum.labs.verifying import verify_range
from practicum.labs.workspace.workspace import MergedFile, Workspace
from practicum.learner.events import HintTaken, LabStarted
from practicum.servers.home import RangeError, list_ranges
from practicum.servers.ranges import stop_range, wipe_range

EXIT_USAGE = 2
app = typer.Typer(help="Labs: files to edit, run, break and understand.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="A lab: its name, or the end of its id.", metavar="LAB")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another crowd, or another scene.")]


def _labs(words: str, *, one: bool = True) -> list[Lab]:
    """The labs that are meant; ends the command when there is none."""
    labs, errors = find_labs(course_folders(os.environ))
    try:
        return [choose_one(labs, words)] if one else choose(labs, words)
    except LabError as error:
        name = words.strip("/").rpartition("/")[2]
        broken = [each for each in errors if each.folder and each.folder.name == name]
        complain(str(broken[0] if broken else error))
        raise typer.Exit(EXIT_USAGE) from None


def _lab(words: str) -> Lab:
    return _labs(words)[0]


@app.command(name="list")
def list_(
    words: Annotated[
        str, typer.Argument(help="A course, a module or a lab.", metavar="WORDS")
    ] = "",
    json: Json = False,
) -> None:
    """Show the labs, by module, and how far you are with each."""
    folders, findings = courses_around(os.environ)
    labs, errors = find_labs(folders)
    chosen = _labs(words, one=False) if words else labs
    rows = [(lab, Workspace.find(state_folder(), lab)) for lab in chosen]
    findings += [finding for error in errors for finding in error.findings]
    if json:
        print_json({"labs": [_row(lab, mine) for lab, mine in rows], "problems": findings})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("lab", "kind", "minutes", "state", "title"):
        table.add_column(heading, justify="right" if heading == "minutes" else "left")
    module = ""
    for lab, mine in rows:
        if lab.module_id != module:
            module = lab.module_id
            table.add_section()
            table.add_row(f"[bold]{module}[/]")
        table.add_row(
            f"  {lab.name}", lab.spec.kind, str(lab.spec.minutes), _state(mine), lab.spec.title
        )
    out.print(table)
    if not rows:
        out.print("there are no labs here", markup=False)
    for error in errors:
        complain(str(error))


def _state(mine: Workspace | None) -> str:
    if mine is None:
        return "not started"
    tries = mine.state.attempts
    counted = f"{tries} attempt{'s' if tries != 1 else ''}"
    if mine.state.passed:
        return f"passed, {counted} before" if tries else "passed"
    return counted if tries else "started"


def _row(lab: Lab, mine: Workspace | None) -> dict[str, object]:
    return {
        "id": lab.id,
        "title": lab.spec.title,
        "kind": lab.spec.kind,
        "minutes": lab.spec.minutes,
        "skills": lab.spec.skills,
        "version": lab.spec.version,
        "state": "not started" if mine is None else "passed" if mine.state.passed else "started",
        "attempts": mine.state.attempts if mine else 0,
        "hints": mine.state.hints if mine else 0,
        "passed_at": mine.state.passed_at if mine else "",
        "outdated": mine.is_outdated if mine else False,
        "workspace": os.fspath(mine.folder) if mine else None,
    }


@app.command()
def start(which: Which, seed: Seed = None, json: Json = False) -> None:
    """Copy a lab's files to a workspace of yours; an investigation's scene is staged, too."""
    lab = _lab(which)
    mine, new = Workspace.start(state_folder(), lab)
    if new:
        recording.note(LabStarted(lab=lab.id))
    if not json:
        _tell_started(mine, new)
    if lab.spec.kind == "investigate":
        _stage(lab, seed, json=json)
    elif seed is not None:
        complain("a repair has no scene: give the seed to `practicum lab check`")
    if json:
        print_json({**_row(lab, mine), "new": new, "notices": lab_check.notices(mine)})


def _tell_started(mine: Workspace, new: bool) -> None:
    lab = mine.lab
    kind = {"repair": "a repair", "investigate": "an investigation"}[lab.spec.kind]
    out.print(f"[bold]{lab.spec.title}[/]: {kind}, about {lab.spec.minutes} minutes")
    copy = "your copy is in" if new else "you have a copy already, nothing was changed, in"
    out.print(f"{copy} {mine.folder}", markup=False)
    files = {"lab.md": "the story and the task: read it first"}
    files |= {name: f"yours to edit; it runs as {mod}" for name, mod in lab.spec.replaces.items()}
    files |= {lab.spec.answer: "yours to fill in"} if lab.spec.answer else {}
    files |= {"checks.py": "what will be judged, to read"}
    for name, meaning in files.items():
        out.print(f"  {name:<14} {meaning}", markup=False)
    for notice in lab_check.notices(mine):
        complain(notice)
    out.print(f"next: practicum lab check {lab.name}", markup=False)


def _stage(lab: Lab, seed: int | None, *, json: bool) -> None:
    say = (lambda _: None) if json else (lambda words: out.print(f"  {words}", markup=False))
    staging = prepare(
        lab,
        home=state_folder(),
        range_name=lab_range(lab),
        seed=seed,
        options=start_options(),
        on_stage=say,
    )
    try:
        run_async(staging)
    except SceneError as error:
        raise RangeError(str(error)) from error
    if not json:
        out.print(f"the scene stands in the range {lab_range(lab)}", markup=False)


@app.command()
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
    lab = _lab(which)
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
            told = lab_check.notices(mine)
            for notice in [] if json else told:
                complain(notice)
            outcome = await lab_check.check_workspace(mine, varied, json=json)
    if json:
        print_json(lab_check.document(lab, outcome, told))
    else:
        lab_check.show(outcome)
    return outcome.report.verdict


@app.command()
def watch(which: Which) -> None:
    """Check now, and again at each save, until Ctrl-C."""
    lab = _lab(which)
    mine = Workspace.open(state_folder(), lab)
    for notice in lab_check.notices(mine):
        complain(notice)

    async def work() -> None:
        with lab_check.interruptible():
            await lab_check.watch(mine, lab_check.show)

    try:
        asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        lab_check.tell_interrupted(lab)


@app.command()
def hint(
    which: Which,
    number: Annotated[
        int | None, typer.Option("--again", min=1, max=3, help="One that was told before.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell the next of three hints; it is remembered how many you took."""
    mine = Workspace.open(state_folder(), _lab(which))
    before = mine.state.hints
    told = mine.hint() if number is None else mine.hint_again(number)
    if told.number > before:
        recording.note(HintTaken(lab=mine.lab.id, number=told.number))
    if json:
        print_json(told)
        return
    out.print(f"[bold]Hint {told.number}[/]")
    out.print(told.text, markup=False)
    left = f"{told.left} more" if told.left else "that was the last one"
    out.print(f"[dim]({left})[/]")


@app.command()
def diff(
    which: Which,
    start: Annotated[
        bool, typer.Option("--start", help="Compare with the start, also after a pass.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what you changed since your files passed last, or since the start."""
    mine = Workspace.open(state_folder(), _lab(which))
    lines = mine.diff(from_start=start)
    since = "passed" if mine.state.passed and not start else "start"
    if json:
        print_json({"since": since, "diff": lines})
        return
    for line in lines:
        out.print(Text(line, style=_colour(line)))
    if not lines:
        words = {"passed": "your files are as they passed", "start": "nothing was changed yet"}
        out.print(words[since], markup=False)


def _colour(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"-": "red", "+": "green", "@": "cyan"}.get(line[:1], "")


@app.command()
def reset(which: Which, yes: Yes = False, json: Json = False) -> None:
    """Put the start files back and wipe the lab's range; what you edited is kept beside."""
    lab = _lab(which)
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


@app.command()
def merge(which: Which, json: Json = False) -> None:
    """Bring a newer version of the lab into your files; what you had is kept beside."""
    mine = Workspace.open(state_folder(), _lab(which))
    if not mine.is_outdated:
        if json:
            print_json({"lab": mine.lab.id, "files": [], "kept": None})
        else:
            out.print("your copy is of the newest version: there is nothing to merge")
        return
    files, kept = mine.merge()
    if json:
        print_json({"lab": mine.lab.id, "files": files, "kept": kept and os.fspath(kept)})
        return
    for each in files:
        out.print(_merged(each), markup=False)
    if kept is not None:
        out.print(f"what you had is in {kept}", markup=False)


def _merged(file: MergedFile) -> str:
    lines = ", ".join(f"{first}-{last}" for first, last in file.lines)
    return {
        "taken": f"{file.name}: the lab's new version",
        "kept": f"{file.name}: yours; the lab did not change it",
        "merged": f"{file.name}: your changes and the lab's, joined",
        "conflict": f"{file.name}: both changed the same lines; settle lines {lines}, where yours "
        "and the lab's stand between <<<<<<< and >>>>>>>",
    }[file.outcome]


@app.command()
def stop(
    which: Annotated[
        str, typer.Argument(help="A lab; without one, every lab's range.", metavar="LAB")
    ] = "",
    json: Json = False,
) -> None:
    """Bring a lab's range down; its data and your files stay."""
    names = _ranges_up()
    if which:
        lab = _lab(which)
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


@app.command()
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
    labs = _labs(words, one=False)
    try:
        verdict = asyncio.run(lab_verify.verify_labs(labs, times, json=json))
    except (KeyboardInterrupt, asyncio.CancelledError):
        complain("interrupted: the labs of which no proof was written are not proved")
        raise typer.Exit(lab_check.EXIT_INTERRUPTED) from None
    except (RangeError, SceneError) as error:
        complain(str(error))
        verdict = Verdict.UNKNOWN
    raise typer.Exit(verdict.exit_code)
