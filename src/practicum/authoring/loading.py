"""Read the catalogue from its files, with errors that name file, line and field.

``COURSE/course.yaml`` lies in any folder of courses. The files in ``catalogue/`` belong to no
single course and lie in our own folder, the first; other folders may add ``exams.yaml`` and
``paths.yaml``. An exam is written when there is a paper of it in any folder.

A file of another folder that cannot be used is left out, and so is what depends on it, until
what is left fits together. What is wrong with our own files is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from practicum.authoring.consistency import findings_in
from practicum.authoring.papers import exams_written
from practicum.authoring.places import LIBRARY, Path_, Places
from practicum.curriculum.catalogue import Catalogue, Library
from practicum.curriculum.course import Course
from practicum.curriculum.exam import Exams
from practicum.curriculum.level import Levels
from practicum.curriculum.role import Paths
from practicum.curriculum.skill import Skills
from practicum.curriculum.standards import Standards
from practicum.curriculum.stewardship import Stewardship
from practicum.curriculum.term import exam_id
from practicum.labs.finding import CannotBeUsed, Finding, did_you_mean
from practicum.labs.library import COURSES_VARIABLE
from practicum.labs.module_id import MODULE_FILE, module_id
from practicum.labs.yaml_file import YamlFile, convert, read_yaml

COURSE_FILE, SHARED = "course.yaml", "catalogue"
CATALOGUE_FILES: Mapping[str, type[msgspec.Struct]] = {
    "course": Course,
    "library": Library,
    "exams": Exams,
    "paths": Paths,
    "levels": Levels,
    "standards": Standards,
    "stewardship": Stewardship,
    "skills": Skills,
}
StructT = TypeVar("StructT", bound=msgspec.Struct)


class CatalogueError(CannotBeUsed):
    """The catalogue cannot be used."""


class Usable(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue of what can be used, and what is wrong with all that was left out."""

    catalogue: Catalogue
    left_out: tuple[Finding, ...] = ()


def load_catalogue(folders: Sequence[Path]) -> Catalogue:
    """The catalogue in folders of courses, the first of which is ours.

    Raises CatalogueError with everything that was found, in whosever files.
    """
    usable = load_usable(folders)
    if usable.left_out:
        raise CatalogueError("the catalogue cannot be used:", findings=usable.left_out)
    return usable.catalogue


def load_usable(folders: Sequence[Path]) -> Usable:
    """The catalogue in folders of courses, without what cannot be used in others than ours.

    Raises CatalogueError with everything that is wrong with ours, and with the others then.
    """
    exams = frozenset(map(exam_id, exams_written(folders)))
    own, own_missing = _read_all(folders[0], ours=True)
    others, told = [], []
    for folder in folders[1:]:
        found, missing = _read_all(folder, ours=False)
        others += found
        told += missing
    # Read first and judge then: what one file lacks would be told of all others, too.
    unread = [*own_missing, *(finding for each in own for finding in each.findings)]
    kept = [each for each in others if not each.findings]
    told += [finding for each in others for finding in each.findings]
    if unread:
        raise CatalogueError("the catalogue cannot be used:", findings=[*unread, *told])
    while True:
        catalogue, findings = _joined(own, kept, exams)
        files = {finding.file for finding in findings}
        bad = [each for each in kept if str(each.path) in files]
        if not bad:
            break
        kept = [each for each in kept if each not in bad]
        theirs = {str(each.path) for each in bad}
        told += [finding for finding in findings if finding.file in theirs]
    if findings:
        raise CatalogueError("the catalogue cannot be used:", findings=[*findings, *told])
    return Usable(catalogue=catalogue, left_out=tuple(told))


class _File(msgspec.Struct, eq=False):
    """A file of the catalogue that was read: what it says, where its ids are declared, and what
    is wrong with it alone."""

    path: Path
    says: msgspec.Struct | None
    yaml: YamlFile | None
    declares: list[tuple[str, Path_]]
    findings: list[Finding]
    modules: dict[str, Path] = {}


def _read_all(folder: Path, *, ours: bool) -> tuple[list[_File], list[Finding]]:
    """Every file of the catalogue in a folder; ours must all be there."""
    if not folder.is_dir():
        remedy = f"look at {COURSES_VARIABLE}, or install practicum again"
        said = "there is no such folder"
        return [], [Finding(file=str(folder), message=said, remedy=remedy)]
    files = []
    for path in sorted(folder.glob(f"*/{COURSE_FILE}")):
        files.append(_read_course(path, folder))
    shared = folder / SHARED
    for name, struct in CATALOGUE_FILES.items():
        path = shared / f"{name}.yaml"
        may_be = name in ("exams", "paths") and (path.exists() or path.is_symlink())
        if name != "course" and (ours or may_be):
            files.append(_read_file(path, struct, folder))
    return files, []


