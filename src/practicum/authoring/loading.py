"""Read the catalogue from its files, with errors that name file, line and field.

``COURSE/course.yaml`` lies in any folder of courses. The files in ``catalogue/`` belong to no
single course and lie in our own folder; other folders may add ``exams.yaml`` and
``paths.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.consistency import findings_in
from practicum.authoring.places import LIBRARY, Places
from practicum.curriculum.catalogue import Catalogue, Library
from practicum.curriculum.course import Course
from practicum.curriculum.exam import Exams
from practicum.curriculum.level import Levels
from practicum.curriculum.role import Paths
from practicum.curriculum.standards import Standards
from practicum.curriculum.stewardship import Stewardship
from practicum.labs.finding import CannotBeUsed, Finding, did_you_mean
from practicum.labs.library import COURSES_VARIABLE
from practicum.labs.lint import module_of
from practicum.labs.yaml_file import YamlFile, convert, read_yaml

COURSE_FILE, MODULE_FILE, SHARED = "course.yaml", "module.md", "catalogue"
CATALOGUE_FILES: Mapping[str, type[msgspec.Struct]] = {
    "course": Course,
    "library": Library,
    "exams": Exams,
    "paths": Paths,
    "levels": Levels,
    "standards": Standards,
    "stewardship": Stewardship,
}
StructT = TypeVar("StructT", bound=msgspec.Struct)


class CatalogueError(CannotBeUsed):
    """The catalogue cannot be used."""


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """The catalogue in folders of courses, the first of which is ours.

    Raises CatalogueError with everything that was found.
    """
    reading = _Reading()
    for folder in folders:
        reading.courses_in(folder)
    own = folders[0] / SHARED
    library = reading.read(own / "library.yaml", Library, LIBRARY)
    exams, paths = reading.exams_in(own), reading.paths_in(own)
    levels = reading.levels_in(own)
    standards = reading.read(own / "standards.yaml", Standards, "standards")
    stewardship = reading.read(own / "stewardship.yaml", Stewardship, "stewardship")
    more_exams = [reading.exams_in(each / SHARED) for each in _adding("exams.yaml", folders)]
    more_paths = [reading.paths_in(each / SHARED) for each in _adding("paths.yaml", folders)]
    # Read first and judge then: what one file lacks would be told of all others, too.
    reading.raise_if_any()
    library = _read(library)
    catalogue = Catalogue(
        courses=_in_order(reading.courses, library.courses),
        library=library,
        exams=_joined_exams([_read(exams), *map(_read, more_exams)]),
        paths=_joined_paths([_read(paths), *map(_read, more_paths)]),
        levels=_read(levels),
        standards=_read(standards),
        stewardship=_read(stewardship),
        written=frozenset(reading.written),
        labs=reading.labs,
    )
    reading.findings += findings_in(catalogue, reading.places)
    reading.raise_if_any()
    return catalogue


def _read(value: StructT | None) -> StructT:
    assert value is not None, "what could not be read was told"
    return value


def _in_order(courses: Mapping[str, Course], order: Sequence[str]) -> dict[str, Course]:
    first = {name: courses[name] for name in order if name in courses}
    return first | dict(courses)


def _adding(name: str, folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in folders[1:] if (folder / SHARED / name).exists()]


def _joined_exams(each: Sequence[Exams]) -> Exams:
    """The first one's, with the exams of the others, which keep their own reasons."""
    return msgspec.structs.replace(
        each[0],
        exams=tuple(_with_reason(exam, x) for x in each for exam in x.exams),
        examinations=tuple(_with_reason(exam, x) for x in each for exam in x.examinations),
    )


def _with_reason(exam: StructT, file: Exams) -> StructT:
    pending = getattr(exam, "pending", "") or file.pending
    return msgspec.structs.replace(exam, pending=pending)


def _joined_paths(each: Sequence[Paths]) -> Paths:
    return msgspec.structs.replace(each[0], paths=tuple(path for x in each for path in x.paths))


