"""Where processes of a run begin: it is ready, and a fork is a new life within milliseconds.

It has one thread. Its children get SIGKILL from the kernel when it dies, and it gets that when
the command dies; where there is no such signal, the end of its standard input tells it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import select
import signal
import sys
import traceback
from typing import NoReturn

import msgspec

from practicum.labs.real_world import wire
from practicum.labs.real_world.life import live
from practicum.simulation.running.program import Program

_PR_SET_PDEATHSIG = 1
_DECODER: msgspec.json.Decoder[wire.Request] = msgspec.json.Decoder(wire.Request)
_BYTES = 65_536


class Nursery:
    """All lives that there are now, by their pids and by their names."""

    def __init__(self) -> None:
        self._program: Program | None = None
        self._by_pid: dict[int, wire.Start] = {}
        self._pids: dict[str, int] = {}
        self._libc = ctypes.CDLL(None)

    def serve(self) -> None:
        """Do what is asked until nobody is there any more."""
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        pending = b""
        while True:
            ready, _, _ = select.select([0, reading], [], [])
            if reading in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(reading, _BYTES)
                self._bury()
            if 0 in ready:
                data = os.read(0, _BYTES)
                if not data:
                    return self._clear()
                *whole, pending = (pending + data).split(b"\n")
                for line in whole:
                    self._answer(_DECODER.decode(line))

    def _answer(self, request: wire.Request) -> None:
        match request:
            case wire.Load():
                self._program = Program(request.sources)
                _tell(wire.Loaded())
            case wire.Start():
                self._begin(request)
            case wire.Signal():
                if request.name in self._pids:
                    os.kill(self._pids[request.name], request.number)
            case wire.Clear():
                self._clear()
                _tell(wire.Cleared())

    def _begin(self, start: wire.Start) -> None:
        before = self._pids.get(start.name)
        if before is not None:
            self._kill(before)
        mine = os.getpid()
        pid = os.fork()
        if not pid:
            self._be(start, mine)
        self._by_pid[pid] = start
        self._pids[start.name] = pid

    def _be(self, start: wire.Start, parent: int) -> NoReturn:
        """In the child: live, and end without anything that is the parent's."""
        code = 1
        try:
            if sys.platform == "linux":
                self._libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            if os.getppid() == parent:
                _be_nobodys_child()
                assert self._program is not None
                live(start, self._program)
                code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _clear(self) -> None:
        for pid in list(self._by_pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in list(self._by_pid):
            self._kill(pid)

    def _kill(self, pid: int) -> None:
        """End a child, and wait until it has."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._over(*os.waitpid(pid, 0))

    def _bury(self) -> None:
        while self._by_pid:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._over(pid, status)

    def _over(self, pid: int, status: int) -> None:
        start = self._by_pid.pop(pid, None)
        if start is None:
            return
        if self._pids.get(start.name) == pid:
            del self._pids[start.name]
        _tell(wire.Ended(start.name, start.life, os.waitstatus_to_exitcode(status)))


def _be_nobodys_child() -> None:
    """Let go of the parent's streams and signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    random.seed()


def _tell(report: wire.Report) -> None:
    with contextlib.suppress(BrokenPipeError):  # who asked is gone, and so are we in a moment
        os.write(1, msgspec.json.encode(report) + b"\n")


if __name__ == "__main__":
    Nursery().serve()
