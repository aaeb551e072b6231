"""``practicum lab`` as a person uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import TIMEOUT_S, answer, practicum

COURSES = Path(__file__).parents[1] / "labs" / "courses"
RULES = "rules.py"
UNWELL_MAX = 4
EDIT = ("390 + 25 * pieces", "390 + 26 * pieces")


@pytest.fixture(autouse=True)
def courses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The courses of tests, to be changed."""
    shutil.copytree(COURSES, tmp_path / "courses")
    monkeypatch.setenv("PRACTICUM_COURSES", str(tmp_path / "courses"))
    return tmp_path / "courses"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of the test's own; the lab's ranges in it are gone in the end."""
    tmp_path.chmod(0o711)
    tmp_path.parent.chmod(0o711)
    place = tmp_path / "home"
    yield place
    if (place / "ranges").exists():
        practicum(place, "lab", "stop")


def lab_folder(courses: Path) -> Path:
    """The repair."""
    return courses / "practice" / "01-basics" / "labs" / "count-once"


def started(home: Path) -> Path:
    """The workspace of the repair, just started."""
    return Path(answer(home, "lab", "start", "count-once")["workspace"])


def edit(path: Path, old: str = EDIT[0], new: str = EDIT[1]) -> None:
    """Change a text that is there once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def state(home: Path) -> dict[str, Any]:
    """What the list says of the repair."""
    (row,) = answer(home, "lab", "list", "count-once")["labs"]
    assert isinstance(row, dict)
    return row


def test_labs_are_listed_by_module_with_what_is_wrong_at_the_end(home: Path, courses: Path) -> None:
    """A broken lab does not hide the others, and asking for it says why it is broken."""
    done = practicum(home, "lab", "list", "practice")
    lines = [line.split()[:4] for line in done.stdout.splitlines()]
    assert ["practice/basics"] in lines
    assert ["count-once", "repair", "20", "not"] in lines
    assert lines.index(["practice/basics"]) < lines.index(["practice/hunting"])
    edit(lab_folder(courses) / "lab.yaml", "minutes: 20", "minuts: 20")
    done = practicum(home, "lab", "list")
    assert "find-it" in done.stdout
    assert "lab.yaml:4: minuts: there is no such field: did you mean minutes?" in done.stderr
    done = practicum(home, "lab", "start", "count-once")
    assert done.returncode == 2
    assert "did you mean minutes?" in done.stderr


def test_an_unknown_lab_is_wrong_usage(home: Path) -> None:
    """With what is near; and one that was not started says how."""
    for command in ("start", "check", "watch", "hint", "diff", "reset", "merge", "stop", "verify"):
        done = practicum(home, "lab", command, "count-onec")
        assert done.returncode == 2, command
        assert "did you mean count-once?" in done.stderr
    for command in ("hint", "diff", "reset", "merge", "watch"):
        done = practicum(home, "lab", command, "count-once")
        assert done.returncode == 1
        assert "practicum lab start count-once" in done.stderr


def test_a_lab_is_started_once(home: Path) -> None:
    """The second time nothing is overwritten."""
    done = practicum(home, "lab", "start", "count-once")
    assert "your copy is in" in done.stdout
    assert "it runs as practicum.shop.shipping.rules" in done.stdout
    assert "practicum lab check count-once" in done.stdout
    workspace = Path(state(home)["workspace"])
    edit(workspace / RULES)
    assert "nothing was changed" in practicum(home, "lab", "start", "basics/count-once").stdout
    assert EDIT[1] in (workspace / RULES).read_text()
    assert state(home)["state"] == "started"


def test_hints_come_one_by_one(home: Path) -> None:
    """And are remembered."""
    started(home)
    assert "Who calls" in practicum(home, "lab", "hint", "count-once").stdout
    assert answer(home, "lab", "hint", "count-once") == {
        "number": 2,
        "text": "The same message can come twice.",
        "left": 1,
    }
    assert "Who calls" in practicum(home, "lab", "hint", "count-once", "--again", "1").stdout
    assert practicum(home, "lab", "hint", "count-once", "--again", "3").returncode == 1
    assert state(home)["hints"] == 2


def test_the_difference_is_shown(home: Path) -> None:
    """From the start, as long as nothing has passed."""
    workspace = started(home)
    assert "nothing was changed yet" in practicum(home, "lab", "diff", "count-once").stdout
    edit(workspace / RULES)
    done = practicum(home, "lab", "diff", "count-once")
    assert f"-    return {EDIT[0]}\n+    return {EDIT[1]}" in done.stdout
    assert answer(home, "lab", "diff", "count-once")["since"] == "start"


def test_reset_asks_before_it_overwrites(home: Path) -> None:
    """No answer is a no; what was there is kept."""
    workspace = started(home)
    edit(workspace / RULES)
    done = practicum(home, "lab", "reset", "count-once")
    assert done.returncode == 1
    assert "A copy is kept" in done.stdout
    assert EDIT[1] in (workspace / RULES).read_text()
    kept = Path(answer(home, "lab", "reset", "count-once", "--yes")["kept"])
    assert EDIT[1] in (kept / RULES).read_text()
    assert EDIT[0] in (workspace / RULES).read_text()


