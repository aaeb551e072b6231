"""The scene of an investigation, staged for a learner."""

from __future__ import annotations

from practicum.cli.home import run_async, state_folder
from practicum.cli.range import start_options
from practicum.cli.screen import out
from practicum.labs.lab import Lab
from practicum.labs.library import lab_range
from practicum.labs.scene.scene import SceneError
from practicum.labs.scene.staging import prepare
from practicum.servers.home import RangeError


def stage(lab: Lab, seed: int | None, *, quiet: bool) -> None:
    """Stage the scene in the lab's range, and tell how. RangeError if it cannot be done."""
    staging = prepare(
        lab,
        home=state_folder(),
        range_name=lab_range(lab),
        seed=seed,
        options=start_options(),
        on_stage=lambda words: None if quiet else out.print(f"  {words}", markup=False),
    )
    try:
        run_async(staging)
    except SceneError as error:
        raise RangeError(str(error)) from error
