"""``practicum simulate`` finds a failure and keeps it; ``practicum replay`` shows it again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli.terminal import practicum

PAYS_TWICE = Path(__file__).parents[1] / "worlds" / "pays_twice.py"
PAYMENTS = Path(__file__).parents[1] / "simulation" / "protocols" / "payments.py"
REGISTER = PAYMENTS.with_name("register.py")


def test_a_failure_is_told_kept_and_replayed_event_for_event(tmp_path: Path) -> None:
    """With exit code 1, its faults, and the lines of the code."""
    capsule = tmp_path / "found.json"
    found = practicum(tmp_path, "simulate", str(PAYMENTS), "--capsule", str(capsule))
    assert found.returncode == 1, found.stderr
    assert "fail: check_paid_once fails with seed" in found.stdout
    assert "1 fault is enough" in found.stdout
    assert f"practicum replay {capsule}" in found.stdout.replace("\n", "")
    again = practicum(tmp_path, "replay", str(capsule))
    assert again.returncode == 1
    assert "events as when it was found" in again.stdout
    assert "(payments.py:16)" in again.stdout
    stepped = practicum(tmp_path, "replay", str(capsule), "--step")
    assert stepped.stdout == again.stdout
    told = json.loads(practicum(tmp_path, "replay", str(capsule), "--json").stdout)
    assert told["same"] is True
    assert told["verdict"] == "fail"
    assert len(told["events"]) > 100
    document = json.loads(capsule.read_text())
    document["setting"]["plan"]["faults"] = []
    capsule.write_text(json.dumps(document))
    changed = practicum(tmp_path, "replay", str(capsule), "--trust")
    assert changed.returncode == 3
    assert "the capsule was changed after it was signed: nobody vouches for it" in changed.stdout
    assert "unknown: these are not the events of the capsule" in changed.stdout


def test_whoever_stops_it_is_told_how_far_it_came_and_nothing_goes_on(tmp_path: Path) -> None:
    """Exit code 130, as shells have it; the workers end with the command."""
    words = [sys.executable, "-m", "practicum.cli.main", "simulate", str(REGISTER)]
    with subprocess.Popen(
        [*words, "--cores", "1", "--shrink", "1000"],
        env={**os.environ, "PRACTICUM_HOME": str(tmp_path), "COLUMNS": "200"},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stderr is not None
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
        until_s = time.monotonic() + 30
        while not children.read_text().split() and time.monotonic() < until_s:
            time.sleep(0.05)
        workers = children.read_text().split()
        command.send_signal(signal.SIGINT)
        said = command.stderr.read()
    assert command.returncode == 130
    assert "stopped while " in said
    assert workers
    until_s = time.monotonic() + 30
    while any(map(_is_there, workers)) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not any(map(_is_there, workers))


def _is_there(pid: str) -> bool:
    """A process that is dead and whose end nobody has looked at is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_report_in_json_has_the_verdict_the_tally_and_the_small_setting(tmp_path: Path) -> None:
    """For whoever goes on with it."""
    words = ("--capsule", str(tmp_path / "found.json"), "--json")
    told = json.loads(practicum(tmp_path, "simulate", str(PAYMENTS), *words).stdout)
    assert told["verdict"] == "fail"
    assert told["tally"]["runs"] > 0
    assert len(told["setting"]["plan"]["faults"]) <= 4
    assert not told["cut_short"]


def test_who_gives_shrinking_no_time_is_told_that_it_was_cut_short(tmp_path: Path) -> None:
    """The plan is then as it was found."""
    told = practicum(tmp_path, "simulate", str(PAYMENTS), "--shrink", "0").stdout
    assert "more time may find fewer: shrinking was cut short, see --shrink" in told


def test_what_cannot_be_simulated_or_replayed_is_said_in_a_sentence(tmp_path: Path) -> None:
    """File, line, and what to do; exit code 1."""
    bad = tmp_path / "bad.py"
    bad.write_text("async def node(node):\n    return\n")
    for words, said in (
        (("simulate", str(bad)), "bad.py: def check(history) is missing"),
        (("simulate", str(tmp_path / "none.py")), "none.py cannot be read"),
        (("replay", str(bad)), "is no capsule"),
    ):
        done = practicum(tmp_path, *words)
        assert done.returncode == 1
        assert said in done.stderr.replace("\n", "")


def test_both_worlds_are_told_side_by_side(tmp_path: Path) -> None:
    """What broke in how many runs of which, and what processes leave out; the same in JSON."""
    words = ("simulate", str(PAYS_TWICE), "--world", "both", "--runs", "2", "--seeds", "20")
    told = practicum(tmp_path, *words)
    assert told.returncode == 1, told.stderr
    assert "fail: broken: check_paid_once" in told.stdout
    assert "before, the simulator broke check_paid_once in" in told.stdout
    assert (
        "check_paid_once: seen in the simulator in 2 of 2 runs, and on processes in 2 of 2 runs"
        in told.stdout
    )
    assert "not applied on processes: who runs first" in told.stdout
    document = json.loads(practicum(tmp_path, *words, "--json").stdout)
    assert document["verdict"] == "fail"
    assert document["broken"] == [{"what": "check_paid_once", "simulated": 2, "real": 2}]
    assert [run["transitions"] != [] for run in document["real"]] == [True, True]


def test_processes_alone_have_no_simulator_to_be_compared_with(tmp_path: Path) -> None:
    """And without a fault that struck nothing is known, were it not broken."""
    told = practicum(tmp_path, "simulate", str(PAYS_TWICE), "--world", "real", "--runs", "1")
    assert told.returncode == 1, told.stderr
    assert "check_paid_once: seen on processes in 1 of 1 runs" in told.stdout
    assert "simulator" not in told.stdout
