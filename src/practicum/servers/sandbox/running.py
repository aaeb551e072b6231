"""The sandbox: run a program once, within limits, and see to it that nothing is left of it.

Three processes stand between the caller and the program. The launcher (`servers.launch`) asks
for a signal at the caller's death, drops root's privileges, and starts bubblewrap, which makes
the namespaces and dies with it; the first process inside reaps what the program leaves. When
that one ends, for whatever reason, the kernel ends all others in there.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from practicum.servers import launch
from practicum.servers.guardian import MARK_VARIABLE, process_table, send, tree
from practicum.servers.sandbox import bubblewrap
from practicum.servers.sandbox.bubblewrap import Bind, SandboxRefused
from practicum.servers.sandbox.limits import Limit, Limits, Ran, refused_limit, resource_limits
from practicum.servers.sandbox.seccomp import filter_program
from practicum.servers.sandbox.streams import Streams
from practicum.servers.sandbox.watching import Watch

LOOK_EVERY_S = 0.02
_START_WAIT_S, _END_WAIT_S = 60.0, 10.0
_STARVED_SHARE = 0.1
"""Of the wall time: who was kept waiting for a processor that long may have been too slow for
that reason alone."""
_NO_PROGRAM = 127  # as a shell says it
_DEFAULTS = Limits()


class Sandbox:
    """Runs programs within ``limits``, each in a sandbox of its own, which is gone afterwards.

    ``binds`` are shown inside, ``proc`` shows the processes inside under /proc. One that is
    ``alone`` can start threads, but no process. ``program`` is a bubblewrap other than the one
    that is found. Can be used by many threads at once.

    With ``own_code`` there is no sandbox but a plain process with the limits that a kernel has
    for one, and the same watch: only for the owner's own code on her own machine.
    """

    def __init__(
        self,
        limits: Limits = _DEFAULTS,
        *,
        binds: Sequence[Bind] = (),
        own_code: bool = False,
        proc: bool = True,
        alone: bool = False,
        program: Path | None = None,
    ) -> None:
        if own_code and binds:
            raise ValueError("there is nothing to bind: one's own code sees everything")
        self.limits, self._binds, self._own_code = limits, tuple(binds), own_code
        self._proc, self._alone, self._program = proc, alone, program

    def run(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes] | None = None,
        stdin: bytes = b"",
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a program with ``files`` in its current folder, and wait for its end.

        `bubblewrap.PYTHON` is the interpreter. ``folder`` (of the user 65534 where we are root)
        becomes the current folder in place of an empty one, and keeps what is written there: who
        reads it afterwards must expect symbolic links that lead elsewhere. SandboxRefused if
        there can be no sandbox here.
        """
        if folder and files and not self._own_code:
            # bubblewrap would follow a symbolic link that an earlier run left in the folder.
            raise ValueError("files are for an empty folder: write them into yours yourself")
        places = {bubblewrap.check_file(name): data for name, data in (files or {}).items()}
        sizes = [len(data) for data in places.values()]
        if (
            sum(sizes) > self.limits.disk_bytes // 2
            or max(sizes, default=0) > self.limits.file_bytes
        ):
            raise ValueError("the files are larger than the limits allow: raise them")
        with contextlib.ExitStack() as kept:
            if self._own_code:
                place = folder or Path(kept.enter_context(tempfile.TemporaryDirectory()))
                start = self._plain(argv, files or {}, place, environment or {})
            else:
                binds = (*self._binds, *([Bind(folder, "/tmp/work", True)] if folder else ()))
                start = self._enclosed(argv, places, binds, environment or {}, kept)
            return _Run(self.limits, start).through(stdin)

    def _plain(
        self,
        argv: Sequence[str],
        files: Mapping[str, bytes],
        folder: Path,
        environment: Mapping[str, str],
    ) -> _Start:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        keys = (f"folder={folder}", *resource_limits(self.limits, gated=False))
        # Little of the caller's, so that it runs alike for everybody.
        place = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
        given = {**bubblewrap.ENVIRONMENT, **place, **environment}
        return _Start(keys=keys, program=tuple(argv), environment=given)

    def _enclosed(
        self,
        argv: Sequence[str],
        places: Mapping[str, bytes],
        binds: Sequence[Bind],
        environment: Mapping[str, str],
        kept: contextlib.ExitStack,
    ) -> _Start:
        program = bubblewrap.find_bubblewrap(self._program)
        seccomp = filter_program(alone=self._alone)
        if seccomp is None or not hasattr(os, "pidfd_open"):
            raise SandboxRefused(
                f"the system calls of {os.uname().machine} are not known here: run other people's "
                "code on x86-64 or ARM64"
            )
        told, tell = (
            kept.enter_context(os.fdopen(end, mode, buffering=0))
            for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True)
        )
        texts = {"/etc/passwd": bubblewrap.PASSWD, "/etc/group": bubblewrap.GROUP, **places}
        descriptors = {path: kept.enter_context(_readable(text)) for path, text in texts.items()}
        inner = bubblewrap.enclose(
            program,
            binds,
            self.limits,
            descriptors=descriptors,
            status=tell.fileno(),
            seccomp=(filtering := kept.enter_context(_readable(seccomp))),
            environment=environment,
            proc=self._proc,
        )
        limits = resource_limits(self.limits, gated=True, files=len(descriptors))
        return _Start(
            keys=(*inner.keys, *limits),
            program=(*inner.program, *argv),
            passed=(tell.fileno(), filtering, *descriptors.values()),
            told=told,
        )


