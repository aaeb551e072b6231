"""Run a service some of whose modules are somebody's own files: limits first, then the files in
place of their modules, then the host as ever.

``python -m practicum.service.live.substitute HOST_MODULE CONFIG.json STACKS``; SIGUSR1 writes to
the file STACKS what every thread is doing. Who goes beyond a limit is ended here and at once, and
the supervisor is told why: it would be an odd lesson if a check passed because of it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import IO

import msgspec

from practicum.service.live.limits import (
    Limits,
    limit_processes,
    limit_sizes,
    on_long_file,
    place_in,
    place_in_dump,
)
from practicum.service.live.replacing import replace_modules
from practicum.service.manifest import ServiceConfig

LIMITS = Limits()
_PR_SET_CHILD_SUBREAPER = 36


def _report(reason: str) -> None:
    """Tell the supervisor on the report pipe, which outlives this process."""
    line = msgspec.json.encode({"report": "limit", "reason": reason})
    os.write(int(os.environ["PRACTICUM_REPORT_FD"]), line + b"\n")


def _end(leader: int) -> None:
    """End the service and, wherever this runs, whatever else is in the group."""
    os.kill(leader, signal.SIGKILL)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def confine(files: list[str], stacks: IO[str]) -> None:
    """Set the limits; places in the ``files`` are named when one is passed."""
    leader = os.getpid()

    def wrote_too_much(reason: str) -> None:
        _report(reason + place_in_dump(files, Path(stacks.name)))
        _end(leader)

    def started_too_many(reason: str) -> None:
        _report(reason + place_in(files, sys._getframe()))
        _end(leader)

    if sys.platform == "linux":
        # Whatever a process leaves behind becomes a child of this one, where it is counted.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, stacks)
    limit_sizes(LIMITS)
    on_long_file(LIMITS, wrote_too_much, stacks)
    limit_processes(LIMITS, started_too_many)


def main() -> None:
    """Become the host with the replaced modules that its configuration names."""
    host, config_path, stacks_path = sys.argv[1:4]
    config = msgspec.json.decode(Path(config_path).read_bytes(), type=ServiceConfig)
    sys.argv = [host, config_path]
    # What the supervisor says on the real one is not for the files to read.
    Path(stacks_path).write_bytes(b"")
    with Path(os.devnull).open() as sys.stdin, Path(stacks_path).open("a") as stacks:
        confine(list(config.replaces.values()), stacks)
        replace_modules(config.replaces)
        importlib.import_module(host).main()


if __name__ == "__main__":
    main()
