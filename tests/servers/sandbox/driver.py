"""Run a program in the sandbox for another process: the task as JSON on stdin, what came of it
on stdout. It is how the tests are somebody else than they are, and how they kill a caller."""

from __future__ import annotations

import sys

import msgspec

from practicum.servers.sandbox.limits import Limits, Ran
from practicum.servers.sandbox.running import Sandbox


class Task(msgspec.Struct, kw_only=True):
    """What to run, and how."""

    argv: list[str]
    limits: Limits = Limits()
    own_code: bool = False
    alone: bool = False
    stdin: str = ""


def perform(task: Task) -> Ran:
    """Run it."""
    sandbox = Sandbox(task.limits, own_code=task.own_code, alone=task.alone)
    return sandbox.run(task.argv, stdin=task.stdin.encode())


if __name__ == "__main__":
    done = perform(msgspec.json.decode(sys.stdin.buffer.read(), type=Task))
    sys.stdout.buffer.write(msgspec.json.encode(done))
