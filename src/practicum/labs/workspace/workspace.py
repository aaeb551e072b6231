"""A learner's workspace: started, edited, compared, merged and reset, and nothing ever lost."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from practicum.labs.lab import CHECKS, START, STORY, Lab
from practicum.labs.story import HINTS, sections, without_hints
from practicum.labs.workspace.merge3 import merge3
from practicum.labs.workspace.replacing import finish, read_files, replace_files
from practicum.labs.workspace.state import (
    HIDDEN,
    Memory,
    State,
    WorkspaceError,
    hash_files,
    write_folder,
)
from practicum.servers.home import telling, write_atomically
from practicum.service.live.clock import LiveWorld
from practicum.service.world import rfc3339


class MergedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: ``taken`` anew, ``kept`` as it was, ``merged``, or ``conflict``
    with the first and last line of each stretch that is to be settled."""

    name: str
    outcome: str
    lines: tuple[tuple[int, int], ...] = ()


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A hint; ``number`` counts from 1."""

    number: int
    text: str
    left: int


class Workspace:
    """The workspace of one lab in one home."""

    def __init__(self, folder: Path, lab: Lab) -> None:
        self.folder = folder
        self.lab = lab
        self.lab_id = lab.id
        self.told: list[str] = []
        self._memory = Memory(folder)
        self.state = self._memory.load()
        if self.state.pending is not None:
            with self._changing():
                pass

    @classmethod
    def start(cls, home: Path, lab: Lab) -> tuple[Workspace, bool]:
        """The lab's workspace, and whether it was made just now: all of it or nothing."""
        place = place_of(home, lab)
        with telling(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            with _turn(place.parent / f".{place.name}.lock"):
                if (place / HIDDEN).is_dir():
                    return cls(place, lab), False
                if place.exists():
                    raise WorkspaceError(
                        f"{place} is there, but it is no workspace: move it away, then start the "
                        "lab again"
                    )
                _make(place, lab)
        return cls(place, lab), True

    @classmethod
    def open(cls, home: Path, lab: Lab) -> Workspace:
        """The lab's workspace; WorkspaceError if it was never started."""
        found = cls.find(home, lab)
        if found is None:
            raise WorkspaceError(
                f"{lab.id} was not started here: say `practicum lab start {lab.name}`"
            )
        return found

    @classmethod
    def find(cls, home: Path, lab: Lab) -> Workspace | None:
        """The lab's workspace, if it was started."""
        place = place_of(home, lab)
        return cls(place, lab) if (place / HIDDEN).is_dir() else None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[State]:
        """The newest state, while nobody else changes it; what was pending is done."""
        with self._memory.locked():
            self.state, beside = finish(self.folder, self._memory, self._memory.load())
            self.told += [
                f"{name} holds the lab's version: you edited the file while it was being replaced"
                for name in beside
            ]
            yield self.state

    def _save(self, state: State) -> None:
        self._memory.save(state)
        self.state = state

    def files(self) -> dict[str, bytes]:
        """The learner's files as they are now; what is missing is left out."""
        return read_files(self.folder, self.lab.files)

    def edited(self) -> list[str]:
        """The files that are not as they were given."""
        base = self._memory.copy(self.state.base)
        now = read_files(self.folder, tuple(base))
        return [name for name in base if now.get(name) != base[name]]

    @property
    def is_outdated(self) -> bool:
        """Whether the lab has changed since the files were given."""
        return self.state.lab_sha256 != hash_files(given(self.lab))

    @property
    def checks_edited(self) -> bool:
        """Whether the copy of the checks was edited, which changes nothing."""
        return CHECKS in self.edited()

    def note_attempt(self) -> State:
        """Count a failure that the learner answers for."""
        with self._changing() as state:
            self._save(msgspec.structs.replace(state, attempts=state.attempts + 1))
        return self.state

    def note_pass(self, checked: dict[str, bytes]) -> State:
        """Remember the files that passed."""
        with self._changing() as state:
            now, copy = rfc3339(LiveWorld().now()), self._memory.keep(checked)
            self._save(msgspec.structs.replace(state, passed=copy, passed_at=now))
            self._memory.forget_copies(self.state)
        return self.state

    def hint(self) -> Hint:
        """The next hint, or the last one again."""
        with self._changing() as state:
            number = min(state.hints + 1, HINTS)
            if number != state.hints:
                self._save(msgspec.structs.replace(state, hints=number))
        return self._hint(number)

    def hint_again(self, number: int) -> Hint:
        """A hint that was told before; WorkspaceError if it was not."""
        if not 1 <= number <= self.state.hints:
            raise WorkspaceError(
                f"hint {number} was not told yet: `practicum lab hint {self.lab.name}` tells the "
                "next one"
            )
        return self._hint(number)

    def _hint(self, number: int) -> Hint:
        with telling(self.lab.folder):
            story = (self.lab.folder / STORY).read_text(encoding="utf-8")
        text = sections(story)[f"Hint {number}"]
        return Hint(number=number, text=text, left=HINTS - number)

    def diff(self, *, from_start: bool = False) -> list[str]:
        """The way from the last passing files as a unified diff; ``from_start``, or when nothing
        has passed yet, from the given ones."""
        passed = "" if from_start else self.state.passed
        old = self._memory.copy(passed or self.state.base)
        name_of_old = "passed" if passed else "start"
        now = self.files()
        return [
            line
            for name in self.lab.files
            for line in difflib.unified_diff(
                _lines(old.get(name, b"")),
                _lines(now.get(name, b"")),
                f"{name_of_old}/{name}",
                f"now/{name}",
                lineterm="",
            )
        ]

    def reset(self) -> Path | None:
        """Put the lab's start files back. What was edited is kept; returns where."""
        with self._changing() as state:
            new = given(self.lab)
            before = read_files(self.folder, tuple(new))
            kept = self._keep_beside("reset") if self.edited() else None
            self.state = replace_files(
                self.folder, self._memory, state, new, before=before, change=self._given(new)
            )
        return kept

    def merge(self) -> tuple[list[MergedFile], Path | None]:
        """Bring a newer lab into the learner's files. What she had is kept; returns where."""
        with self._changing() as state:
            base, theirs = self._memory.copy(state.base), given(self.lab)
            mine = read_files(self.folder, tuple(theirs))
            kept = self._keep_beside("merge") if self.edited() else None
            merged = {name: _merge(name, base, mine, theirs) for name in theirs}
            self.state = replace_files(
                self.folder,
                self._memory,
                state,
                {name: data for name, (data, _) in merged.items()},
                before=mine,
                change=self._given(theirs),
            )
        return [outcome for _, outcome in merged.values()], kept

    def _given(self, files: dict[str, bytes]) -> Callable[[State], State]:
        """The change of state that goes with being given files anew."""
        base = self._memory.keep(files)

        def change(state: State) -> State:
            return msgspec.structs.replace(
                state,
                base=base,
                lab_version=self.lab.spec.version,
                lab_sha256=hash_files(files),
            )

        return change

    def _keep_beside(self, why: str) -> Path:
        stamp = rfc3339(LiveWorld().now()).replace(":", "").replace("-", "").replace(".", "-")
        place = self.folder.with_name(f"{self.folder.name}.kept") / f"{stamp}-{why}"
        with telling(place):
            place.parent.mkdir(exist_ok=True)
            write_folder(read_files(self.folder, tuple(given(self.lab))), place)
        return place


def place_of(home: Path, lab: Lab) -> Path:
    """Where a lab's workspace is, or would be."""
    return home / "workspaces" / lab.id


def given(lab: Lab) -> dict[str, bytes]:
    """What a learner is given: the start files, the checks, and the story without its hints,
    which are asked for one by one."""
    with telling(lab.folder):
        files = {name: (lab.folder / START / name).read_bytes() for name in lab.files}
        story = (lab.folder / STORY).read_text(encoding="utf-8")
        asked = f"There are {HINTS} hints: `practicum lab hint {lab.name}` tells the next one.\n\n"
        hintless = without_hints(story, f"## Hints\n\n{asked}").encode()
        return {**files, STORY: hintless, CHECKS: (lab.folder / CHECKS).read_bytes()}


def _make(place: Path, lab: Lab) -> None:
    """Build the workspace beside its place, then rename it. Call it in turn."""
    new = place.with_name(f".{place.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(mode=0o700)
        files = given(lab)
        for name, data in files.items():
            write_atomically(new / name, data)
        memory = Memory(new)
        memory.folder.mkdir(mode=0o700)
        memory.save(
            State(
                lab_id=lab.id,
                lab_version=lab.spec.version,
                lab_sha256=hash_files(files),
                base=memory.keep(files),
                started_at=rfc3339(LiveWorld().now()),
            )
        )
        new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _merge(
    name: str, base: dict[str, bytes], mine: dict[str, bytes], theirs: dict[str, bytes]
) -> tuple[bytes, MergedFile]:
    new = theirs[name]
    if name == CHECKS or name not in mine or mine[name] == base.get(name):
        return new, MergedFile(name=name, outcome="taken")
    if new == base.get(name):
        return mine[name], MergedFile(name=name, outcome="kept")
    result = merge3(base.get(name, b""), mine[name], new)
    outcome = "conflict" if result.conflicts else "merged"
    return result.text, MergedFile(name=name, outcome=outcome, lines=result.conflicts)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", errors="replace").splitlines()
