"""Virtual environments of the benches' own, in the user's cache, for what we are compared with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs

INSTALL_TIMEOUT_S = 600


class NotInstalled(Exception):
    """An engine cannot be had here; the message says why."""


class Environment:
    """A virtual environment with what a file of requirements says, made by some Python.
    ``$PRACTICUM_BENCH_ENGINES`` moves the folder in which all of them stand."""

    def __init__(self, requirements: Path, name: str = "") -> None:
        chosen = os.environ.get("PRACTICUM_BENCH_ENGINES")
        self.folder = Path(chosen or platformdirs.user_cache_path("practicum") / "engines") / name
        self.python = self.folder / "venv" / "bin" / "python"
        self._requirements = requirements

    def install(self, interpreter: str = sys.executable) -> None:
        """Make it, unless it stands already; `NotInstalled`."""
        mark = self.folder / "requirements.txt"
        wanted = f"{self._requirements.read_text()}# {interpreter}\n"
        if mark.exists() and mark.read_text() == wanted:
            return
        print(f"  installing the engines into {self.folder}", flush=True)
        run_installer(interpreter, "-m", "venv", "--clear", str(self.folder / "venv"))
        pip = (str(self.python), "-m", "pip", "install", "--quiet")
        run_installer(*pip, "--disable-pip-version-check", "-r", str(self._requirements))
        mark.write_text(wanted)


def run_installer(*command: str) -> None:
    """Run a program that installs something; `NotInstalled` with its last words."""
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
        raise NotInstalled(f"{Path(command[0]).name}: {' '.join(last)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from error
