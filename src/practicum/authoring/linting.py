"""Judge modules by the rules: everything at once, and nothing twice.

What one module's rules find depends on its files, on what the catalogue says of it, and on the
rules; so it is kept by the hash of all that. What can only be seen between modules (ids, links,
copies) is found anew each time, from what each module says of itself.
"""

from __future__ import annotations

import bisect
import contextlib
import datetime as dt
import functools
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from practicum.authoring.judging.digest import Digest
from practicum.authoring.judging.judgements import Judgements
from practicum.authoring.judging.remembering import Memory
from practicum.authoring.rules import CATALOGUE, FORM, RULES
from practicum.authoring.rules.across import Placed, between
from practicum.authoring.rules.asking.learning import COURSE_FILE as COURSE_OF_MODULE
from practicum.authoring.rules.rule import Broken, Severity
from practicum.authoring.rules.sources import too_old
from practicum.authoring.rules.wording import left_to_write
from practicum.authoring.shelves import (
    COURSE_FILE,
    MODULE_FILE,
    Asked,
    Shelved,
    all_in,
    asked_for,
)
from practicum.curriculum.term import EXAM, exam_id
from practicum.labs.finding import Finding

SHOWN_FIRST = {"error": 0, "advice": 1}


class Remark(Broken, frozen=True, kw_only=True):
    """A finding of a rule, and whether it is an error today."""

    severity: Severity


class ModuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one module, or in an exam paper by itself (its id is the exam's).
    ``minutes`` are those of all its parts; ``is_written`` says whether there is a text at all,
    ``exam`` which exam there is a paper of."""

    id: str
    folder: Path
    is_written: bool
    exam: str
    minutes: int
    remarks: tuple[Remark, ...]

    @property
    def is_paper(self) -> bool:
        """Whether it is an exam paper by itself."""
        return self.id.startswith(EXAM)

    @property
    def errors(self) -> tuple[Remark, ...]:
        """The errors among the remarks."""
        return tuple(each for each in self.remarks if each.severity == "error")

    @property
    def broken(self) -> frozenset[str]:
        """The rules that found something."""
        return frozenset(each.rule for each in self.remarks)


class LintReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found, by file and line; ``modules`` are those that were judged, and
    ``rules`` is the version of the rules that judged."""

    remarks: tuple[Remark, ...]
    modules: tuple[ModuleReport, ...]
    rules: str

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(each.severity == "error" for each in self.remarks)

    @property
    def advice(self) -> int:
        """How much advice there is."""
        return len(self.remarks) - self.errors


def lint(
    places: Sequence[str] = (),
    *,
    folders: Sequence[Path],
    today: dt.date,
    home: Path | None = None,
    here: Path | None = None,
) -> LintReport:
    """Judge the modules that the places name (paths, ids of courses or modules), or all of them.

    ``folders`` are those of courses, ours first; ``home`` is where results are kept, and None
    keeps none. Files are named as seen from ``here``. Raises LabError for a place that there is
    not.
    """
    asked = [asked_for(each, folders) for each in places]
    folders = list(dict.fromkeys([*folders, *(x.courses for x in asked if x.courses)]))
    memory = Memory(home, today.toordinal())
    with _without_collector():
        try:
            return _Linting(folders, asked, today, memory, here or Path.cwd()).report()
        finally:
            memory.close()


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Much is made here and nearly all of it is kept to the end; to look for cycles in it again
    and again takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Linting:
    """One run over all modules of the folders, of which some are asked for."""

    def __init__(
        self,
        folders: Sequence[Path],
        asked: Sequence[Asked],
        today: dt.date,
        memory: Memory,
        here: Path,
    ) -> None:
        self._today, self._here = today, here
        self._places = [each.place for each in asked if each.place is not None]
        self._all = not asked
        self._judge = Judgements(folders, memory, today)
        chosen = [module for each in asked for module in each.modules]
        self._chosen = {(each.folder, each.file) for each in chosen}
        loose = [each for each in chosen if each.course is None]
        every = [each for folder in folders for each in all_in(folder)]
        self._modules = list(dict.fromkeys([*every, *loose]))

    def report(self) -> LintReport:
        found = list(self._of_catalogue())
        if self._judge.shared is None:
            return self._gathered(found, [])
        digests, placed = [], []
        for module in self._modules:
            asked = self._is_asked(module)
            if asked:
                digest = self._judge.digest(module)
                digests.append((module, digest))
                found += self._of_module(module, digest)
            placed.append(
                Placed(
                    folder=module.folder,
                    course=module.course or self._around(module),
                    marks=self._judge.marks(module),
                    look=functools.partial(self._judge.seen, module),
                    asked_for=asked,
                    file=module.file,
                )
            )
        found += between(placed, self._name)
        return self._gathered(found, digests)

    def _is_asked(self, module: Shelved) -> bool:
        return self._all or (module.folder, module.file) in self._chosen

    def _around(self, module: Shelved) -> Path | None:
        """The folder among whose texts one without a course stands: that of all papers, or the
        one that was asked for."""
        if module.is_paper:
            return module.folder.parent
        around = (each for each in self._places if module.folder.is_relative_to(each))
        return next(around, None)

    def _name(self, path: Path) -> str:
        """A file as a person would open it from here."""
        path = Path(os.path.normpath(path))
        return str(path.relative_to(self._here)) if path.is_relative_to(self._here) else str(path)

    def _of_catalogue(self) -> Iterator[Broken]:
        """What is wrong with course.yaml and the catalogue, if it lies in what was asked for, or
        is the course of a module that was."""
        own = {x.course / COURSE_FILE for x in self._modules if x.course and self._is_asked(x)}
        for each in self._judge.catalogue_findings():
            path = Path(each.file)
            within = any(path.is_relative_to(place) for place in self._places)
            if self._all or within or path in own or self._judge.shared is None:
                yield msgspec.structs.replace(each, file=self._name(path))
        courses = {place / COURSE_FILE for place in self._places if (place / COURSE_FILE).is_file()}
        for path in sorted(own | courses):
            text = self._judge.text(path)
            yield from RULES["todo"].found(left_to_write(self._name(path), text))

    def _of_module(self, module: Shelved, digest: Digest) -> Iterator[Broken]:
        for each in (*digest.broken, *too_old(digest.dated, self._today)):
            line, file = each.line, each.file
            if file == COURSE_OF_MODULE and module.course is not None:
                line = line or self._judge.line_in_course(module.course, digest.name)
            if file == MODULE_FILE:
                file = module.file
            path = self._name(module.folder / file)
            yield msgspec.structs.replace(each, file=path, line=line)
        if module.course is None and module.file == MODULE_FILE:
            said = f"there is no {COURSE_FILE} in {self._name(module.folder.parent)}"
            remedy = "put the module's folder NN-NAME into a course: `practicum author new course`"
            file = self._name(module.folder / module.file)
            yield from CATALOGUE.found([Finding(file=file, message=said, remedy=remedy)])

    def _gathered(
        self, found: Sequence[Broken], digests: Sequence[tuple[Shelved, Digest]]
    ) -> LintReport:
        remarks = sorted(dict.fromkeys(map(self._remark, found)), key=_order)
        files = [each.file for each in remarks]
        reports = []
        for module, digest in digests:
            first, last = self._bounds(module)
            mine = remarks[bisect.bisect_left(files, first) : bisect.bisect_right(files, last)]
            reports.append(self._of_one(module, digest, mine))
        return LintReport(remarks=tuple(remarks), modules=tuple(reports), rules=self._judge.version)

    def _bounds(self, module: Shelved) -> tuple[str, str]:
        """Between what names of files the remarks about a module stand."""
        if module.is_loose:
            return (name := self._name(module.folder / module.file)), name
        below = self._name(module.folder) + os.sep
        return below, below + chr(sys.maxunicode)

    def _remark(self, broken: Broken) -> Remark:
        severity = RULES.get(broken.rule, FORM).severity_on(self._today)
        return Remark(
            rule=broken.rule,
            severity=severity,
            file=broken.file,
            line=broken.line,
            field=broken.field,
            message=broken.message,
            remedy=broken.remedy,
        )

    def _of_one(self, module: Shelved, digest: Digest, mine: Sequence[Remark]) -> ModuleReport:
        name = f"{module.course_id}/{digest.name}" if module.course else digest.name
        return ModuleReport(
            id=exam_id(name) if module.is_paper else name,
            folder=module.folder,
            is_written=digest.is_written,
            exam=digest.name if module.is_paper else digest.exam,
            minutes=digest.minutes,
            remarks=tuple(mine),
        )


def _order(remark: Remark) -> tuple[str, int, int, str, str]:
    return (
        remark.file,
        remark.line or 0,
        SHOWN_FIRST[remark.severity],
        remark.rule,
        remark.message,
    )
