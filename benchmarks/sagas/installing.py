"""The engines' own virtual environment and npm folder, in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
RESTATE = "@restatedev/restate-server@1.7.12"
INSTALL_TIMEOUT_S = 600


class NotInstalled(Exception):
    """An engine cannot be had here; the message says why."""


class Shelf:
    """Where the engines are kept. ``$PRACTICUM_BENCH_ENGINES`` moves it."""

    def __init__(self) -> None:
        chosen = os.environ.get("PRACTICUM_BENCH_ENGINES")
        self._folder = Path(chosen or platformdirs.user_cache_path("practicum") / "engines")
        self.python = self._folder / "venv" / "bin" / "python"

    def program(self, name: str) -> Path:
        """A program of the virtual environment; `NotInstalled` if it has none of that name."""
        path = self.python.with_name(name)
        if not path.exists():
            raise NotInstalled(f"the wheels brought no program {name}")
        return path

    def install(self) -> None:
        """Make the virtual environment as the requirements say, unless it stands already."""
        mark = self._folder / "requirements.txt"
        if mark.exists() and mark.read_bytes() == REQUIREMENTS.read_bytes():
            return
        print(f"  installing the engines into {self._folder}", flush=True)
        venv.create(self._folder / "venv", with_pip=True, clear=True)
        pip = (str(self.python), "-m", "pip", "install", "--quiet")
        _run(*pip, "--disable-pip-version-check", "-r", str(REQUIREMENTS))
        shutil.copy(REQUIREMENTS, mark)

    def restate_server(self) -> Path:
        """Restate's server from npm, installed when it is missing."""
        found = self._restate_binary()
        if found is None:
            npm = shutil.which("npm")
            if npm is None:
                raise NotInstalled("Restate's server comes from npm, which is not installed")
            folder = self._folder / "npm"
            folder.mkdir(parents=True, exist_ok=True)
            _run(npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", RESTATE)
            found = self._restate_binary()
        if found is None:
            raise NotInstalled(f"npm has no Restate server for {sys.platform}")
        return found

    def _restate_binary(self) -> Path | None:
        pattern = "npm/node_modules/@restatedev/restate-server-*/bin/restate-server"
        return next(iter(self._folder.glob(pattern)), None)


def _run(*command: str) -> None:
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
        raise NotInstalled(f"{Path(command[0]).name}: {' '.join(last)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from error
