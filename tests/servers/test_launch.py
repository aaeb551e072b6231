"""The launcher: what a process is before it becomes its program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from practicum.servers import launch

LAUNCHER = str(Path(launch.__file__))


def start(*keys: str, program: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run a program through the launcher."""
    words = (f"parent={os.getpid()}", "death_signal=9", *keys, "--", *program)
    return subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, *words], capture_output=True, text=True, timeout=60
    )


def user_namespaces() -> bool:
    """Whether this machine allows them."""
    return subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not user_namespaces(), reason="no user namespaces here")
def test_a_nameless_user_poses_as_one_with_a_name() -> None:
    """initdb asks who runs it, and an id without a name is not enough for it."""
    done = start("pose=65534", program=("/usr/bin/env", "id", "-u"))
    assert done.stdout.strip() == "65534", done.stderr


def test_a_launcher_whose_parent_is_gone_starts_nothing() -> None:
    """Between the fork and the request for a death signal the supervisor may have died."""
    words = ("parent=1", "death_signal=9", "--", "/usr/bin/env", "echo", "started")
    done = subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, *words], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (launch.EXIT_NO_PARENT, "")


def test_a_missing_program_is_named() -> None:
    """The log says what could not be run."""
    done = start(program=("/nonexistent/program",))
    assert done.returncode == launch.EXIT_NO_PROGRAM
    assert "/nonexistent/program" in done.stderr
