"""``practicum lab start``: a copy of a lab's files, and the scene of an investigation."""

from __future__ import annotations

from practicum.cli import recording
from practicum.cli.home import Json, state_folder
from practicum.cli.lab_chosen import Seed, Which, lab_of, notices, row
from practicum.cli.screen import complain, out, print_json
from practicum.labs.lab import Lab
from practicum.labs.library import lab_range
from practicum.labs.workspace.workspace import Workspace
from practicum.learner.events import LabStarted


def start(which: Which, seed: Seed = None, json: Json = False) -> None:
    """Copy a lab's files to a workspace of yours; an investigation's scene is staged, too."""
    lab = lab_of(which)
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
        print_json({**row(lab, mine), "new": new, "notices": notices(mine)})


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
    for notice in notices(mine):
        complain(notice)
    out.print(f"next: practicum lab check {lab.name}", markup=False)


def _stage(lab: Lab, seed: int | None, *, json: bool) -> None:
    # A repair has no scene, and needs none of what stages one.
    from practicum.cli.lab_stage import stage  # noqa: PLC0415

    stage(lab, seed, quiet=json)
    if not json:
        out.print(f"the scene stands in the range {lab_range(lab)}", markup=False)
