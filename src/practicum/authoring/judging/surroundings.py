"""What stands around a module: its course, and what the catalogue demands of all modules."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from practicum.authoring.judging.remembering import Memory, StructT, digest
from practicum.authoring.rules.subject import Around, Spelling
from practicum.authoring.shelves import COURSE_FILE, Shelved, courses_of
from practicum.curriculum.course import Course, Law, Module
from practicum.curriculum.exam import Exam, Examination, Exams
from practicum.curriculum.standards import Standards
from practicum.curriculum.stewardship import Need, Stewardship
from practicum.curriculum.term import Written
from practicum.labs.finding import Finding
from practicum.labs.yaml_file import convert, read_yaml

CATALOGUE = "catalogue"
STANDARDS_FILE, EXAMS_FILE = "standards.yaml", "exams.yaml"
STEWARDSHIP_FILE, TERMS_FILE = "stewardship.yaml", "terms.yaml"
BYTES_MAX = 2_000_000
"""Larger files are refused by those who read them."""


class Terms(Written, frozen=True, kw_only=True):
    """``terms.yaml``: how terms are spelt."""

    terms: tuple[Spelling, ...] = ()


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What is demanded of every module, by the files in ``catalogue/``."""

    standards: Standards
    laws: tuple[Law, ...]
    exams: tuple[Exam, ...]
    examinations: tuple[Examination, ...]
    rubric: tuple[str, ...]
    stages: tuple[str, ...]
    needs: dict[str, tuple[Need, ...]]
    spellings: tuple[Spelling, ...]


class Library:
    """Reads the files around modules, each once, and remembers them by their hash."""

    def __init__(self, folders: Sequence[Path], memory: Memory, version: str) -> None:
        self._folders, self._memory, self._version = folders, memory, version
        self._courses: dict[Path, Course | None] = {}
        self._texts: dict[str, bytes] = {}
        self.findings: list[Finding] = []
        self.shared = self._read_shared()

    def text(self, path: Path | str) -> bytes:
        """The bytes of a file; nothing if it cannot be read, is no file, or is too large."""
        name = os.fspath(path)
        if name not in self._texts:
            try:
                found = os.stat(name)  # noqa: PTH116 - thousands of files, and Path is slow
                fits = stat.S_ISREG(found.st_mode) and found.st_size <= BYTES_MAX
                self._texts[name] = _bytes_of(name) if fits else b""
            except (OSError, ValueError):
                self._texts[name] = b""
        return self._texts[name]

    def course(self, folder: Path) -> Course | None:
        """The course in a folder; None if its file cannot be used."""
        if folder not in self._courses:
            self._courses[folder] = self._read(folder / COURSE_FILE, Course)[0]
        return self._courses[folder]

    def line_in_course(self, folder: Path, name: str) -> int:
        """Where course.yaml declares a module."""
        for number, line in enumerate(self.text(folder / COURSE_FILE).splitlines(), start=1):
            said = line.decode("utf-8", "replace").strip(" -{")
            if (
                said.startswith("id:")
                and said[3:].split("#")[0].strip(" ,\"'").split(",")[0] == name
            ):
                return number
        return 1

    def around(self, module: Shelved, name: str) -> Around:
        """What the catalogue says of a module."""
        assert self.shared is not None
        course = self.course(module.course) if module.course is not None else None
        entries = {each.id: each for each in course.modules} if course else {}
        shared = {x: getattr(self.shared, x) for x in self.shared.__struct_fields__}
        return Around(
            course_id=module.course_id,
            name=name,
            entry=entries.get(name),
            is_paper=module.is_paper,
            examined=self._examined(name) if module.is_paper else None,
            modules=tuple(entries),
            parts=course.parts if course else (),
            personas=tuple(course.personas) if course else (),
            **shared,
        )

    def _examined(self, exam: str) -> Module | None:
        """The module that an examination of that id is of."""
        assert self.shared is not None
        of = next((each.of for each in self.shared.examinations if each.id == exam), "")
        for folder in self._folders:
            course = self.course(folder / of.partition("/")[0]) if of else None
            for each in course.modules if course else ():
                if of.endswith(f"/{each.id}"):
                    return each
        return None

    def _read_shared(self) -> Shared | None:
        own = self._folders[0] / CATALOGUE
        standards, told = self._read(own / STANDARDS_FILE, Standards)
        stewardship, more = self._read(own / STEWARDSHIP_FILE, Stewardship)
        self.findings += [*told, *more]
        exams = list(self._every(Exams, EXAMS_FILE))
        terms = list(self._every(Terms, TERMS_FILE))
        if standards is None or stewardship is None or not exams:
            return None
        return Shared(
            standards=standards,
            laws=self._laws(),
            exams=tuple(each for x in exams for each in x.exams),
            examinations=tuple(each for x in exams for each in x.examinations),
            rubric=exams[0].rubric,
            stages=tuple(each.name for each in stewardship.contribution.stages),
            needs=stewardship.contribution.needs,
            spellings=tuple(each for x in terms for each in x.terms),
        )

    def _every(self, struct: type[StructT], name: str) -> Iterable[StructT]:
        """The files of that name in every folder's catalogue that has one."""
        for folder in self._folders:
            path = folder / CATALOGUE / name
            if path.is_file():
                found, told = self._read(path, struct)
                self.findings += told
                if found is not None:
                    yield found

    def _laws(self) -> tuple[Law, ...]:
        """The laws of the first course that has any."""
        for each in courses_of(self._folders[0]):
            course = self.course(each)
            if course is not None and course.laws:
                return course.laws
        return ()

    def _read(self, path: Path, struct: type[StructT]) -> tuple[StructT | None, list[Finding]]:
        """A file as a struct; what is right is remembered, what is wrong is found again."""
        key = digest(self._version, struct.__name__, self.text(path))
        if kept := self._memory.struct(key, struct):
            return kept, []
        file, findings = read_yaml(path)
        if file is None:
            return None, findings
        found, misfits = convert(file, struct)
        if found is not None and not misfits:
            self._memory.put(key, msgspec.msgpack.encode(found))
        return found, [*findings, *misfits]


def _bytes_of(name: str) -> bytes:
    with open(name, "rb", buffering=0) as file:  # noqa: PTH123
        return file.readall()
