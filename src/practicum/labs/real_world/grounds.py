"""Where processes run: a range of its own that lasts as long as the command, with a NATS server
on the loopback and the nursery. Whatever ends the command ends all in it.

What a command that was killed has left on disk is removed by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from practicum.labs.finding import CannotBeUsed
from practicum.labs.real_world import wire
from practicum.labs.simulate.fleet import environment
from practicum.servers import jetstream, ports
from practicum.servers.guardian import MARK_VARIABLE, process_table, send, start_of, tree
from practicum.servers.home import RangeFolder, telling
from practicum.servers.process.guard import Guard
from practicum.servers.process.launching import Launch, last_words, spawn
from practicum.servers.process.probes import NotReady, nats_ready
from practicum.simulation.running.program import Sources

MODULE = "practicum.labs.real_world.nursery"
READY_WAIT_S = 30.0
_SWEEPS = 50
_POLL_S = 0.02
_LINE_BYTES_MAX = 1 << 20


class RealWorldFailed(CannotBeUsed):
    """Processes could not be run; the message says why, and what to do."""


class Grounds:
    """A running range. ``url`` is where its server listens, ``path`` the folder that goes with
    it. Only one run at a time."""

    def __init__(self, folder: RangeFolder, guard: Guard) -> None:
        self.path = folder.path
        self._folder, self._guard = folder, guard
        self._mark = secrets.token_hex(8)
        self._processes: list[asyncio.subprocess.Process] = []
        self._nursery: asyncio.subprocess.Process
        self._runs = 0
        self.url = ""

    def next_run(self) -> int:
        """A number for one more run."""
        self._runs += 1
        return self._runs

    async def begin(self) -> None:
        """Start the server and the nursery; `RealWorldFailed` if they do not come up."""
        port = ports.choose(("nats",), {}, None)["nats"]
        password = secrets.token_hex(16)
        self.url = jetstream.url(port, password)
        server = Launch(
            program=jetstream.command(self._folder, port, password),
            environment=jetstream.environment(),
            log=self._folder.log("nats"),
        )
        nursery = Launch(
            program=(sys.executable, "-P", "-m", MODULE),
            environment=environment(),
            log=self._folder.log("nodes"),
        )
        await self._spawn(server)
        self._nursery = await self._spawn(nursery, answers=True)
        try:
            async with asyncio.timeout(READY_WAIT_S):
                while not await self._answers():  # noqa: ASYNC110 - the server cannot tell
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            words = last_words(server.log)
            raise RealWorldFailed(f"the NATS server does not answer:\n{words}") from None

    async def _answers(self) -> bool:
        with contextlib.suppress(NotReady):
            await nats_ready(self.url)
            return True
        return False

    async def _spawn(self, launch: Launch, *, answers: bool = False) -> asyncio.subprocess.Process:
        environment = {MARK_VARIABLE: self._mark}
        output = asyncio.subprocess.PIPE if answers else None
        process = await spawn(launch, environment=environment, output=output)
        self._processes.append(process)
        start = start_of(process.pid)
        if start is not None:
            self._guard.add(process.pid, start, launch.death_signal, self._mark)
        return process

    # ── The nursery

    def ask(self, request: wire.Request) -> None:
        """Tell the nursery to do something."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(msgspec.json.encode(request) + b"\n")

    async def hear(self) -> wire.Report:
        """The next thing that the nursery says; `RealWorldFailed` if it is gone."""
        assert self._nursery.stdout is not None
        line = await self._nursery.stdout.readline()
        if not line.endswith(b"\n"):
            words = last_words(self._folder.log("nodes"))
            raise RealWorldFailed(f"what starts the nodes has ended:\n{words}")
        found: wire.Report = msgspec.json.decode(line, type=wire.Report)
        return found

    async def load(self, sources: Sources) -> None:
        """Let lives from now on be of that file."""
        self.ask(wire.Load(sources))
        while not isinstance(await self.hear(), wire.Loaded):
            pass

    # ── The end

    async def end(self) -> None:
        """End everything, and whatever it has started."""
        for process in self._processes:
            for _ in range(_SWEEPS):
                left = tree(process_table(), process.pid, start_of(process.pid) or "", self._mark)
                if not left:
                    break
                for pid in left:
                    send(pid, 9)
                await asyncio.sleep(_POLL_S)
            await process.wait()
            self._guard.remove(process.pid)


@contextlib.asynccontextmanager
async def grounds(home: Path) -> AsyncIterator[Grounds]:
    """A range for as long as the block lasts; ``home`` is where practicum keeps its state."""
    with _folder(home / "real") as folder:
        guard = Guard(folder.log("guardian"))
        await guard.begin()
        found = Grounds(folder, guard)
        try:
            await found.begin()
            yield found
        finally:
            await found.end()
            await guard.end()


@contextlib.contextmanager
def _folder(home: Path) -> Iterator[RangeFolder]:
    """A folder that is locked while it is used, and gone afterwards."""
    with _alone(home):
        _sweep(home / "ranges")
        folder = RangeFolder(home, f"r{secrets.token_hex(6)}")
        folder.create()
        lock = folder.lock()
    try:
        yield folder
    finally:
        shutil.rmtree(folder.path, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One command at a time makes folders and removes those of the dead."""
    with telling(home):
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(ranges: Path) -> None:
    for path in ranges.glob("r*"):
        with telling(path):
            lock = RangeFolder(ranges.parent, path.name).lock()
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)
