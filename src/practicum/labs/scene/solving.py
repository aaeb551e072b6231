"""Runs a ``solve.py`` on a scene: it finds the answer and frees the orders as a person would.

It is run where it lies, in an empty workspace, and is told the range in ``PRACTICUM_RANGE`` and
the home in ``PRACTICUM_HOME``. It is to find out by the operators' commands alone. Only the
lab's own folders have one; a learner's script of that name is hers to run.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from practicum.labs.lab import Lab
from practicum.labs.scene.scene import Scene, SceneError
from practicum.labs.scene.staging import touch

SOLVER = "solve.py"
SOLVE_TIMEOUT_S = 180.0
_LINES_TOLD = 8


def is_solved(lab: Lab, files: Path) -> bool:
    """Whether the files are the lab's own, with a ``solve.py`` that makes the answer."""
    return (files / SOLVER).is_file() and files.resolve().is_relative_to(lab.folder.resolve())


@contextmanager
def bench() -> Iterator[Path]:
    """An empty workspace."""
    with tempfile.TemporaryDirectory(prefix="practicum-solve-") as folder:
        yield Path(folder)


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
