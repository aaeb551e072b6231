"""Spawning through the launcher, so that a child cannot outlive its supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from practicum.servers.home import RangeError
from practicum.servers.launch import EXIT_NO_MOUNT, EXIT_NO_POSE
from practicum.servers.process.logs import open_log, tail

_LAUNCHER = Path(__file__).parent.parent / "launch.py"


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """How to start a program. ``keys`` are for the launcher; ``death_signal`` is what the
    program gets when the supervisor dies. ``stacks`` is set where the program runs somebody's
    own files and is to be kept within bounds: SIGUSR1 makes it write there what it does."""

    program: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    keys: tuple[str, ...] = ()
    death_signal: int = signal.SIGKILL
    stacks: Path | None = None


async def spawn(
    launch: Launch,
    *,
    pass_fds: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
    output: int | None = None,
) -> asyncio.subprocess.Process:
    """Start the program; its output goes to its log (stdout to ``output`` if that is given), its
    stdin is a pipe from us.

    To be called on the thread that lives as long as the supervisor: the kernel sends the
    parent-death signal when the thread that forked ends.
    """
    log = open_log(launch.log)
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LAUNCHER), f"parent={os.getpid()}"),
            f"death_signal={int(launch.death_signal)}",
            *(*launch.keys, "--", *launch.program),
            stdin=asyncio.subprocess.PIPE,
            stdout=log if output is None else output,
            stderr=log,
            pass_fds=pass_fds,
            env={**launch.environment, **(environment or {})},
        )
    finally:
        os.close(log)


async def run_once(name: str, launch: Launch) -> None:
    """Run a program to its end; RangeError with its last words if it fails."""
    process = await spawn(launch)
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    if code == EXIT_NO_MOUNT:
        raise RangeError(
            f"{name} needs a mount that this system refuses ({last_words(launch.log, 1)}): run "
            "practicum as another user than root, or allow mounts"
        )
    if code == EXIT_NO_POSE:
        raise RangeError(
            f"{name} refuses a user without a name, and your id {os.geteuid()} has none: add a "
            "line for it to /etc/passwd, or allow user namespaces"
        )
    if code != 0:
        raise RangeError(f"{name} failed (exit code {code}):\n{last_words(launch.log)}")


def last_words(log: Path, lines: int = 12) -> str:
    """The end of a log, for a message."""
    return "\n".join("  " + line[:300] for line in tail(log, lines)) or "  (its log is empty)"
