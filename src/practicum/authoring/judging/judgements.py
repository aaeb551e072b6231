"""What is known of each module, from memory where nothing has changed.

A module is judged anew when one of its files changed, or what course.yaml and the catalogue say
of it, or the rules, or what they stand on.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.metadata
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import msgspec

import practicum
from practicum.authoring.judging.contents import contents, touch
from practicum.authoring.judging.digest import Digest, LabDigest
from practicum.authoring.judging.remembering import Memory, StructT, digest
from practicum.authoring.judging.surroundings import CATALOGUE as SHARED
from practicum.authoring.judging.surroundings import Library, Shared
from practicum.authoring.markdown.diagrams import NOT_INSTALLED, Flaw, can_draw, flaw_of
from practicum.authoring.papers import exams_written
from practicum.authoring.rules import CATALOGUE
from practicum.authoring.rules.across import Marks, Seen
from practicum.authoring.rules.rule import Broken
from practicum.authoring.rules.subject import Around
from practicum.authoring.shelves import (
    CARDS_FILE,
    COURSE_FILE,
    EXAM_FILE,
    MODULE_FILE,
    QUESTIONS_FILE,
    Shelved,
    labs_of,
    numbered_in,
)
from practicum.labs.finding import CannotBeUsed, Finding
from practicum.labs.lab import SPEC
from practicum.labs.module_id import module_id

FILES = (MODULE_FILE, QUESTIONS_FILE, CARDS_FILE, EXAM_FILE)
STANDING_ON = ("markdown-it-py", "merman", "msgspec", "PyYAML")
"""What rules stand on besides Practicum: another version of it may judge otherwise."""


class Findings(msgspec.Struct, frozen=True):
    """Findings, as they are remembered."""

    findings: tuple[Finding, ...]


class Drawn(msgspec.Struct, frozen=True):
    """What keeps a diagram from being drawn, as it is remembered."""

    flaw: Flaw | None


class Files(msgspec.Struct, frozen=True, array_like=True):
    """A module's own files: what they call it, whether there is a text, and a hash of all."""

    name: str
    is_written: bool
    hash: bytes