def _read_file(path: Path, struct: type[StructT], within: Path) -> _File:
    file, findings = read_yaml(path, within=within)
    found = None
    if file is not None:
        found, misfits = convert(file, struct)
        findings += misfits
    declares = list(_declared_in(path, found)) if found is not None else []
    return _File(path, found, file, declares, findings)


def _read_course(path: Path, within: Path) -> _File:
    read = _read_file(path, Course, within)
    if isinstance(read.says, Course) and read.yaml is not None:
        read.modules, findings = _folders_of(path.parent, read.says, read.yaml)
        read.findings += findings
    return read


def _declared_in(path: Path, found: msgspec.Struct) -> Iterator[tuple[str, Path_]]:
    """The ids that a file declares, and where in it."""
    if isinstance(found, Course):
        course = path.parent.name
        yield course, ()
        for index, module in enumerate(found.modules):
            yield f"{course}/{module.id}", ("modules", index)
        for index, track in enumerate(found.tracks):
            yield f"{course}/{track.id}", ("tracks", index)
    elif isinstance(found, Exams):
        for index, exam in enumerate(found.exams):
            yield exam_id(exam.id), ("exams", index)
        for index, examination in enumerate(found.examinations):
            yield exam_id(examination.id), ("examinations", index)
    elif isinstance(found, Paths):
        for index, role in enumerate(found.paths):
            yield f"path:{role.role}", ("paths", index)
    elif isinstance(found, Levels):
        for index, level in enumerate(found.levels):
            yield f"level:{level.n}", ("levels", index)
    else:
        yield LIBRARY if isinstance(found, Library) else path.stem, ()


def _folders_of(
    folder: Path, course: Course, file: YamlFile
) -> tuple[dict[str, Path], list[Finding]]:
    """The folders of a course's modules by the modules' ids, and folders that are of none."""
    known = [each.id for each in course.parts_to_write]
    found: dict[str, Path] = {}
    findings = []
    for module in sorted(folder.glob("[0-9]*-*/")):
        name = module_id(module)
        if name not in known:
            said = f"the folder {module.name} is of no module"
            findings.append(file.finding(("modules",), said, did_you_mean(name, known)))
        elif name in found:
            said = f"{name} lies in two folders, {found[name].name} and {module.name}"
            findings.append(file.finding(("modules", known.index(name)), said, "keep one of them"))
        else:
            found[name] = module
    return found, findings


def _joined(
    own: Sequence[_File], others: Sequence[_File], exams_there: Collection[str]
) -> tuple[Catalogue, list[Finding]]:
    """The catalogue of files that could be read, and what does not fit together in it."""
    places = Places()
    findings: list[Finding] = []
    courses: dict[str, Course] = {}
    written: list[str] = []
    labs: dict[str, tuple[str, ...]] = {}
    for each in (*own, *others):
        assert each.yaml is not None
        for key, path in each.declares:
            findings += places.note(key, each.yaml, path)
        course_id = each.path.parent.name
        if isinstance(each.says, Course) and course_id not in courses:
            courses[course_id] = each.says
            for name, folder in each.modules.items():
                key = f"{course_id}/{name}"
                if (folder / MODULE_FILE).is_file():
                    written.append(key)
                there = sorted(path.parent.name for path in folder.glob("labs/*/lab.yaml"))
                labs[key] = tuple(f"{key}/{lab}" for lab in there)
    library = _said(own, Library)[0]
    exams = _joined_exams(_said([*own, *others], Exams))
    written += [x for each in exams.of_both_kinds if (x := exam_id(each.id)) in exams_there]
    catalogue = Catalogue(
        courses=_in_order(courses, library.courses),
        library=library,
        exams=exams,
        paths=_joined_paths(_said([*own, *others], Paths)),
        levels=_said(own, Levels)[0],
        standards=_said(own, Standards)[0],
        stewardship=_said(own, Stewardship)[0],
        skills=_said(own, Skills)[0],
        written=frozenset(written),
        labs=labs,
    )
    # What is declared twice would be told again by all that names it.
    return catalogue, findings or findings_in(catalogue, places)


def _said(files: Sequence[_File], struct: type[StructT]) -> list[StructT]:
    return [each.says for each in files if isinstance(each.says, struct)]


def _in_order(courses: Mapping[str, Course], order: Sequence[str]) -> dict[str, Course]:
    first = {name: courses[name] for name in order if name in courses}
    return first | dict(courses)


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
