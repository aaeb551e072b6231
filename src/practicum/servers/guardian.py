"""End a range's processes when its supervisor is gone, however it went.

The guardian reads a pipe whose only writer is the supervisor, and learns every child's pid and
start time from it. The kernel closes the pipe when the supervisor dies, be it by SIGKILL; the
guardian then ends the children that are still those, with all their descendants, and itself.
Parent-death signals do most of this sooner on Linux, but they do not reach grandchildren, are
only noted by a stopped process, and do not exist on macOS.

Run as ``python -I -S guardian.py``; standard library only. Lines on stdin: ``+ PID START
SIGNAL [MARK]`` (a child, and how to end it) and ``- PID`` (it has ended).

A child that could be out to hide its descendants gets a mark: a word in its environment, which
they inherit, and by which they are known when group, session and parent are others.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

MARK_VARIABLE = "PRACTICUM_MARK"
GENTLE_WAIT_S = 4.0
_FOREVER_S = 30.0


class Process(NamedTuple):
    """A living process. ``start`` tells it from an earlier one with the same pid."""

    parent: int
    group: int
    session: int
    start: str


Table = dict[int, Process]


def process_table() -> Table:
    """All living processes of the machine, by pid; zombies are not alive."""
    if sys.platform == "linux":
        found = ((int(name), _read_stat(name)) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208
        return {pid: process for pid, process in found if process is not None}
    columns = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,lstart="]
    table: Table = {}
    for line in subprocess.run(columns, capture_output=True, text=True).stdout.splitlines():
        pid, parent, group, state, start = line.split(None, 4)
        if not state.startswith("Z"):
            words = "_".join(start.split())
            table[int(pid)] = Process(int(parent), int(group), int(group), words)
    return table


def _read_stat(pid: int | str) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - starts without pathlib
            # The name of the program stands in parentheses and may contain some itself.
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    return Process(int(fields[1]), int(fields[2]), int(fields[3]), fields[19].decode())


def start_of(pid: int) -> str | None:
    """When the process started, as an opaque word; None if there is none."""
    if sys.platform == "linux":
        process = _read_stat(pid)
    else:
        process = process_table().get(pid)
    return process.start if process else None


def marked(table: Table, mark: str) -> set[int]:
    """Those that have the mark in their environment; Linux only."""
    if not mark or sys.platform != "linux":
        return set()
    word, found = f"{MARK_VARIABLE}={mark}".encode(), set()
    for pid in table:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - as above
                if word in file.read().split(b"\0"):
                    found.add(pid)
        except OSError:
            continue
    return found


def tree(table: Table, leader: int, start: str, mark: str = "") -> dict[int, str]:
    """The processes of a child: its group, its session, all descendants, and all that have its
    mark; pid to start.

    A pid is not given out again while a group of that number exists, so members of the group
    are ours although the leader is gone, unless the pid now belongs to somebody else.
    """
    found = marked(table, mark)
    if leader not in table or table[leader].start == start:
        found |= {pid for pid, p in table.items() if leader in (pid, p.group, p.session)}
    grown = True
    while grown:
        more = {pid for pid, p in table.items() if p.parent in found} - found
        found |= more
        grown = bool(more)
    return {pid: table[pid].start for pid in found}


def send(pid: int, number: int) -> bool:
    """Send a signal; False when the process is gone or not ours."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_all(children: dict[int, tuple[str, int, str]]) -> None:
    """End the children and their descendants; the impolite signal comes after a wait."""
    known: dict[int, str] = {}
    began = time.monotonic()
    asked: set[int] = set()
    while time.monotonic() - began < _FOREVER_S:
        table = process_table()
        for leader, (start, number, mark) in children.items():
            mine = tree(table, leader, start, mark)
            known.update(mine)
            if leader in mine and leader not in asked:
                asked.add(leader)
                send(leader, number)
            if number != signal.SIGKILL:  # a stopped process obeys nothing else before this
                for pid in mine:
                    send(pid, signal.SIGCONT)
            elif mine:
                for pid in mine:
                    send(pid, signal.SIGKILL)
        left = [pid for pid, start in known.items() if pid in table and table[pid].start == start]
        if not left:
            return
        if time.monotonic() - began > GENTLE_WAIT_S:
            for pid in left:
                send(pid, signal.SIGKILL)
        time.sleep(0.02)


def main() -> None:
    """Read until the supervisor is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: dict[int, tuple[str, int, str]] = {}
    for line in sys.stdin:
        if not line.endswith("\n"):
            break
        verb, *words = line.split()
        if verb == "+":
            children[int(words[0])] = (words[1], int(words[2]), "".join(words[3:]))
        else:
            children.pop(int(words[0]), None)
    end_all(children)


if __name__ == "__main__":
    main()
