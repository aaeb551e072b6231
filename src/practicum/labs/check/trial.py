"""Import somebody's files in a process of its own: ``python -m practicum.labs.check.trial TASK``.

TASK is a file with a `Task`. On the descriptor that it names come two lines: `BEGUN` when the
first file is about to be loaded, and an `Outcome`. Without the second the process was ended.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path

import msgspec

from practicum.labs.parent_death import die_with_parent
from practicum.service.live.limits import (
    Exceeded,
    Limits,
    leave_room,
    limit_processes,
    limit_sizes,
)
from practicum.service.live.replacing import replace_modules

BEGUN = b"begun\n"
LIMITS = Limits(address_bytes=1 << 30, file_bytes=64 << 20, processes=0)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Import ``first``, then ``modules`` while ``files`` (module to path) stand in for theirs.

    Those in ``services`` must have a ``build``. ``stacks`` is where SIGUSR1 writes what runs.
    """

    files: dict[str, str]
    first: tuple[str, ...]
    modules: tuple[str, ...]
    services: tuple[str, ...]
    stacks: str
    report: int


class Place(msgspec.Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """``error`` is the type of what was raised (empty: all is well), ``places`` the lines that
    led to it, outermost first."""

    error: str = ""
    message: str = ""
    module: str = ""
    places: tuple[Place, ...] = ()


def _refuse(reason: str) -> None:
    raise Exceeded(reason)


def attempt(task: Task) -> Outcome:
    """Import everything; the first thing that goes wrong is the outcome."""
    for name in (*task.files, *task.modules):
        try:
            module = importlib.import_module(name)
            if name in task.services and not callable(getattr(module, "build", None)):
                message = "build is not a function"
                return Outcome(error="NotCallable", message=message, module=name)
        except BaseException as error:
            leave_room()
            frames = traceback.extract_tb(error.__traceback__)
            return Outcome(
                error=type(error).__name__,
                message=str(error),
                module=name,
                places=tuple(Place(frame.filename, frame.lineno or 0) for frame in frames),
            )
    return Outcome()


def main() -> None:
    """Carry the task out; ends without waiting for threads that the files have started."""
    die_with_parent()
    task = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Task)
    with Path(task.stacks).open("a") as stacks:
        faulthandler.enable(stacks)
        faulthandler.register(signal.SIGUSR1, stacks)
        limit_sizes(LIMITS)
        limit_processes(LIMITS, _refuse)
        replace_modules(task.files)
        for name in task.first:
            importlib.import_module(name)
        os.write(task.report, BEGUN)
        outcome = attempt(task)
        os.write(task.report, msgspec.json.encode(outcome) + b"\n")
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
