"""What is known of each module, from memory where nothing has changed.

A module is judged anew when one of its files changed, or what course.yaml and the catalogue say
of it, or the rules, or what they stand on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import msgspec

import practicum
from practicum.authoring.judging.digest import Digest, LabDigest
from practicum.authoring.judging.remembering import Memory, digest
from practicum.authoring.judging.surroundings import CATALOGUE as SHARED
from practicum.authoring.judging.surroundings import Library, Shared, decoded
from practicum.authoring.markdown.diagrams import NOT_INSTALLED, Flaw, can_draw, flaw_of
from practicum.authoring.papers import exams_written
from practicum.authoring.rules import CATALOGUE
from practicum.authoring.rules.across import Seen
from practicum.authoring.rules.rule import Broken
from practicum.authoring.shelves import (
    CARDS_FILE,
    COURSE_FILE,
    EXAM_FILE,
    MODULE_FILE,
    QUESTIONS_FILE,
    Shelved,
    courses_of,
    labs_of,
    modules_of,
)
from practicum.labs.finding import CannotBeUsed, Finding
from practicum.labs.module_id import front_id

FILES = (MODULE_FILE, QUESTIONS_FILE, CARDS_FILE, EXAM_FILE)
HEAD_BYTES = 64_000
STANDING_ON = ("markdown-it-py", "merman", "msgspec", "PyYAML")
"""What rules stand on besides Practicum: another version of it may judge otherwise."""

StructT = TypeVar("StructT", bound=msgspec.Struct)


class Findings(msgspec.Struct, frozen=True):
    """Findings, as they are remembered."""

    findings: tuple[Finding, ...]


class Drawn(msgspec.Struct, frozen=True):
    """What keeps a diagram from being drawn, as it is remembered."""

    flaw: Flaw | None


class Judgements:
    """Knows every module of some folders of courses, the first of which is ours."""

    def __init__(self, folders: Sequence[Path], memory: Memory, today: dt.date) -> None:
        self._folders, self._memory, self._today = folders, memory, today
        self.version = version_of_rules()
        self._library = Library(folders, memory, self.version)
        self._shared_key = msgspec.msgpack.encode(self._library.shared)

    @property
    def shared(self) -> Shared | None:
        """What is demanded of all modules; None if our own catalogue cannot be used."""
        return self._library.shared

    def text(self, path: Path) -> str:
        """A file around a module, as far as it is text."""
        return self._library.text(path).decode("utf-8", "replace")

    def line_in_course(self, course: Path, name: str) -> int:
        """Where course.yaml declares a module."""
        return self._library.line_in_course(course, name)

    def catalogue_findings(self) -> Iterator[Broken]:
        """What is wrong with course.yaml and the files of the catalogue."""
        parts: list[bytes | str] = [self.version, "catalogue"]
        for folder in self._folders:
            parts.append(str(folder))
            for path in (*sorted((folder / SHARED).glob("*.yaml")), *_course_files(folder)):
                parts += [str(path), self._library.text(path)]
            for course in courses_of(folder):
                for module in modules_of(course):
                    parts += [str(module.folder), self._front(module)]
                    parts += [each.name for each in labs_of(module.folder)]
            parts += ["papers", *sorted(exams_written([folder]))]
        found = self._remembered(digest(*parts), Findings, self._load_catalogue)
        yield from CATALOGUE.found(dict.fromkeys([*found.findings, *self._library.findings]))

    def _front(self, module: Shelved) -> bytes:
        text = self._library.text(module.folder / MODULE_FILE)
        return text[: text.find(b"\n---") + 1] or text[:1]

    def _load_catalogue(self) -> Findings:
        try:
            _loading().load_catalogue(self._folders)
        except CannotBeUsed as error:
            said = Finding(file=str(self._folders[0]), message=str(error), remedy="")
            return Findings(error.findings or (said,))
        return Findings(())

    def digest(self, module: Shelved) -> Digest:
        """All that is known of a module by itself."""
        text, name = self._library.text(module.folder / module.file), self._name(module)
        around = self._library.around(module, name)
        own = (around.entry, around.examined, around.modules, around.parts, around.personas)
        key: list[bytes | str]
        key = [self.version, self._shared_key, msgspec.msgpack.encode(own), module.course_id, name]
        if module.is_loose:
            parts = [*key, "loose", str(self._today), text]
            return self._remembered(
                digest(*parts),
                Digest,
                lambda: _judging().judge_loose(module, around, str(self._today), self._drawn),
            )
        if module.is_paper:
            return self._remembered(
                digest(*key, "paper", *self._contents(module.folder)),
                Digest,
                lambda: _judging().judge_paper(module, around, self._drawn),
            )
        labs = {each.name: self._lab(each) for each in labs_of(module.folder)}
        parts = [*key, *self._contents(module.folder), msgspec.msgpack.encode(labs)]
        found = self._remembered(
            digest(*parts),
            Digest,
            lambda: _judging().judge_module(module, around, labs, self._drawn),
        )
        self._memory.put_new(self._key_of_seen(module, name), msgspec.msgpack.encode(found.seen))
        return found

    def seen(self, module: Shelved) -> Seen | None:
        """What other modules must know of one; it hangs on its own files alone, and not on its
        labs, its course or the standards."""
        kept = self._memory.get(self._key_of_seen(module, self._name(module)))
        if kept is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                return msgspec.msgpack.decode(kept, type=Seen | None)
        return self.digest(module).seen

    def _key_of_seen(self, module: Shelved, name: str) -> bytes:
        own = (module.course_id, name, module.file)
        return digest(self.version, "seen", *own, *self._contents(module.folder))

    def _name(self, module: Shelved) -> str:
        if module.is_paper:
            return module.folder.name
        if module.is_loose:
            return module.file.removesuffix(".md")
        text = self._library.text(module.folder / module.file)
        return front_id(text[:HEAD_BYTES].decode("utf-8", "replace")) or module.folder_name

    def _contents(self, folder: Path) -> Iterator[bytes | str]:
        """What a module's files are: their bytes, and whether they are links or missing."""
        for name in FILES:
            yield name
            yield from self._content(f"{folder}/{name}")

    def _content(self, path: str) -> Iterator[bytes | str]:
        try:
            found = os.lstat(path)
        except OSError as error:
            yield f"missing {error.errno}"
            return
        if stat.S_ISLNK(found.st_mode):
            yield f"link {os.path.realpath(path)}"
        # What is refused unread is known again by its kind and size.
        yield f"{found.st_mode} {found.st_size}"
        yield self._library.text(path)

    def _lab(self, folder: Path) -> LabDigest:
        parts: list[bytes | str] = [self.version, "lab", folder.parents[1].name, folder.name]
        start = len(str(folder))
        for where, folders, files in os.walk(folder):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            for each in sorted(files):
                parts += [where[start:], each, *self._content(f"{where}/{each}")]
            parts += [f"{each}/" for each in folders]
        return self._remembered(digest(*parts), LabDigest, lambda: _judging().judge_lab(folder))

    def _drawn(self, text: str) -> Flaw | None:
        key = digest(self.version, "diagram", text)
        found = self._remembered(key, Drawn, lambda: Drawn(_flaw(text)))
        return found.flaw

    def _remembered(
        self, key: bytes, struct: type[StructT], find: Callable[[], StructT]
    ) -> StructT:
        kept = decoded(self._memory.get(key), struct)
        if kept is None:
            kept = find()
            self._memory.put(key, msgspec.msgpack.encode(kept))
        return kept


