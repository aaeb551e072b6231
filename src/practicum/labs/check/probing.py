"""See whether somebody's files can be loaded at all, before anything is restarted for them.

First they are read. Then they are imported in a process of its own, in place of their modules
and by the same finder as in the range, by everybody who needs them. That process has a time, and
little else; whatever it does, it is ended with everything that it has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from practicum.labs.check.imports import loaded_before, loaders_of
from practicum.labs.check.reading import Problem, read_file
from practicum.labs.check.stacks import where_in
from practicum.labs.check.trial import BEGUN, LIMITS, Outcome, Place, Task
from practicum.labs.lab import Lab
from practicum.servers.guardian import process_table, send, start_of, tree
from practicum.service.live.limits import in_words
from practicum.shop.manifest import MANIFEST

OUTPUT_BYTES_MAX = 1_000_000
_BEGIN_WAIT_S = 60.0
_LOOK_EVERY_S = 0.01
_STACKS_WAIT_S = 0.3
_END_WAIT_S = 5.0
_BLOCK = 65_536
_MESSAGE_MAX = 500

__all__ = ["Problem", "probe", "probe_files"]


async def probe(lab: Lab, files: Path, *, timeout_s: float = 15.0) -> list[Problem]:
    """What keeps the files in the folder ``files`` from standing in for the lab's modules."""
    return await probe_files(
        {module: files / name for name, module in lab.spec.replaces.items()}, timeout_s=timeout_s
    )


async def probe_files(files: Mapping[str, Path], *, timeout_s: float = 15.0) -> list[Problem]:
    """As `probe`, for files by the module that each stands for."""
    found = [
        problem for module, path in files.items() for problem in read_file(path.resolve(), module)
    ]
    if found or not files:
        return found
    problem = await _try_to_import(
        {module: str(path.resolve()) for module, path in files.items()}, timeout_s
    )
    return [problem] if problem else []


