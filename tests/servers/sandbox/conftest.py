"""Who uses the sandbox: whoever runs the tests and, where that is root, an ordinary user too."""

from __future__ import annotations

import contextlib
import os
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

import practicum
from practicum.servers.process.viewing import can_reach
from practicum.servers.sandbox.bubblewrap import PYTHON
from practicum.servers.sandbox.limits import Limits, Ran
from servers.sandbox.driver import Task, perform

ORDINARY = 65533
"""Nobody has this id."""

Run = Callable[..., Ran]


def python_for_others() -> str | None:
    """An interpreter of this version that an ordinary user may run."""
    names = (sys.executable, PYTHON, f"/usr/bin/python3.{sys.version_info[1]}")
    for name in names:
        path = Path(name).resolve()
        if path.is_file() and can_reach(path.parent, ORDINARY, ORDINARY):
            return name
    return None


def path_for_others() -> str:
    """Where it finds what we import."""
    places = [str(Path(practicum.__file__).parents[1]), str(Path(__file__).parents[2])]
    modules = (msgspec, psutil)
    places += [str(Path(module.__file__ or "").parents[1]) for module in modules]
    return os.pathsep.join(dict.fromkeys([*places, *site.getsitepackages()]))


def as_somebody(task: Task) -> Ran:
    """Perform a task as an ordinary user."""
    done = subprocess.run(
        [python_for_others() or "", "-m", "servers.sandbox.driver"],
        input=msgspec.json.encode(task),
        capture_output=True,
        env={"PYTHONPATH": path_for_others(), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        cwd="/",
        user=ORDINARY,
        group=ORDINARY,
        extra_groups=[],
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Ran)


@pytest.fixture(
    params=[
        "ourselves",
        pytest.param(
            "an ordinary user",
            marks=pytest.mark.skipif(
                os.geteuid() != 0 or python_for_others() is None,
                reason="we are an ordinary user, or there is no interpreter for one",
            ),
        ),
    ]
)
def run(request: pytest.FixtureRequest) -> Run:
    """Run Python code, in the sandbox or (``own_code``) without; further words are limits."""

    def running(code: str, *, own_code: bool = False, alone: bool = False, **limits: float) -> Ran:
        mine = request.param == "ourselves"
        task = Task(
            argv=[PYTHON if mine else python_for_others() or "", "-s", "-S", "-c", code],
            limits=msgspec.convert(limits, Limits, strict=False),
            own_code=own_code,
            alone=alone,
        )
        return perform(task) if mine else as_somebody(task)

    return running


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder in which everybody may read and write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def word() -> Iterator[str]:
    """An argument for `sleep` by which its processes are known; they are ended afterwards."""
    number = f"6{int.from_bytes(os.urandom(4)):010}"
    yield number
    for process in sleepers(number):
        process.kill()


def sleepers(number: str) -> list[psutil.Process]:
    """The processes that sleep as long as that."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-1:] == [number]:
                found.append(process)
    return found
