"""The newest Python on which all of the peers run, and a virtual environment of it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.shelves import Environment, NotInstalled

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
VERSIONS = ("3.14", "3.13", "3.12")


@functools.cache
def common_python() -> tuple[Path, str]:
    """The Python of the virtual environment, and its version; `NotInstalled`."""
    trouble = f"there is no Python {', '.join(VERSIONS)} here"
    for version in VERSIONS:
        for interpreter in _interpreters(version):
            environment = Environment(REQUIREMENTS, f"simulators-{version}")
            try:
                environment.install(interpreter)
            except NotInstalled as error:
                trouble = str(error)
            else:
                return environment.python, version
    raise NotInstalled(trouble)


def _interpreters(version: str) -> Iterator[str]:
    """Those on the path and those of pyenv that are of a version."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [shutil.which(f"python{version}"), *pyenv.glob(f"versions/{version}.*/bin/python")]
    for place in map(str, filter(None, places)):
        asked = subprocess.run([place, "--version"], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.startswith(f"Python {version}."):
            yield place
