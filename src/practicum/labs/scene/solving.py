"""Runs a ``solve.py`` on a scene: it finds the answer and frees the orders as a person would.

It is run where it lies, in an empty workspace, and is told the range in ``PRACTICUM_RANGE`` and
the home in ``PRACTICUM_HOME``. It is to find out by the operators' commands alone.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from practicum.labs.experiment.observations import Observations
from practicum.labs.lab import Lab
from practicum.labs.scene.scene import Scene, SceneError
from practicum.labs.scene.staging import hand_in, prepare, touch

SOLVER = "solve.py"
SOLVE_TIMEOUT_S = 180.0
_LINES_TOLD = 8


async def investigate(
    lab: Lab,
    files: Path,
    *,
    home: Path,
    range_name: str,
    seed: int | None = None,
    calm: bool = False,
    on_stage: Callable[[str], None],
) -> Observations:
    """Have the scene stand, and the answer in ``files`` handed in; what to run the checks on.

    A ``solve.py`` of the lab's own folders gets a fresh scene, and is run on it first. Raises
    `SceneError` and RangeError.
    """
    script = files / SOLVER
    solved = script.is_file() and files.resolve().is_relative_to(lab.folder.resolve())
    scene = await prepare(
        lab,
        home=home,
        range_name=range_name,
        seed=seed,
        calm=calm,
        fresh=solved,
        on_stage=on_stage,
    )
    if not solved:
        return await hand_in(scene, files, home=home)
    with tempfile.TemporaryDirectory(prefix="practicum-solve-") as workspace:
        on_stage("solve.py finds out, and frees the orders")
        await solve(scene, script, Path(workspace), home=home)
        return await hand_in(scene, Path(workspace), home=home)


async def solve(
    scene: Scene, script: Path, workspace: Path, *, home: Path, timeout_s: float = SOLVE_TIMEOUT_S
) -> None:
    """Run a script to its end. `SceneError` when it fails, or takes longer than ``timeout_s``."""
    touch(scene, home=home)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-B", str(script)),
        cwd=workspace,
        env={**os.environ, "PRACTICUM_HOME": str(home), "PRACTICUM_RANGE": scene.range},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, _ = await process.communicate()
    except TimeoutError:
        raise SceneError(f"{script} took longer than {timeout_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = output.decode(errors="replace").strip().splitlines()
        said = "\n  ".join(lines[-_LINES_TOLD:])
        raise SceneError(f"{script} ended with code {process.returncode}:\n  {said}")