class Judgements:
    """Knows every module of some folders of courses, the first of which is ours."""

    def __init__(self, folders: Sequence[Path], memory: Memory, today: dt.date) -> None:
        self._folders, self._memory, self._today = folders, memory, today
        self._began_ns = time.time_ns()
        self.version = version_of_rules()
        self._library = Library(folders, memory, self.version)
        self._shared_key = msgspec.msgpack.encode(self._library.shared)
        self._files: dict[Shelved, Files] = {}
        self._seen: dict[Shelved, Seen] = {}

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
        read = self._library.text
        parts: list[bytes | str] = [self.version, "catalogue"]
        for folder in self._folders:
            parts.append(f"{folder} {folder.is_dir()}")
            courses = sorted(folder.glob(f"*/{COURSE_FILE}"))
            for path in (*sorted((folder / SHARED).glob("*.yaml")), *courses):
                parts += [str(path), *contents(str(path.parent), [path.name], read)]
            for course in (path.parent for path in courses):
                for each in numbered_in(course):
                    files = self._files_of(Shelved(folder=each, course=course))
                    parts += [str(each), files.name, str(files.is_written)]
                    parts += [lab.name for lab in labs_of(each) if (lab / SPEC).exists()]
            parts += ["papers", *sorted(exams_written([folder]))]
        found = self._memory.remembered(digest(*parts), Findings, self._load_catalogue)
        yield from CATALOGUE.found(dict.fromkeys([*found.findings, *self._library.findings]))

    def _load_catalogue(self) -> Findings:
        try:
            _loading().load_catalogue(self._folders)
        except CannotBeUsed as error:
            said = Finding(file=str(self._folders[0]), message=str(error), remedy="")
            return Findings(error.findings or (said,))
        return Findings(())

    def digest(self, module: Shelved) -> Digest:
        """All that is known of a module by itself."""
        around = self._around(module)
        own = (around.entry, around.examined, around.modules, around.parts, around.personas)
        judged_by = [self._shared_key, msgspec.msgpack.encode(own)]
        if module.is_loose:
            judged_by.append(str(self._today).encode())
        elif not module.is_paper:
            judged_by.append(msgspec.msgpack.encode(self._labs(module)))
        key = self._key("digest", module, *judged_by)
        return self._memory.remembered(key, Digest, lambda: self._judged(module)[0])

    def seen(self, module: Shelved) -> Seen:
        """What other modules must know of one; it hangs on its own files alone, and not on its
        labs, its course or the standards."""
        if module not in self._seen:
            key = self._key("seen", module)
            find: Callable[[], Seen] = lambda: self._judged(module)[1]  # noqa: E731
            self._seen[module] = self._memory.remembered(key, Seen, find)
        return self._seen[module]

    def marks(self, module: Shelved) -> Marks:
        """By what others find out whether they must look at what is seen of a module."""
        key = self._key("marks", module)
        return self._memory.remembered(key, Marks, lambda: self.seen(module).marks())

    def _judged(self, module: Shelved) -> tuple[Digest, Seen]:
        around, judging = self._around(module), _judging()
        found: tuple[Digest, Seen]
        if module.is_loose:
            found = judging.judge_loose(module, around, str(self._today), self._drawn)
        elif module.is_paper:
            found = judging.judge_paper(module, around, self._drawn)
        else:
            found = judging.judge_module(module, around, self._labs(module), self._drawn)
        self._memory.put(self._key("seen", module), msgspec.msgpack.encode(found[1]))
        return found

    def _key(self, of: str, module: Shelved, *parts: bytes) -> bytes:
        files = self._files_of(module)
        own = (module.course_id, module.file, files.name, files.hash)
        return digest(self.version, of, *own, *parts)

    def _around(self, module: Shelved) -> Around:
        return self._library.around(module, self._files_of(module).name)

    def _files_of(self, module: Shelved) -> Files:
        if module not in self._files:
            names = (module.file,) if module.is_loose else FILES
            folder = str(module.folder)
            own = f"link {os.path.realpath(folder)}" if module.folder.is_symlink() else ""

            def find() -> Files:
                held = digest(own, *contents(folder, names, self._library.text))
                return Files(_name(module), (module.folder / module.file).is_file(), held)

            paths = [f"{folder}/{each}" for each in names]
            self._files[module] = self._until_touched(paths, Files, find, own)
        return self._files[module]

    def _labs(self, module: Shelved) -> dict[str, LabDigest]:
        return {each.name: self._lab(each) for each in labs_of(module.folder)}

    def _lab(self, folder: Path) -> LabDigest:
        start, files, folders = f"{folder}/", [], []
        is_linked = folder.is_symlink()
        for where, inner, names in os.walk(folder):
            inner[:] = sorted(each for each in inner if each != "__pycache__")
            is_linked = is_linked or any(os.path.islink(f"{where}/{each}") for each in inner)  # noqa: PTH114
            folders += [f"{where}/{each}/"[len(start) :] for each in inner]
            files += [f"{where}/{each}"[len(start) :] for each in sorted(names)]
        if is_linked:
            return self._judge_lab(folder)  # what lies behind may change without a trace here

        def find() -> LabDigest:
            own = [self.version, "lab", folder.parents[1].name, folder.name, *folders]
            key = digest(*own, "files", *contents(str(folder), files, self._library.text))
            return self._memory.remembered(key, LabDigest, lambda: self._judge_lab(folder))

        paths = [start + each for each in files]
        return self._until_touched(paths, LabDigest, find, start, *folders)

    def _judge_lab(self, folder: Path) -> LabDigest:
        found: LabDigest = _judging().judge_lab(folder)
        return found

    def _drawn(self, text: str) -> Flaw | None:
        key = digest(self.version, "diagram", text)
        return self._memory.remembered(key, Drawn, lambda: Drawn(_flaw(text))).flaw

    def _until_touched(
        self, paths: Sequence[str], struct: type[StructT], find: Callable[[], StructT], *own: str
    ) -> StructT:
        """What was found in files, and found anew when one of them was touched. ``own`` is what
        else it hangs on."""
        touched = touch(paths, self._began_ns)
        if touched is None:
            return find()
        key = digest(self.version, "touch", struct.__name__, *own, touched)
        return self._memory.remembered(key, struct, find)


def _name(module: Shelved) -> str:
    """What a module's own files call it."""
    if module.is_loose:
        return module.file.removesuffix(".md")
    return module.folder.name if module.is_paper else module_id(module.folder)


def _flaw(text: str) -> Flaw | None:
    return flaw_of(text) if can_draw() else Flaw(1, NOT_INSTALLED)


@functools.cache
def version_of_rules() -> str:
    """Changes with every change of Practicum's own code, and of what the rules stand on; told
    once, as what runs is what was loaded."""
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
