"""Replace several of the learner's files as one step that a kill cannot tear.

The new files are kept as a copy and the state says that they are pending; then each is put in
place; then the state says that it is done. Whoever opens a workspace with something pending
finishes that first. A file that was edited in between is the learner's: it stays, and the new
one is put beside it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from practicum.labs.workspace.state import Files, Memory, Pending, State, sha256
from practicum.servers.home import telling, write_atomically

BESIDE = ".new"


def read_files(folder: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Those of the files that are there."""
    found = {}
    with telling(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found[name] = (folder / name).read_bytes()
    return found


def replace_files(
    folder: Path,
    memory: Memory,
    state: State,
    new: Files,
    *,
    before: Files,
    change: Callable[[State], State],
) -> State:
    """Put ``new`` in the place of ``before``; ``change`` says what is remembered with it. Call
    it with the lock. Returns the new state."""
    hashes = {name: sha256(before[name]) if name in before else "" for name in new}
    pending = Pending(copy=memory.keep(new), before=hashes)
    pended = msgspec.structs.replace(change(state), pending=pending)
    memory.save(pended)
    finished, _ = finish(folder, memory, pended)
    return finished


def finish(folder: Path, memory: Memory, state: State) -> tuple[State, list[str]]:
    """Put in place what is pending. Returns the new state and the files put beside, because
    they had been edited."""
    if state.pending is None:
        return state, []
    beside = []
    for name, data in memory.copy(state.pending.copy).items():
        there = read_files(folder, (name,)).get(name)
        if there == data:
            continue
        untouched = (sha256(there) if there is not None else "") == state.pending.before[name]
        target = name if untouched else name + BESIDE
        if not untouched:
            beside.append(target)
        with telling(folder):
            write_atomically(folder / target, data)
    done = msgspec.structs.replace(state, pending=None)
    memory.save(done)
    memory.forget_copies(done)
    return done, beside