class _Start(msgspec.Struct, frozen=True, kw_only=True):
    """How to start: keys for the launcher, the program that it becomes or starts, descriptors
    and an environment for that. ``told`` is where bubblewrap reports, if it is one."""

    keys: tuple[str, ...]
    program: tuple[str, ...]
    passed: tuple[int, ...] = ()
    told: IO[bytes] | None = None
    environment: Mapping[str, str] = {}


class _Run:
    """One run, from its start to its end."""

    def __init__(self, limits: Limits, start: _Start) -> None:
        self._limits, self._start = limits, start
        self._watch: Watch | None = None
        self._first: int | None = None
        self._limit: Limit | None = None
        self._mark = secrets.token_hex(16)

    def through(self, stdin: bytes) -> Ran:
        """Run the program and wait."""
        process = self._spawn()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        outputs = {"stdout": process.stdout, "stderr": process.stderr}
        if self._start.told is not None:
            outputs["status"] = self._start.told
        most = self._limits.output_bytes
        with Streams(process.stdin, stdin, outputs, most_bytes=most) as streams:
            if hasattr(os, "pidfd_open"):
                streams.wake_at(os.pidfd_open(process.pid))
            try:
                return self._attend(process, streams)
            finally:
                if process.returncode is None:
                    self._end(process)
                    process.wait()
                if self._start.told is None:
                    self._end_left_over(process.pid)
                if self._first is not None:
                    os.close(self._first)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # The signal at our death comes when this thread ends; it waits here until the end.
        words = (f"parent={os.getpid()}", f"death_signal={int(signal.SIGKILL)}", *self._start.keys)
        return subprocess.Popen(
            [sys.executable, "-I", "-S", launch.__file__, *words, "--", *self._start.program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=self._start.passed,
            env={**self._start.environment, MARK_VARIABLE: self._mark},
        )

    def _attend(self, process: subprocess.Popen[bytes], streams: Streams) -> Ran:
        began = look_at = time.monotonic()
        ended_at = None
        if self._start.told is None:
            self._watch = Watch(process.pid, self._limits)
        while True:
            streams.step(LOOK_EVERY_S)
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            now = time.monotonic()
            if pid:
                break
            if self._watch is None and (first := _first_process(streams.kept["status"])):
                self._first, began = _handle(first), now
                self._watch = Watch(first, self._limits, spared=1)
            if ended_at is None and now >= look_at:
                look_at = now + LOOK_EVERY_S
                self._limit = self._beyond(now - began, streams)
                if self._limit is not None:
                    ended_at = now
                    self._end(process)
            elif ended_at is not None and now > ended_at + _END_WAIT_S:
                process.kill()
        process.returncode = os.waitstatus_to_exitcode(status)
        while streams.step(0) and not streams.full:
            pass
        code = self._code(process.returncode, streams)
        # Of a sandbox that was ended, its parent never hears what it has used.
        cpu_s = max(used.ru_utime + used.ru_stime, self._watch.cpu_s if self._watch else 0.0)
        return self._told(code, streams, cpu_s, now - began)

    def _beyond(self, wall_s: float, streams: Streams) -> Limit | None:
        """The limit that has been passed by now."""
        if streams.full:
            return "output"
        if self._watch is None:
            return "wall" if wall_s > _START_WAIT_S else None
        limit = self._watch.look()
        if limit is None and wall_s > self._limits.wall_s:
            limit = "wall"
        return limit

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """End the first process of the sandbox, whose parent then tells what all have used; if
        there is none, the group of the program."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._first is not None:
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            elif self._start.told is not None:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)

    def _end_left_over(self, leader: int) -> None:
        """End what a plain process left behind, in whatever session."""
        for _ in range(20):
            left = tree(process_table(), leader, "", self._mark)
            if not left:
                return
            for pid in left:
                send(pid, signal.SIGKILL)

    def _code(self, returned: int, streams: Streams) -> int | None:
        """The program's exit code; None if it was ended. SandboxRefused if it never could begin."""
        if self._limit is not None:
            return None
        if self._start.told is None:
            return 128 - returned if returned < 0 else returned
        for line in streams.kept["status"].splitlines():
            document = json.loads(line)
            if "exit-code" in document:
                return int(document["exit-code"])
        words = streams.kept["stderr"].decode("utf-8", "replace").strip()
        if words.startswith("bwrap: execvp "):
            return _NO_PROGRAM
        if returned > 0 or words.startswith(("bwrap:", "launch:")):
            raise bubblewrap.diagnose(words)
        return None

    def _told(self, code: int | None, streams: Streams, cpu_s: float, wall_s: float) -> Ran:
        stdout, stderr = bytes(streams.kept["stdout"]), bytes(streams.kept["stderr"])
        limit = self._limit
        if limit is None and streams.full:
            limit = "output"
        if limit is None and code is not None:
            # Passed between two looks, or the kernel refused something by it.
            limit = "cpu" if cpu_s > self._limits.cpu_s else refused_limit(code, stderr)
        if limit == "wall" and refused_limit(None, stderr) == "processes":
            # A shell that may not fork leaves its other half waiting.
            limit = "processes"
        queued_s = self._watch.queued_s if self._watch is not None else None
        if limit is None:  # the kernel, short of memory, or an operator may have ended it
            starved = code is None
        else:
            waited = queued_s is None or queued_s >= _STARVED_SHARE * self._limits.wall_s
            starved = limit == "wall" and cpu_s < self._limits.cpu_s and waited
        return Ran(
            limits=self._limits,
            code=code,
            limit=limit,
            stdout=stdout,
            stderr=stderr,
            cut=streams.full,
            cpu_s=cpu_s,
            wall_s=wall_s,
            memory_bytes=self._watch.memory_bytes if self._watch is not None else 0,
            queued_s=queued_s,
            starved=starved,
        )


def _first_process(status: bytearray) -> int | None:
    """The first process of the sandbox, once bubblewrap has told it."""
    line, ended, _ = bytes(status).partition(b"\n")
    return int(json.loads(line)["child-pid"]) if ended else None


def _handle(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:  # it has ended already
        return None


@contextlib.contextmanager
def _readable(data: bytes) -> Iterator[int]:
    """A descriptor from which the data can be read."""
    descriptor = os.memfd_create("practicum")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
