"""``practicum range`` as a person runs it: the shop, real processes, exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

TIMEOUT_S = 120


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state home; its ranges are stopped afterwards."""
    yield tmp_path
    for folder in (tmp_path / "ranges").glob("*"):
        practicum(tmp_path, "down", "--name", folder.name)


def command(*words: str) -> list[str]:
    """The console script's module, as a command line."""
    return [sys.executable, "-m", "practicum.cli.main", "range", *words]


def environment(home: Path) -> dict[str, str]:
    """Ours, with that home."""
    return {**os.environ, "PRACTICUM_HOME": str(home), "COLUMNS": "200"}


def practicum(home: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end; no traceback may reach the user."""
    done = subprocess.run(
        command(*words),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        input=stdin,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def answer(home: Path, *words: str) -> Any:
    """The JSON that a command prints."""
    done = practicum(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_shop_goes_up_is_looked_at_is_hurt_and_goes_down(home: Path) -> None:
    """The whole life of a range from the terminal."""
    up = practicum(home, "up")
    assert up.returncode == 0, up.stderr
    assert "range default is up" in up.stdout
    assert "was up already" in practicum(home, "up").stdout
    status = answer(home, "status")
    assert status["state"] == "up"
    assert sum(member["pss_bytes"] for member in status["members"]) < 700_000_000
    assert "order" in practicum(home, "status").stdout
    assert practicum(home, "pause", "order", "--for", "0.05").returncode == 0
    assert practicum(home, "resume", "order").returncode == 0
    assert practicum(home, "restart", "order").returncode == 0
    unknown = practicum(home, "kill", "ordr")
    assert unknown.returncode == 1
    assert "did you mean order?" in unknown.stderr
    assert practicum(home, "kill", "order", "--signal", "NOPE").returncode == 2
    assert answer(home, "list")[0]["running"]
    assert practicum(home, "kill", "bank").returncode == 0
    assert answer(home, "down") == {"range": "default", "was_up": True, "wiped": False}
    assert practicum(home, "logs", "order").stdout
    assert not answer(home, "list")[0]["running"]
    assert practicum(home, "down", "--wipe", stdin="n\n").returncode == 1
    assert (home / "ranges/default").exists()
    assert practicum(home, "down", "--wipe", "--yes").returncode == 0
    assert not (home / "ranges/default").exists()


@pytest.mark.parametrize("words", [("status",), ("status", "--json")])
def test_the_status_of_a_range_that_is_not_up_is_exit_code_3(
    home: Path, words: tuple[str, ...]
) -> None:
    """As service managers have it: not running is neither success nor failure."""
    done = practicum(home, *words)
    assert done.returncode == 3
    assert "down" in done.stdout or "not running" in done.stderr


def test_a_bad_name_is_exit_code_1_and_a_bad_option_2(home: Path) -> None:
    """Wrong usage is told apart from what a person can put right."""
    assert practicum(home, "up", "--name", "../x").returncode == 1
    assert practicum(home, "up", "--nonsense").returncode == 2
    assert practicum(home, "logs", "order").returncode == 1


def started(home: Path) -> list[psutil.Process]:
    """Processes that were started for ranges in the home, the commands left out."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if str(home) in words and "practicum.cli" not in words:
            found.append(process)
    return found


def wait_until(condition: Any) -> None:
    """Wait for a condition, not for a time."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


@pytest.mark.parametrize("moment", [0, 1, 4])
def test_ctrl_c_while_it_starts_leaves_nothing(home: Path, moment: int) -> None:
    """At the first sign of life, with one process and with several."""
    process = subprocess.Popen(
        command("up"), env=environment(home), stderr=subprocess.PIPE, text=True
    )
    lock = home / "ranges/default/lock"
    wait_until(lambda: lock.exists() and len(started(home)) >= moment)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert "Traceback" not in said
    wait_until(lambda: not started(home))
    assert practicum(home, "status").returncode == 3


def test_the_foreground_stops_its_range_on_ctrl_c(home: Path) -> None:
    """It shows the addresses first, on a terminal too."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        command("up", "--foreground"), env=environment(home), stdout=child, stderr=child
    )
    os.close(child)
    said = b""
    while b"Ctrl-C stops it" not in said:
        said += os.read(parent, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(TIMEOUT_S) == 0
    os.close(parent)
    assert not started(home)
