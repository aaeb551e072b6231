"""Code that takes too much is ended, and how it ended is told; within its limits it is not."""

from __future__ import annotations

import textwrap

import pytest

from practicum.servers.sandbox.bubblewrap import PYTHON
from practicum.servers.sandbox.limits import Limits, refused_limit
from practicum.servers.sandbox.running import Sandbox
from practicum.servers.sandbox.watching import Watch
from servers.sandbox.conftest import Run

MB = 1 << 20
FORKS = """
    import os, sys, time
    for n in range({count}):
        if not os.fork():
            sys.stdin.read()
            time.sleep(1)
            os._exit(0)
    for n in range({count}):
        os.wait()
"""
DAEMONS = """
    import subprocess, time
    for n in range({count}):
        subprocess.Popen(["setsid", "sh", "-c", "sleep 1 & sleep 1"])
    time.sleep(1)
"""
THREADS = """
    import threading, time
    threads = [threading.Thread(target=time.sleep, args=(1,)) for n in range({count})]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
ONE_HOG = """
    import time
    kept = [b"x" * (1 << 20) for n in range({count})]
    time.sleep(0.1)
"""
MANY_HOGS = """
    import os, time
    for n in range(8):
        if not os.fork():
            kept = b"x" * ({count} << 17)
            time.sleep(1)
            os._exit(0)
    for n in range(8):
        os.wait()
"""
TURNS = """
    import time
    began = time.process_time()
    while time.process_time() - began < {count} / 10: pass
"""
MANY_TURNS = """
    import os, time
    for n in range(4):
        if not os.fork():
            while time.process_time() < {count} / 40: pass
            os._exit(0)
    for n in range(4):
        os.wait()
