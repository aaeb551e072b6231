"""Time and chance come from the seed and the node; what no seed can decide is refused by name."""

from __future__ import annotations

import _thread
import random
import re
import signal
import threading
import time
import uuid
from typing import Any

import pytest

from practicum.checking.verdict import Verdict
from practicum.simulation import seams
from simulation.worlds import notes, run

DRAWING = """
    import os, random, time, uuid, datetime, secrets
    from random import choice, Random
    async def node(node):
        await asyncio.sleep(0.25)
        node.note("drawn", [
            random.random(), random.randint(0, 10**9), choice(range(10**9)), Random().random(),
            str(uuid.uuid4()), os.urandom(4), secrets.token_hex(4), random.sample(range(99), 3),
        ])
        node.note("time", [
            time.time(), time.monotonic(), time.perf_counter_ns(),
            datetime.datetime.now().isoformat(), datetime.date.today().isoformat(),
        ])
"""


def test_chance_and_time_come_from_the_seed_and_differ_between_nodes() -> None:
    """The same seed draws the same, another seed and another node something else."""
    drawn = {seed: notes(run(DRAWING, seed=seed)[1]) for seed in (1, 2)}
    assert drawn[1] == notes(run(DRAWING, seed=1)[1])
    lines = [text for seed in drawn for text in drawn[seed] if text.startswith("drawn")]
    assert len(set(lines)) == 4
    expected = "time [1767225600.25, 0.25, 250000000, '2026-01-01T00:00:00.250000', '2026-01-01']"
    assert drawn[1][1] == drawn[2][3] == expected


def test_every_clock_of_python_is_the_simulations_and_shows_utc() -> None:
    """Also those that few people know, and those that tell the time in words."""
    _, events = run("""
    import os, time
    async def node(node):
        await asyncio.sleep(0.25)
        node.note("clocks", [time.thread_time(), time.process_time_ns(),
            time.clock_gettime(time.CLOCK_REALTIME), time.clock_gettime_ns(time.CLOCK_MONOTONIC)])
        node.note("words", [time.ctime(), time.asctime(), time.strftime("%X %z"),
            time.localtime().tm_hour, time.localtime(0).tm_hour, time.gmtime().tm_year])
        node.note("machine", [os.getpid(), len(os.getrandom(3))])
    """)
    day = "Thu Jan  1 00:00:00 2026"
    assert notes(events, "n1") == [
        "clocks [0.25, 250000000, 1767225600.25, 250000000]",
        f"words {[day, day, '00:00:00 +0000', 0, 0, 2026]}",
        "machine [1, 3]",
    ]


def test_a_lock_that_nobody_has_may_be_taken_and_other_threads_are_left_alone() -> None:
    """Code that takes a lock as a matter of form works, and so does what else a process does."""
    ended = threading.Event()
    meanwhile = threading.Thread(target=lambda: ended.wait(60))
    meanwhile.start()
    outcome, _ = run("""
    import os, queue, threading
    async def node(node):
        with threading.Lock():
            items = queue.Queue()
            items.put(1)
            node.note("got", items.get())
    """)
    assert outcome.verdict is Verdict.PASS
    assert meanwhile.is_alive()
    ended.set()
    meanwhile.join()


