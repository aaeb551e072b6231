"""A running process: what can be said to it, heard from it and done to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from practicum.servers.guardian import MARK_VARIABLE, process_table, send, start_of, tree
from practicum.servers.home import RangeError
from practicum.servers.process.launching import Launch, spawn

REPORT_VARIABLE = "PRACTICUM_REPORT_FD"
_REPORT_BYTES_MAX = 65_536
_LAST_REPORT_WAIT_S = 0.5
_QUIET_ROUNDS_MAX = 8
_SWEEPS_MAX = 200
_STACKS_WAIT_S = 2.0
_STACKS_POLL_S = 0.05

Report = Callable[[dict[str, Any]], None]


@contextlib.contextmanager
def _report_pipe() -> Iterator[tuple[int, int]]:
    """A pipe (read, write); the caller takes the reading end, the other is closed here."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)


class Child:
    """One life of a supervised process, the leader of its own session."""

    def __init__(
        self, process: asyncio.subprocess.Process, start: str, mark: str, stacks: Path | None
    ) -> None:
        self._process = process
        self._stacks = stacks
        self._reports: asyncio.Task[None] | None = None
        self._frozen: dict[int, str] = {}
        self.pid = process.pid
        self.start = start
        self.mark = mark
        self.wanted_death = False

    @classmethod
    async def born(cls, launch: Launch, on_report: Report) -> Child:
        """Spawn; ``on_report`` gets each JSON object that the child reports."""
        mark = secrets.token_hex(8) if launch.stacks else ""
        with _report_pipe() as (reading, writing):
            environment = {REPORT_VARIABLE: str(writing)} | ({MARK_VARIABLE: mark} if mark else {})
            process = await spawn(launch, pass_fds=(writing,), environment=environment)
        # A child that is already gone has no start any more; nothing can be its tree then.
        child = cls(process, start_of(process.pid) or "", mark, launch.stacks)
        child._reports = asyncio.create_task(_read_reports(reading, on_report))
        return child

    @property
    def frozen(self) -> bool:
        """Whether `freeze` holds it."""
        return bool(self._frozen)

    @property
    def confined(self) -> bool:
        """Whether it runs somebody's own files and has to be kept within bounds."""
        return self._stacks is not None

    async def ended(self) -> int:
        """Wait for its death and its last report; returns the exit code, or -signal."""
        code = await self._process.wait()
        if self._reports is not None:
            _, late = await asyncio.wait([self._reports], timeout=_LAST_REPORT_WAIT_S)
            for task in late:
                task.cancel()
        self.sweep()
        return code

    @property
    def alive(self) -> bool:
        """Whether it has not been seen to end."""
        return self._process.returncode is None

    def tell(self, line: dict[str, Any]) -> None:
        """Write a JSON line to its stdin, if it still reads."""
        if self._process.stdin is not None and self.alive:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(msgspec.json.encode(line) + b"\n")

    def tree(self) -> dict[int, str]:
        """Its processes: group, session, descendants and those with its mark; pid to start."""
        return tree(process_table(), self.pid, self.start, self.mark) if self.start else {}

    def signal(self, number: int) -> None:
        """Send a signal to the leader. SIGKILL goes to the whole tree at once."""
        if number == signal.SIGKILL:
            for pid in self.tree():
                send(pid, signal.SIGKILL)
        elif self.alive:
            send(self.pid, number)

    def freeze(self) -> None:
        """Stop the whole tree (PostgreSQL's backends leave the group, so we walk).

        The leader first: it makes no more children then. Repeated until nobody new is found.
        """
        for _ in range(_QUIET_ROUNDS_MAX):
            new = {pid: start for pid, start in self.tree().items() if pid not in self._frozen}
            if not new:
                return
            for pid in sorted(new, key=lambda pid: pid != self.pid):
                send(pid, signal.SIGSTOP)
            self._frozen |= new

    def thaw(self) -> None:
        """Let the tree go on."""
        for pid in {**self._frozen, **self.tree()}:
            if pid not in self._frozen or start_of(pid) == self._frozen[pid]:
                send(pid, signal.SIGCONT)
        self._frozen = {}

    async def stop(self, number: int, grace_s: float) -> None:
        """Ask it to end, and make it end after the grace."""
        self.wanted_death = True
        self.signal(number)
        self.thaw()
        try:
            async with asyncio.timeout(grace_s):
                await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self._process.wait()

    def sweep(self) -> None:
        """After its death: end what it left behind."""
        left = self.tree()
        for pid, start in self._frozen.items():
            if start_of(pid) == start:
                left[pid] = start
        for pid in left:
            send(pid, signal.SIGKILL)
        self._frozen = {}

    async def crush(self) -> None:
        """End it with all its descendants, even if they become more all the time."""
        for _ in range(_SWEEPS_MAX):
            if self.alive:
                # All of the group in one step: between two steps a fork bomb doubles.
                with contextlib.suppress(OSError):
                    os.killpg(self.pid, signal.SIGKILL)
            left = self.tree()
            if not left:
                return
            for pid in left:
                send(pid, signal.SIGKILL)
            await asyncio.sleep(0)

    async def stacks(self) -> list[str]:
        """What its threads are doing, as lines of faulthandler; RangeError if it cannot tell."""
        if self._stacks is None:
            raise RangeError("only a service that runs files of yours can be asked for its stacks")
        self._stacks.write_bytes(b"")
        send(self.pid, signal.SIGUSR1)
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STACKS_WAIT_S):
                while size == 0 or size != self._stacks.stat().st_size:
                    size = self._stacks.stat().st_size
                    await asyncio.sleep(_STACKS_POLL_S)
        return self._stacks.read_text(errors="replace").splitlines()


async def _read_reports(descriptor: int, on_report: Report) -> None:
    reader = asyncio.StreamReader(limit=_REPORT_BYTES_MAX)
    file = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), file
    )
    try:
        async for line in reader:
            with contextlib.suppress(msgspec.DecodeError):
                on_report(msgspec.json.decode(line, type=dict[str, Any]))
    except ValueError:
        pass  # a line beyond the limit: not one of ours, and nothing after it can be trusted
    finally:
        transport.close()
