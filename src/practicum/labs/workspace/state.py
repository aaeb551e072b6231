"""What a workspace remembers, in its hidden folder: one writer at a time, whole or not at all.

Copies of files lie in folders named by the hash of what they hold. A copy is written beside and
renamed, then the state names it: whoever is killed in between leaves a copy that nobody names.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from practicum.servers.home import RangeError, telling, write_atomically

SCHEMA = 1
HIDDEN = ".practicum"
Files = Mapping[str, bytes]
"""File names and what the files hold."""


class WorkspaceError(RangeError):
    """Something about a workspace that its owner can put right."""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """Files that are being replaced: the copy of the new ones, and the hash that each of the
    old ones has (empty: there is none)."""

    copy: str
    before: dict[str, str]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """``base`` and ``passed`` name copies: the lab's files as they were given to the learner,
    and her own when they passed last."""

    lab_id: str
    lab_version: int
    lab_sha256: str
    base: str
    started_at: str
    attempts: int = 0
    hints: int = 0
    passed: str = ""
    passed_at: str = ""
    pending: Pending | None = None
    schema: int = SCHEMA


def sha256(data: bytes) -> str:
    """The hash of one file."""
    return hashlib.sha256(data).hexdigest()


def hash_files(files: Files) -> str:
    """One hash over names and contents."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{sha256(files[name])}\n".encode())
    return whole.hexdigest()


class Memory:
    """The hidden folder of a workspace."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / HIDDEN

    def load(self) -> State:
        """The state; WorkspaceError if it cannot be read."""
        path = self.folder / "state.json"
        try:
            state = msgspec.json.decode(path.read_bytes(), type=State)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WorkspaceError(
                f"{path} cannot be read ({error}): put it back from a copy, or move "
                f"{self.folder.parent} away and start the lab again"
            ) from error
        if state.schema > SCHEMA:
            raise WorkspaceError(
                f"{path} is of version {state.schema}, this practicum knows {SCHEMA}: use the "
                "practicum that wrote it"
            )
        return state

    def save(self, state: State) -> None:
        """Remember; survives a power cut."""
        with telling(self.folder):
            write_atomically(self.folder / "state.json", msgspec.json.encode(state))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """While no other process changes this workspace."""
        with telling(self.folder):
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def keep(self, files: Files) -> str:
        """Keep a copy of files; its name."""
        name = hash_files(files)[:16]
        place = self.folder / "copies" / name
        if not place.is_dir():
            with telling(place):
                write_folder(files, place)
        return name

    def copy(self, name: str) -> dict[str, bytes]:
        """The files of a copy; WorkspaceError if they are not what was kept."""
        place = self.folder / "copies" / name
        with telling(place):
            files = {path.name: path.read_bytes() for path in place.iterdir()}
        if hash_files(files)[:16] != name:
            raise WorkspaceError(
                f"the copy in {place} was changed: move {self.folder.parent} away and start the "
                "lab again; your files are yours"
            )
        return files

    def forget_copies(self, state: State) -> None:
        """Remove the copies that the state does not name; call it with the lock."""
        named = {state.base, state.passed, state.pending.copy if state.pending else ""}
        for place in (self.folder / "copies").iterdir():
            if place.name not in named:
                shutil.rmtree(place, ignore_errors=True)


def write_folder(files: Files, place: Path) -> None:
    """Make a folder with files in it, whole or not at all."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True, mode=0o700)
        for name, data in files.items():
            write_atomically(temporary / name, data)
        temporary.rename(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