def test_only_the_thread_that_simulates_and_only_meanwhile_has_locks_that_never_wait() -> None:
    """Whatever was taken out of a module while a simulation ran works afterwards, too."""
    begun, made = _thread.allocate_lock(), _thread.allocate_lock()
    begun.acquire()
    made.acquire()
    locks = []

    def work() -> None:
        begun.acquire()
        locks.append(threading.Lock())
        made.release()

    other = threading.Thread(target=work)
    other.start()
    surroundings: Any = object()
    with seams.in_place(surroundings):
        lock, sleep, own = threading.Lock, time.sleep, threading.Lock()
        begun.release()
        made.acquire()
    other.join()
    locks.append(lock())
    assert [type(each) for each in locks] == [_thread.LockType] * 2
    assert type(own) is not _thread.LockType
    sleep(0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import threading; threading.Thread(target=print).start()", "a thread"),
        ("import socket; socket.socket()", "a socket"),
        ("import subprocess; subprocess.run(['true'])", "a process"),
        ("import os; os.system('true')", "a process"),
        ("import os; os.kill(os.getpid(), 0)", "a signal"),
        ("import time; time.sleep(1)", "time.sleep"),
        ("open('/tmp/x', 'w')", "the file '/tmp/x'"),
        ("import pathlib; pathlib.Path('/etc/passwd').read_text()", "the file '/etc/passwd'"),
        ("import os; os.remove('/tmp/nothing')", "the machine's disk"),
        ("await asyncio.to_thread(print)", "a thread"),
        ("await asyncio.get_running_loop().run_in_executor(None, print)", "a thread"),
        ("await asyncio.open_connection('localhost', 80)", "loop.create_connection"),
        ("asyncio.get_running_loop().add_signal_handler(15, print)", "loop.add_signal_handler"),
        ("asyncio.run(None)", "asyncio.run"),
        ("asyncio.get_running_loop().stop()", "loop.stop"),
        ("import random; random.seed(1)", "random.seed"),
        ("import _thread; _thread.start_new_thread(print, ())", "a thread"),
        ("from concurrent.futures import ThreadPoolExecutor as P; P().submit(print)", "a thread"),
        ("import threading; threading.Event().wait(1)", "waiting for a thread"),
        ("import queue; queue.Queue().get(timeout=1)", "waiting for a thread"),
        ("import queue; queue.SimpleQueue().get()", "waiting for a thread"),
        ("import threading; k = threading.Lock(); k.acquire(); k.acquire()", "waiting for a"),
        ("import signal; signal.signal(signal.SIGUSR1, print)", "signal.signal"),
        ("import signal; signal.alarm(1)", "signal.alarm"),
        ("import signal; signal.setitimer(signal.ITIMER_REAL, 1)", "signal.setitimer"),
        ("import signal; signal.raise_signal(signal.SIGUSR1)", "signal.raise_signal"),
        ("import select; select.select([], [], [], 1)", "select.select"),
        ("import selectors; selectors.DefaultSelector().select(0.1)", "a selector"),
        ("import selectors; selectors.SelectSelector().select(0.1)", "a selector"),
        ("import socket; socket.gethostbyname('localhost')", "a name server"),
        ("import socket; socket.gethostname()", "the machine's name"),
        ("import sqlite3; sqlite3.connect(':memory:')", "a database"),
        ("import os; os._exit(0)", "os._exit"),
        ("import os; os.forkpty()", "a process"),
        ("import os; os.symlink('/tmp/nothing', '/tmp/nothing')", "the machine's disk"),
        ("import os; os.listdir('/')", "the machine's disk"),
        ("import os; os.environ['NOTHING'] = '1'", "the environment"),
        ("import pathlib; pathlib.Path('/etc/passwd').exists()", "the file '/etc/passwd'"),
        ("import os; open(os.__file__)", "the file '"),
    ],
)
def test_what_no_seed_decides_is_refused_with_the_line_and_what_to_do(line: str, said: str) -> None:
    """The replacement stands in the same sentence."""
    outcome, _ = run(f"    async def node(node):\n        {line}\n")
    assert outcome.verdict is Verdict.FAIL
    seen = outcome.judgements[0].seen
    assert re.search(rf"main\.py:7: {re.escape(said)}.* is not to be had in a simulation: ", seen)


def test_outside_of_a_run_everything_is_as_it_was() -> None:
    """Clocks, chance and files are the machine's again."""
    before = (time.time, random.random, uuid.uuid4, random.Random, open, signal.signal)
    run(DRAWING)
    assert (time.time, random.random, uuid.uuid4, random.Random, open, signal.signal) == before
    assert abs(time.time() - 1_767_225_600) > 1