class _Reading:
    """What has been read so far, and what was wrong with it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.places = Places()
        self.courses: dict[str, Course] = {}
        self.written: list[str] = []
        self.labs: dict[str, tuple[str, ...]] = {}

    def raise_if_any(self) -> None:
        """CatalogueError if something was wrong."""
        if self.findings:
            raise CatalogueError("the catalogue cannot be used:", findings=self.findings)

    def read(self, path: Path, struct: type[StructT], key: str) -> StructT | None:
        """The file as a struct, its place noted; None when it does not fit."""
        file, found = self._convert(path, struct)
        if file is not None:
            self.findings += self.places.note(key, file)
        return found

    def _convert(self, path: Path, struct: type[StructT]) -> tuple[YamlFile | None, StructT | None]:
        file, findings = read_yaml(path)
        self.findings += findings
        if file is None:
            return None, None
        found, misfits = convert(file, struct)
        self.findings += misfits
        return file, found

    def courses_in(self, folder: Path) -> None:
        """Every course of a folder, and which of its modules are written."""
        if not folder.is_dir():
            remedy = f"look at {COURSES_VARIABLE}, or install practicum again"
            self.findings.append(
                Finding(file=str(folder), message="there is no such folder", remedy=remedy)
            )
            return
        for path in sorted(folder.glob(f"*/{COURSE_FILE}")):
            file, course = self._convert(path, Course)
            if file is None or course is None:
                continue
            course_id = path.parent.name
            self.findings += self.places.note(course_id, file)
            if course_id in self.courses:
                continue
            self.courses[course_id] = course
            self._note_parts(course_id, course, file)
            self._modules_in(path.parent, course, file)

    def _note_parts(self, course_id: str, course: Course, file: YamlFile) -> None:
        for index, each in enumerate(course.parts_to_write):
            at = ("modules", index)
            if index >= len(course.modules):
                at = ("tracks", index - len(course.modules))
            self.findings += self.places.note(f"{course_id}/{each.id}", file, at)

    def _modules_in(self, folder: Path, course: Course, file: YamlFile) -> None:
        known = [each.id for each in course.parts_to_write]
        for module in sorted(folder.glob("[0-9]*-*/")):
            name = module_of(module / "labs" / "any")
            key = f"{folder.name}/{name}"
            if name not in known:
                said = f"the folder {module.name} is of no module"
                remedy = did_you_mean(name, known)
                self.findings.append(file.finding(("modules",), said, remedy))
                continue
            if (module / MODULE_FILE).is_file():
                self.written.append(key)
            labs = sorted(path.parent.name for path in module.glob("labs/*/lab.yaml"))
            self.labs[key] = tuple(f"{key}/{lab}" for lab in labs)

    def exams_in(self, folder: Path) -> Exams | None:
        """``exams.yaml`` of a folder."""
        file, exams = self._convert(folder / "exams.yaml", Exams)
        if file is not None and exams is not None:
            for index, exam in enumerate(exams.of_both_kinds):
                at = ("exams", index)
                if index >= len(exams.exams):
                    at = ("examinations", index - len(exams.exams))
                self.findings += self.places.note(f"exam:{exam.id}", file, at)
        return exams

    def paths_in(self, folder: Path) -> Paths | None:
        """``paths.yaml`` of a folder."""
        file, paths = self._convert(folder / "paths.yaml", Paths)
        if file is not None and paths is not None:
            for index, path in enumerate(paths.paths):
                self.findings += self.places.note(f"path:{path.role}", file, ("paths", index))
        return paths

    def levels_in(self, folder: Path) -> Levels | None:
        """``levels.yaml`` of a folder."""
        file, levels = self._convert(folder / "levels.yaml", Levels)
        if file is not None and levels is not None:
            for index, level in enumerate(levels.levels):
                self.findings += self.places.note(f"level:{level.n}", file, ("levels", index))
        return levels