def test_a_newer_lab_is_offered_and_never_merged_in_silence(home: Path, courses: Path) -> None:
    """Clashes are told with their lines."""
    workspace = started(home)
    assert "nothing to merge" in practicum(home, "lab", "merge", "count-once").stdout
    edit(workspace / RULES)
    edit(lab_folder(courses) / "start" / RULES, EDIT[0], "390 + 27 * pieces")
    again = practicum(home, "lab", "start", "count-once")
    assert "`practicum lab merge count-once`" in again.stderr
    assert EDIT[1] in (workspace / RULES).read_text()
    done = practicum(home, "lab", "merge", "count-once")
    assert "both changed the same lines; settle lines 53-57" in done.stdout
    assert "what you had is in" in done.stdout
    assert "practicum lab merge" not in practicum(home, "lab", "start", "count-once").stderr


def test_files_that_cannot_be_loaded_cost_no_attempt_and_start_nothing(home: Path) -> None:
    """The line is named; edited checks are told of."""
    workspace = started(home)
    edit(workspace / RULES, "PIECES_MAX = 40", "PIECES_MAX = = 40")
    (workspace / "checks.py").write_text("def test_fine(): pass\n")
    done = practicum(home, "lab", "check", "count-once")
    assert done.returncode == 1
    assert "rules.py, line 22" in done.stdout
    assert "no attempt is counted" in done.stdout
    assert "the lab's own checks are used" in done.stderr
    assert not (home / "ranges").exists() or not list((home / "ranges").glob("*/postgres"))
    told = json.loads(practicum(home, "lab", "check", "count-once", "--json").stdout)
    assert (told["verdict"], told["counted"]) == ("fail", "no attempt is counted")
    assert state(home)["attempts"] == 0


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the home should be, here."""
    (tmp_path / "home").write_text("in the way")
    done = practicum(tmp_path / "home", "lab", "start", "count-once")
    assert done.returncode == 1
    assert "PRACTICUM_HOME" in done.stderr


def checked(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A check on a machine that was well: others may be using it, too."""
    for _ in range(UNWELL_MAX):
        done = practicum(home, "lab", "check", "count-once", *words)
        if "the machine was not well" not in done.stdout:
            return done
        assert done.returncode == 3
        assert state(home)["attempts"] == 0
    pytest.skip("the machine is not well, so nothing can be proved")


@pytest.mark.serial
@pytest.mark.xdist_group("lab-range")
def test_a_lab_is_passed_interrupted_and_failed(home: Path, courses: Path) -> None:
    """The pass is remembered and signed, Ctrl-C leaves no trace, a later failure takes nothing."""
    workspace = started(home)
    start = (workspace / RULES).read_bytes()
    shutil.copyfile(lab_folder(courses) / "solution" / RULES, workspace / RULES)
    told = json.loads(checked(home, "--json").stdout)
    assert (told["verdict"], told["blame"]) == ("pass", "nobody"), told
    assert told["counted"] == "the lab is passed"
    assert practicum(home, "evidence", told["evidence"]).returncode == 0
    assert "as they passed" in practicum(home, "lab", "diff", "count-once").stdout
    interrupt(home)
    status = answer(home, "range", "status", "--name", "lab-count-once")
    assert {member["state"] for member in status["members"]} == {"ready"}
    varied = checked(home, "--rate", "5", "--duration", "1")
    assert "a variation" in varied.stdout
    assert (state(home)["state"], state(home)["attempts"]) == ("passed", 0)
    (workspace / RULES).write_bytes(start)
    assert answer(home, "lab", "diff", "count-once")["since"] == "passed"
    done = checked(home)
    assert done.returncode == 1, done.stdout + done.stderr
    for words in ("most are confirmed", "look next", "in your files", "the lab stays passed"):
        assert words in done.stdout
    assert answer(home, "lab", "stop", "count-once") == {"stopped": ["lab-count-once"]}


def interrupt(home: Path) -> None:
    """Ctrl-C in the middle of the experiment."""
    running = command(home, "lab", "check", "count-once")
    assert running.stdout is not None
    for line in running.stdout:
        if "bank takes 50 ms" in line:
            break
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=TIMEOUT_S)
    assert running.returncode == 130
    assert "no attempt is counted, the range lab-count-once is whole" in errors
    assert "Traceback" not in errors


def command(home: Path, *words: str) -> subprocess.Popen[str]:
    """A command that goes on while the test does."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "practicum.cli.main", *words],
        env={**os.environ, "PRACTICUM_HOME": str(home), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_watch_checks_now_and_at_each_save(home: Path, courses: Path) -> None:
    """A syntax error first, then another, then Ctrl-C; no attempt was any of them."""
    workspace = started(home)
    edit(workspace / RULES, "PIECES_MAX = 40", "PIECES_MAX = = 40")
    running = command(home, "lab", "watch", "count-once")
    assert running.stdout is not None
    try:
        read_until(running, "rules.py, line 22")
        read_until(running, "waiting for a save")
        time.sleep(0.5)  # only that the save comes while it waits; nothing is measured
        edit(workspace / RULES, "PIECES_MAX = = 40", "\nPIECES_MAX = = 40")
        read_until(running, "rules.py, line 23")
        read_until(running, "waiting for a save")
    finally:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=TIMEOUT_S)
    assert "no attempt is counted" in errors
    assert "Traceback" not in errors
    assert running.returncode == 0
    assert state(home)["attempts"] == 0


def read_until(running: subprocess.Popen[str], words: str) -> None:
    """Read lines until one has the words."""
    assert running.stdout is not None
    seen = []
    for line in running.stdout:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))
