"""Time and chance come from the seed and the node; what no seed can decide is refused by name."""

from __future__ import annotations

import random
import time
import uuid

import pytest

from practicum.checking.verdict import Verdict
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
        ("import random; random.seed(1)", "random.seed"),
    ],
)
def test_what_no_seed_decides_is_refused_with_the_line_and_what_to_do(line: str, said: str) -> None:
    """The replacement stands in the same sentence."""
    outcome, _ = run(f"    async def node(node):\n        {line}\n")
    assert outcome.verdict is Verdict.FAIL
    seen = outcome.judgements[0].seen
    assert f"main.py:7: {said} is not to be had in a simulation: " in seen


def test_outside_of_a_run_everything_is_as_it_was() -> None:
    """Clocks, chance and files are the machine's again."""
    before = (time.time, random.random, uuid.uuid4, random.Random, open)
    run(DRAWING)
    assert (time.time, random.random, uuid.uuid4, random.Random, open) == before
    assert abs(time.time() - 1_767_225_600) > 1
