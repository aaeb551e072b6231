"""Where modules lie, and which of them a person means."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from practicum.curriculum.term import exam_id
from practicum.labs.finding import LabError, did_you_mean
from practicum.labs.module_id import module_id

COURSE_FILE, LABS = "course.yaml", "labs"
PAPERS = "exams"
"""The folder, among courses, of exam papers by themselves: ``exams/<exam>/exam.yaml``."""

MODULE_FILE, QUESTIONS_FILE = "module.md", "questions.yaml"
CARDS_FILE, EXAM_FILE = "cards.yaml", "exam.yaml"
LOOSE_MAX = 2_000
_NUMBERED = re.compile(r"[0-9]+-.+")


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A module's folder, and that of its course if it has one. ``file`` is its text:
    ``exam.yaml`` stands for an exam paper by itself, any other name than ``module.md`` for a
    text that is no module yet."""

    folder: Path
    course: Path | None
    file: str = MODULE_FILE

    @property
    def course_id(self) -> str:
        """The course's id; empty if there is no course."""
        return self.course.name if self.course is not None else ""

    @property
    def is_loose(self) -> bool:
        """Whether it is a text by itself."""
        return self.file not in (MODULE_FILE, EXAM_FILE)

    @property
    def is_paper(self) -> bool:
        """Whether it is an exam paper by itself."""
        return self.file == EXAM_FILE


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody named: a place (a course, a folder of courses; None is everything), the
    modules in it, and the folder of courses that it belongs to."""

    place: Path | None
    modules: tuple[Shelved, ...]
    courses: Path | None = None


def courses_of(folder: Path) -> Iterator[Path]:
    """The courses in a folder of courses."""
    if folder.is_dir():
        for each in _folders_in(folder):
            if (each / COURSE_FILE).is_file():
                yield each


def numbered_in(course: Path) -> Iterator[Path]:
    """The folders of a course that look as if they were modules'."""
    return (each for each in _folders_in(course) if fnmatchcase(each.name, "[0-9]*-*"))


def modules_of(course: Path) -> Iterator[Shelved]:
    """The modules of a course whose folders hold anything."""
    for folder in numbered_in(course):
        if _NUMBERED.fullmatch(folder.name) and _holds_something(folder):
            yield Shelved(folder=folder, course=course)


def _holds_something(folder: Path) -> bool:
    return any(not name.startswith((".", "_")) for name in os.listdir(folder))  # noqa: PTH208


def labs_of(module: Path) -> Iterator[Path]:
    """The folders of a module's labs."""
    labs = module / LABS
    if labs.is_dir():
        for each in _folders_in(labs):
            if not each.name.startswith((".", "_")):
                yield each


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, by name. There may be thousands, and Path alone is slow."""
    with os.scandir(folder) as entries:
        names = sorted(each.name for each in entries if each.is_dir())
    return [folder / name for name in names]


def papers_of(folder: Path) -> Iterator[Shelved]:
    """The exam papers in a folder of courses that belong to no module."""
    for path in sorted(folder.glob(f"{PAPERS}/*/{EXAM_FILE}")):
        if not path.parent.name.startswith((".", "_")):
            yield Shelved(folder=path.parent, course=None, file=EXAM_FILE)


def all_in(folder: Path) -> Iterator[Shelved]:
    """Every module of a folder of courses, course by course, then the papers by themselves."""
    for course in courses_of(folder):
        yield from modules_of(course)
    yield from papers_of(folder)


def asked_for(words: str, folders: Sequence[Path]) -> Asked:
    """What somebody means by a path, or by the id of a course, a module or an exam.

    Raises LabError, which says what there is.
    """
    path = Path(words).absolute()
    if path.exists():
        return _by_path(path)
    known: dict[str, Asked] = {}
    for folder in folders:
        for course in courses_of(folder):
            modules = tuple(modules_of(course))
            known[course.name] = Asked(place=course, modules=modules, courses=folder)
            for each in modules:
                asked = Asked(place=each.folder, modules=(each,), courses=folder)
                name = module_id(each.folder)
                known[f"{course.name}/{name}"] = asked
                known.setdefault(name, asked)
        for paper in papers_of(folder):
            asked = Asked(place=paper.folder, modules=(paper,), courses=folder)
            known.setdefault(exam_id(paper.folder.name), asked)
            known.setdefault(paper.folder.name, asked)
    if words.strip("/") in known:
        return known[words.strip("/")]
    near = did_you_mean(words, known)
    near = near if near.startswith("did you mean") else "`practicum catalogue` lists what there is"
    raise LabError(f"there is no file, course, module or exam paper {words!r}: {near}")


def _by_path(path: Path) -> Asked:
    for each in (path, *path.parents):
        if (each.parent / COURSE_FILE).is_file() and _NUMBERED.fullmatch(each.name):
            module = Shelved(folder=each, course=each.parent)
            return Asked(place=each, modules=(module,), courses=each.parent.parent)
        if each.parent.name == PAPERS and (each / EXAM_FILE).is_file():
            paper = Shelved(folder=each, course=None, file=EXAM_FILE)
            return Asked(place=each, modules=(paper,), courses=each.parent.parent)
    if path.name == COURSE_FILE:
        path = path.parent
    if (path / COURSE_FILE).is_file():
        modules = tuple(modules_of(path))
        return Asked(place=path, modules=modules, courses=path.parent)
    if path.is_dir() and (any(courses_of(path)) or any(papers_of(path))):
        return Asked(place=path, modules=tuple(all_in(path)), courses=path)
    if path.name == PAPERS and (papers := tuple(papers_of(path.parent))):
        return Asked(place=path, modules=papers, courses=path.parent)
    if path.is_dir() and not (path / MODULE_FILE).is_file():
        return Asked(place=path, modules=tuple(_loose_in(path)))
    if path.is_dir() or path.name == MODULE_FILE:
        folder = path if path.is_dir() else path.parent
        return Asked(place=folder, modules=(Shelved(folder=folder, course=None),))
    if path.suffix == ".md":
        loose = Shelved(folder=path.parent, course=None, file=path.name)
        return Asked(place=path, modules=(loose,))
    raise LabError(f"{path} is part of no module: name a module, a course or a Markdown file")


def _loose_in(folder: Path) -> Iterator[Shelved]:
    """Markdown that is no module yet."""
    found = [
        path
        for path in sorted(folder.rglob("*.md"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    if not found:
        raise LabError(
            f"{folder} holds no course and no Markdown: `practicum author new course NAME` "
            "begins a course"
        )
    if len(found) > LOOSE_MAX:
        raise LabError(
            f"{folder} holds {len(found)} Markdown files, {LOOSE_MAX} are the most: name a folder "
            "in it"
        )
    for path in found:
        yield Shelved(folder=path.parent, course=None, file=path.name)