class _Watched:
    """The trial's process: what it printed, what it reported, how it was ended."""

    def __init__(self, process: asyncio.subprocess.Process, report: int, stacks: Path) -> None:
        self._process, self._report, self._stacks = process, report, stacks
        self._start = start_of(process.pid) or ""
        self._said = b""
        self.printed = 0
        self.too_long = self.too_much = False

    async def run(self, timeout_s: float) -> None:
        """See it end, or end it; nothing that it started is left afterwards. The time counts
        from when the files are loaded: what comes before depends on the machine alone."""
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEGIN_WAIT_S):
                    await self._until_begun()
            async with asyncio.timeout(timeout_s):
                await self._read_output()
                if not self.too_much:
                    await self._process.wait()
        except TimeoutError:
            self.too_long = True
        finally:
            if self._process.returncode is None:
                send(self._process.pid, signal.SIGUSR1)
                await asyncio.sleep(_STACKS_WAIT_S)
            self._end()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_WAIT_S):
                    await self._reap()

    async def _until_begun(self) -> None:
        running = self._process
        while not self._heard().startswith(BEGUN) and running.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY_S)

    def _heard(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            self._said += os.read(self._report, _BLOCK)
        return self._said

    async def _read_output(self) -> None:
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(_BLOCK):
            self.printed += len(data)
            if self.printed > OUTPUT_BYTES_MAX:
                self.too_much = True
                return

    async def _reap(self) -> None:
        # asyncio sees the end of a process behind the end of its output only.
        assert self._process.stdout is not None
        while await self._process.stdout.read(_BLOCK):
            pass
        await self._process.wait()

    def _end(self) -> None:
        while left := tree(process_table(), self._process.pid, self._start):
            for pid in left:
                send(pid, signal.SIGKILL)

    @property
    def stacks(self) -> list[str]:
        """What ran when it was asked, or when it broke down."""
        return self._stacks.read_text(errors="replace").splitlines()

    def outcome(self) -> Outcome | None:
        """What it reported, if it came so far."""
        line = self._heard().removeprefix(BEGUN)
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(line, type=Outcome)
        return None

    @property
    def how_it_ended(self) -> str:
        """``exit code 3``, ``SIGSEGV``."""
        code = self._process.returncode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


async def _try_to_import(files: Mapping[str, str], timeout_s: float) -> Problem | None:
    services = {spec.module for spec in MANIFEST.services}
    loaders = dict.fromkeys(loader for module in files for loader in loaders_of(module))
    with tempfile.TemporaryDirectory(prefix="practicum-probe-") as folder:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        try:
            stacks, task = Path(folder, "stacks"), Path(folder, "task.json")
            stacks.touch()
            order = Task(
                files=dict(files),
                first=loaded_before(files.keys()),
                modules=tuple(loaders),
                services=tuple(services & loaders.keys()),
                stacks=str(stacks),
                report=writing,
            )
            task.write_bytes(msgspec.json.encode(order))
            watched = _Watched(await _start(task, writing, Path(folder)), reading, stacks)
            await watched.run(timeout_s)
            return _told(watched, files, timeout_s)
        finally:
            os.close(reading)
            os.close(writing)


async def _start(task: Path, report: int, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "practicum.labs.check.trial", str(task)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=(report,),
        cwd=folder,
        start_new_session=True,
    )


def _told(watched: _Watched, files: Mapping[str, str], timeout_s: float) -> Problem | None:
    outcome = watched.outcome()
    if outcome is not None:
        return _explained(outcome, files) if outcome.error else None
    place = where_in(watched.stacks, set(files.values()))
    if watched.too_long:
        message = f"was still loading after {timeout_s:g} s"
        remedy = "what stands outside of functions runs at once: let it come to an end there"
    elif watched.too_much:
        message = "prints more than 1 MB while it is loaded"
        remedy = "take the print out of the loop, or the loop into a function"
    else:
        message = f"ended the process while it was loaded ({watched.how_it_ended})"
        remedy = "a module defines things and lets the service live: take that call out"
    return _problem(files, place, message, remedy)


def _problem(files: Mapping[str, str], place: Place | None, message: str, remedy: str) -> Problem:
    path = place.file if place else next(iter(files.values()))
    line = place.line if place else None
    return Problem(file=Path(path).name, line=line, message=message, remedy=remedy)


_ENDS = {
    "SystemExit": "ends the process",
    "KeyboardInterrupt": "ends the process",
    "MemoryError": f"needs more than {in_words(LIMITS.address_bytes)} of memory to be loaded",
    "EOFError": "waits for input while it is loaded",
    "Exceeded": "starts another process while it is loaded",
}
_REMEDIES = {
    "SystemExit": "a module defines things and lets the service live: take sys.exit out",
    "MemoryError": "build large things where they are used, piece by piece",
    "EOFError": "nobody types at a service: take input() out",
    "Exceeded": "nothing in this lab needs another process: take the call out",
    "ModuleNotFoundError": "import only what the lab came with and the standard library",
    "ImportError": "see what that module really offers, and how it is spelled",
    "NameError": "define or import the name above this line, and see how it is spelled",
    "NotCallable": "define `def build(ports)`, which makes the service",
}


def _explained(outcome: Outcome, files: Mapping[str, str]) -> Problem:
    mine = [place for place in outcome.places if place.file in files.values()]
    kind = outcome.error
    said = outcome.message[:_MESSAGE_MAX]
    message = _ENDS.get(kind) or (said if kind == "NotCallable" else f"{kind}: {said}")
    remedy = _REMEDIES.get(kind, "this line runs when the file is loaded: correct it")
    if mine:
        return _problem(files, mine[-1], message, remedy)
    path = files.get(outcome.module)
    if path is None and outcome.places:
        last = outcome.places[-1]
        message = f"{outcome.module} cannot use it ({message}; {_short(last)})"
        remedy = "that code takes names from your file: keep what it needs as it was"
    file = Path(path or next(iter(files.values()))).name
    return Problem(file=file, message=message, remedy=remedy)


def _short(place: Place) -> str:
    for root in sys.path:
        if root and place.file.startswith(f"{root}/"):
            return f"{place.file[len(root) + 1 :]}, line {place.line}"
    return f"{Path(place.file).name}, line {place.line}"
