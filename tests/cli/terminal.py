"""Run ``practicum`` as a person does, in a home of a test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TIMEOUT_S = 180


def practicum(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; no traceback may reach the user."""
    done = subprocess.run(
        [sys.executable, "-m", "practicum.cli.main", *words],
        env={**os.environ, "PRACTICUM_HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def answer(home: Path, *words: str) -> Any:
    """The JSON that a command prints."""
    done = practicum(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
