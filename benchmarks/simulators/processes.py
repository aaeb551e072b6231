"""A process for an engine: with its Python, and with the hashes of texts fixed, as most advise."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 300.0


class EngineFailed(Exception):
    """An engine's process ended without an answer; the message holds its last words."""


def answer_of(
    python: str | Path, module: str, *arguments: object, timeout_s: float = TIMEOUT_S
) -> Any:
    """What a module of this folder prints, which is JSON."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
    }
    command = [str(python), "-m", f"benchmarks.simulators.{module}", *map(str, arguments)]
    try:
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=True
        )
    except subprocess.CalledProcessError as error:
        raise EngineFailed(" ".join(error.stderr.strip().splitlines()[-1:])) from error
    except subprocess.TimeoutExpired as error:
        raise EngineFailed(f"it took more than {timeout_s:g} s") from error
    return json.loads(ended.stdout.splitlines()[-1])