"""
PRINTS = "for n in range({count}): print('x' * 99_999)"
COMPLAINS = "import sys\nfor n in range({count}): sys.stderr.write('x' * 100_000)"
FILE = "with open('f', 'wb') as f:\n    for n in range({count}): f.write(bytes(1 << 20))"
FILES = "for n in range({count}): open(f'/tmp/{{n}}', 'wb').write(bytes(1 << 20))"

CASES = {
    # what: (code, a count that is too much, one that is not, the limit)
    "forks": (FORKS, 30, 5, {"processes": 10}, "processes"),
    "daemons": (DAEMONS, 30, 2, {"processes": 10}, "processes"),
    "threads": (THREADS, 17, 5, {"processes": 10}, "processes"),
    "one hog": (ONE_HOG, 100, 20, {"memory_bytes": 64 * MB}, "memory"),
    "many hogs": (MANY_HOGS, 200, 1, {"memory_bytes": 128 * MB}, "memory"),
    "turns": (TURNS, 600, 1, {"cpu_s": 0.6}, "cpu"),
    "many turns": (MANY_TURNS, 600, 4, {"cpu_s": 0.8}, "cpu"),
    "prints": (PRINTS, 11, 10, {"output_bytes": 1_000_000}, "output"),
    "complains": (COMPLAINS, 11, 10, {"output_bytes": 1_000_000}, "output"),
    "a file": (FILE, 5, 4, {"file_bytes": 4 * MB}, "file size"),
    "files": (FILES, 9, 7, {"disk_bytes": 8 * MB}, "disk"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_too_much_is_ended_and_a_little_less_is_not(
    run: Run, case: tuple[str, int, int, dict[str, float], str]
) -> None:
    """The same program does well where it takes less, so that it is the limit which ends it."""
    code, too_much, enough, limits, name = case
    ran = run(textwrap.dedent(code).format(count=too_much), **limits)
    assert ran.limit == name, ran
    assert not ran.good
    assert not ran.starved
    ran = run(textwrap.dedent(code).format(count=enough), **limits)
    assert ran.good, ran


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True: os.fork()",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "import subprocess\nwhile True: subprocess.Popen(['setsid', 'sleep', '600'])",
        "import os\nwhile True: os.system('f() { f & f & sleep 600; }; f')",
        "import _thread, time\nwhile True: _thread.start_new_thread(time.sleep, (600,))",
    ],
    ids=["forks", "stubborn", "sessions", "shell", "threads"],
)
def test_a_fork_bomb_is_stopped(run: Run, code: str) -> None:
    """However it goes about it, and although it does not stop at the first refusal."""
    ran = run(code, cpu_s=5, wall_s=10)
    assert ran.limit == "processes", ran
    assert "processes" in ran.sentence


def test_one_that_waits_after_a_refusal_is_told_of_the_refusal(run: Run) -> None:
    """What is left of a fork bomb may be few processes, which wait for those that never were."""
    code = "import sys, time\nprint('{}', file=sys.stderr, flush=True)\ntime.sleep(9)"
    assert run(code.format("sh: 0: Cannot fork"), wall_s=0.5).limit == "processes"
    assert run(code.format("sh: 0: not found"), wall_s=0.5).limit == "wall"
    assert run(code.format("MemoryError"), wall_s=0.5).limit == "wall", "it went on, and waits"


def test_one_that_asks_for_everything_at_once_is_refused_it(run: Run) -> None:
    """A file of 10 GB, a terabyte of memory: the kernel says no, and we say why."""
    assert run("open('f', 'wb').truncate(10 << 30)").limit == "file size"
    ran = run("b'x' * (1 << 40)")
    assert (ran.limit, ran.good) == ("memory", False)


@pytest.mark.parametrize("place", ["/dev/shm", "/tmp", "/work"])
def test_no_disk_in_memory_is_without_a_size(run: Run, place: str) -> None:
    """What is written to them is memory that belongs to no process."""
    fill = f"for n in range(70): open(f'{place}/{{n}}', 'wb').write(bytes(1 << 20))"
    assert run(fill).limit == "disk"


def test_memory_that_is_in_no_process_is_refused(run: Run) -> None:
    """The watch could not see it."""
    code = "import os\nf = os.memfd_create('hidden')\nprint('got')"
    assert "got" in run(code, own_code=True).said
    ran = run(code)
    assert "got" not in ran.said
    assert "Operation not permitted" in ran.complained


def test_one_that_prints_for_ever_is_ended_and_its_beginning_kept(run: Run) -> None:
    """No more than the limit is ever kept; the text says that there was more."""
    ran = run("while True: print('for ever')", output_bytes=10_000)
    assert ran.limit == "output"
    assert len(ran.stdout) == 10_000
    assert ran.said.endswith("[... cut after 0.01 MB]\n")
    assert "printed more than 0.01 MB" in ran.sentence


def test_one_that_waits_for_ever_is_told_apart_from_one_that_computes(run: Run) -> None:
    """Both come to an end; whose fault it is shows in the time that each used."""
    ran = run("import time; time.sleep(600)", wall_s=0.3)
    assert (ran.limit, ran.code) == ("wall", None)
    assert ran.cpu_s < 0.3
    ran = run("while True: pass", cpu_s=0.3)
    assert (ran.limit, ran.starved) == ("cpu", False)
    assert ran.cpu_s > 0.3


@pytest.mark.parametrize(("queued_s", "starved"), [(0.0, False), (0.2, True), (None, True)])
def test_a_busy_machine_is_not_the_codes_fault(
    monkeypatch: pytest.MonkeyPatch, queued_s: float | None, starved: bool
) -> None:
    """One that was ready to run and was not let has shown nothing."""
    monkeypatch.setattr(Watch, "queued_s", property(lambda self: queued_s))
    ran = Sandbox(Limits(wall_s=0.5)).run([PYTHON, "-S", "-c", "import time; time.sleep(600)"])
    assert (ran.limit, ran.starved) == ("wall", starved)
    assert ("run it again" in ran.sentence) == starved


def test_the_most_memory_that_was_used_is_told(run: Run) -> None:
    """Of the code, and not of whoever called the sandbox."""
    ballast = bytearray(200 * MB)
    ran = run("kept = b'x' * (50 << 20)\nimport time; time.sleep(0.2)")
    assert ran.good
    assert 50 * MB < ran.memory_bytes < 120 * MB
    assert len(ballast)


def test_the_words_of_a_program_that_did_well_are_no_limit() -> None:
    """Who prints MemoryError and goes on has not met one."""
    assert refused_limit(0, b"MemoryError") is None
    assert refused_limit(1, b"MemoryError\nValueError: no") is None
    assert refused_limit(1, b"ValueError\nMemoryError") == "memory"
    assert refused_limit(128 + 25, b"") == "file size"