def _flaw(text: str) -> Flaw | None:
    return flaw_of(text) if can_draw() else Flaw(1, NOT_INSTALLED)


def _course_files(folder: Path) -> Iterator[Path]:
    return (course / COURSE_FILE for course in courses_of(folder))


def version_of_rules() -> str:
    """Changes with every change of Practicum's own code, and of what the rules stand on."""
    parts: list[str] = []
    root = Path(practicum.__file__).parent
    for where, folders, files in os.walk(root):
        folders[:] = [each for each in folders if each not in ("__pycache__", "_courses")]
        for each in files:
            if each.endswith(".py"):
                path = f"{where}/{each}"
                found = os.stat(path)  # noqa: PTH116 - hundreds of files, and Path is slow
                parts.append(f"{path} {found.st_mtime_ns} {found.st_size}")
    for each in STANDING_ON:
        try:
            parts.append(f"{each} {importlib.metadata.version(each)}")
        except importlib.metadata.PackageNotFoundError:
            parts.append(f"{each} is not there")
    return digest(*sorted(parts)).hex()


def _judging() -> ModuleType:
    # Reading Markdown takes longer to import than all the rest, and is seldom needed.
    from practicum.authoring.judging import one_by_one  # noqa: PLC0415

    return one_by_one


def _loading() -> ModuleType:
    from practicum.authoring import loading  # noqa: PLC0415

    return loading
