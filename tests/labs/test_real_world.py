"""Nothing of the second world outlives the command, however that ends; and what breaks there is
found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from practicum.checking.verdict import Verdict
from practicum.labs.real_world.worlds import Wanted, on_processes

LEAVES_SOMETHING = '''
"""A node that starts a process in a session of its own, and stands for a long time."""

import subprocess

NODES, DURATION_S, SETTLE_S, FAULTS = 2, 600.0, 0.3, ()


async def node(node):
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    with open(f"{FOLDER}/{node.name}", "w") as file:
        file.write(f"{child.pid}")


def check_nothing(history):
    """Never asked."""
'''
PAYS_TWICE = Path(__file__).parents[1] / "worlds" / "pays_twice.py"


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run in the middle of it, with a process left by each node."""
    file = tmp_path / "leaves.py"
    file.write_text(LEAVES_SOMETHING.replace("{FOLDER}", str(tmp_path)))
    program = "from practicum.cli.main import run; run()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "simulate", str(file), "--world", "real", "--runs", "1"],
        env={**os.environ, "PRACTICUM_HOME": str(tmp_path / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not all((tmp_path / name).exists() for name in ("n1", "n2")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_the_command_ends_all(
    command: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    """Nodes, the server, and what nodes have started beside."""
    left = [psutil.Process(int((tmp_path / name).read_text())) for name in ("n1", "n2")]
    mine = [*psutil.Process(command.pid).children(recursive=True), *left]
    names = {process.name() for process in mine}
    assert "nats-server" in names
    assert len(mine) >= 7  # server, guardian, nursery, two nodes, and one process of each
    command.send_signal(number)
    _, alive = psutil.wait_procs(mine, timeout=30)
    assert alive == []


def test_what_a_killed_command_left_on_disk_goes_with_the_next(
    command: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Its folder, and not that of a command that runs."""
    ranges = tmp_path / "home" / "real" / "ranges"
    (first,) = ranges.iterdir()
    on_processes(PAYS_TWICE, tmp_path / "home", Wanted(runs=1), lambda _: None)
    assert list(ranges.iterdir()) == [first]
    command.kill()
    command.wait()
    on_processes(PAYS_TWICE, tmp_path / "home", Wanted(runs=1), lambda _: None)
    assert list(ranges.iterdir()) == []


def test_a_double_effect_is_found_on_processes(tmp_path: Path) -> None:
    """With its words and its line."""
    found = on_processes(PAYS_TWICE, tmp_path, Wanted(runs=2), lambda _: None)
    assert found.verdict is Verdict.FAIL
    assert [(each.what, each.real) for each in found.broken] == [("check_paid_once", 2)]
    assert found.judgements[0].seen == "order-1 was paid twice"


def test_a_run_without_time_is_no_pass(tmp_path: Path) -> None:
    """It says so."""
    found = on_processes(PAYS_TWICE, tmp_path, Wanted(runs=2, wall_s=0.0), lambda _: None)
    assert (found.verdict, found.real_runs) == (Verdict.UNKNOWN, 0)
