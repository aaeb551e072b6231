"""The supervisor's side of the guardian: keep one alive and tell it every child."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from practicum.servers.process.logs import open_log

_PROGRAM = Path(__file__).parent.parent / "guardian.py"
_AGAIN_AFTER_S = 0.2


class Guard:
    """One guardian process after another, each told of all children that live."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._children: dict[int, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The guardian's pid."""
        return self._process.pid if self._process else None

    async def begin(self) -> None:
        """Start the first guardian, and replace it whenever it ends."""
        self._process = await self._spawn()
        self._keeper = asyncio.create_task(self._keep())

    async def _spawn(self) -> asyncio.subprocess.Process:
        log = open_log(self._log)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_PROGRAM)),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        assert process.stdin is not None
        for line in self._children.values():
            process.stdin.write(line.encode())
        return process

    async def _keep(self) -> None:
        while True:
            if self._process is not None:
                await self._process.wait()
            await asyncio.sleep(_AGAIN_AFTER_S)
            with contextlib.suppress(OSError):  # no process to be had just now: try again
                self._process = await self._spawn()

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(line.encode())

    def add(self, pid: int, start: str, death_signal: int, mark: str = "") -> None:
        """A child was started; ``death_signal`` asks it to end without its supervisor."""
        self._children[pid] = f"+ {pid} {start} {int(death_signal)} {mark}".rstrip() + "\n"
        self._tell(self._children[pid])

    def remove(self, pid: int) -> None:
        """A child has ended, with all its descendants."""
        if self._children.pop(pid, None):
            self._tell(f"- {pid}\n")

    async def end(self) -> None:
        """Dismiss the guardian; it ends what is still told to it."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
