"""The tracker: for each module what it is, how far it is, and what ran to show it.

Nothing in it is kept by hand. The linter judges the files as they are now; a proof counts for
the files that it was made of and no others, so a change takes the tick away.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from practicum.authoring.linting import LintReport, ModuleReport, lint
from practicum.authoring.loading import load_usable
from practicum.authoring.quality import Quality, quality_of
from practicum.authoring.rules import RULES
from practicum.authoring.shelves import EXAM_FILE, MODULE_FILE, asked_for, courses_of
from practicum.authoring.tracker.priority import Priority, priorities
from practicum.authoring.tracker.proved import Proved, proved
from practicum.authoring.tracker.records import Records, read_records
from practicum.authoring.tracker.upkeep import Due, Overdue, overdue_in, rounds
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.course import Course, Module, Track
from practicum.curriculum.exam import Exam, Examination
from practicum.curriculum.term import Term

Status = Literal["complete", "in work", "pending"]
STATUSES: tuple[Status, ...] = ("complete", "in work", "pending")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A module or track; or an exam, which has no ``course``. ``file`` is its text as an
    absolute path, empty without one; ``missing`` is what keeps it from being complete,
    ``pending`` why it is not written; ``completed`` is the day on which all of it passed first,
    ``proved`` the last such day."""

    id: str
    course: str
    topic: str
    pillar: int | None = None
    area: str = ""
    file: str = ""
    status: Status
    missing: tuple[str, ...] = ()
    pending: str = ""
    completed: str = ""
    proved: str = ""
    has_changed: bool = False
    evidence: tuple[str, ...] = ()
    errors: int = 0
    advice: int = 0
    minutes: int = 0
    labs: int = 0
    labs_proved: int = 0
    quality: tuple[Quality, ...] = ()
    exam_quality: tuple[Quality, ...] = ()


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """How many are complete, in work and pending; ``percent`` is the share of the complete."""

    complete: int
    in_work: int
    pending: int
    percent: float

    @property
    def total(self) -> int:
        """All of them."""
        return self.complete + self.in_work + self.pending


class Tracker(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known on a day. ``exams`` are counted apart: ``statistics`` are those of
    ``rows``, the modules and tracks. ``refused`` are proofs that do not count, and why."""

    made_on: dt.date
    courses: dict[str, str]
    rows: tuple[Row, ...]
    exams: tuple[Row, ...]
    statistics: Statistics
    by_course: dict[str, Statistics]
    next: tuple[Priority, ...]
    overdue: tuple[Overdue, ...]
    upkeep: tuple[Due, ...]
    refused: tuple[tuple[str, str], ...]
    rules: str

    def of_course(self, course: str) -> list[Row]:
        """The rows of one course."""
        return [row for row in self.rows if row.course == course]


def read_tracker(
    places: Sequence[str] = (),
    *,
    folders: Sequence[Path],
    home: Path,
    today: dt.date,
    trusted: Iterable[str] = (),
) -> Tracker:
    """The tracker of what the places name (paths, ids of courses or modules), or of everything.

    Raises CannotBeUsed when our own catalogue cannot be used or a place is none.
    """
    asked = [_asked(each, folders) for each in places]
    more = [courses for _, courses in asked if courses]
    folders = list(dict.fromkeys([*folders, *more]))
    catalogue = load_usable(folders).catalogue
    report = lint(folders=folders, today=today, home=home)
    records = read_records(home, trusted)
    making = _Making(catalogue, report, records)
    rows, exams = making.rows(), making.exams()
    complete = {row.id for row in rows if row.status == "complete"}
    begun = {row.id for row in rows if row.status == "in work"}
    if asked:
        wanted = _wanted([*rows, *exams], [place for place, _ in asked], folders)
        rows = [row for row in rows if row.id in wanted]
        exams = [row for row in exams if row.id in wanted]
    ids = {row.id for row in rows}
    return Tracker(
        made_on=today,
        courses={row.course: catalogue.courses[row.course].title for row in rows},
        rows=tuple(rows),
        exams=tuple(exams),
        statistics=statistics(rows),
        by_course={
            course: statistics([row for row in rows if row.course == course])
            for course in dict.fromkeys(row.course for row in rows)
        },
        next=tuple(
            each for each in priorities(catalogue, complete=complete, begun=begun) if each.id in ids
        ),
        overdue=tuple(overdue_in(each for each in report.modules if each.id in ids)),
        upkeep=rounds(catalogue.stewardship, today),
        refused=records.refused,
        rules=report.rules,
    )


def _asked(words: str, folders: Sequence[Path]) -> tuple[str, Path | None]:
    """A place by which rows are chosen: an id, or an absolute path; and a folder of courses
    that it brings along."""
    ids = {course.name for folder in folders for course in courses_of(folder)}
    if words.strip("/").partition("/")[0] in ids and not Path(words).exists():
        return words.strip("/"), None
    found = asked_for(words, folders)
    return str(found.place or ""), found.courses


def _wanted(rows: Sequence[Row], places: Sequence[str], folders: Sequence[Path]) -> set[str]:
    """The ids of the rows that places name."""
    of_course = {course.name: str(course) for x in folders for course in courses_of(x)}
    wanted = set()
    for row in rows:
        where = row.file or f"{of_course.get(row.course, '')}{os.sep}"
        for place in places:
            inside = f"{where}{os.sep}".startswith(f"{place.rstrip(os.sep)}{os.sep}")
            if place in (row.id, row.course) or inside:
                wanted.add(row.id)
    return wanted


def statistics(rows: Sequence[Row]) -> Statistics:
    """Counts and the share of the complete."""
    count = {status: sum(row.status == status for row in rows) for status in STATUSES}
    percent = 100 * count["complete"] / len(rows) if rows else 0.0
    return Statistics(
        complete=count["complete"],
        in_work=count["in work"],
        pending=count["pending"],
        percent=round(percent, 1),
    )


class _Making:
    """Makes rows from the catalogue, what the linter says, and the proofs."""

    def __init__(self, catalogue: Catalogue, report: LintReport, records: Records) -> None:
        self._catalogue, self._records = catalogue, records
        self._reports = {each.id: each for each in report.modules}
        self._papers: dict[str, ModuleReport] = {}
        for each in sorted(report.modules, key=lambda each: not each.is_paper):
            self._papers.setdefault(each.exam, each)
        self._standards = catalogue.standards.quality

    def rows(self) -> list[Row]:
        return [
            self._row(course_id, course, part)
            for course_id, course in self._catalogue.courses.items()
            for part in course.parts_to_write
        ]

    def _row(self, course_id: str, course: Course, part: Module | Track) -> Row:
        key = f"{course_id}/{part.id}"
        row = Row(
            id=key,
            course=course_id,
            topic=part.title,
            pillar=part.pillar if isinstance(part, Module) else None,
            area=part.area if isinstance(part, Module) else "",
            status="pending",
            pending=self._catalogue.pending(key),
        )
        report = self._reports.get(key)
        if report is None:
            return row
        row, found = self._proved(row, report, MODULE_FILE)
        return msgspec.structs.replace(
            row,
            quality=self._quality("module", self._standards["module"], report, found),
            exam_quality=self._quality("exam", self._standards["exam"], report, found),
        )

    def exams(self) -> list[Row]:
        """Each exam and examination; one whose paper lies with a module is as far as that."""
        return [self._exam(key, exam) for key, exam in self._catalogue.all_exams()]

    def _exam(self, key: str, exam: Exam | Examination) -> Row:
        row = Row(
            id=key,
            course="",
            topic=exam.title,
            area=exam.area if isinstance(exam, Exam) else "",
            status="pending",
            pending=self._catalogue.pending(key),
        )
        report = self._papers.get(exam.id)
        if report is None:
            return row
        row, found = self._proved(row, report, EXAM_FILE)
        items = exam.quality if isinstance(exam, Examination) else self._standards["exam"]
        quality = self._quality("exam", items, report, found)
        return msgspec.structs.replace(row, exam_quality=quality)

    def _proved(self, row: Row, report: ModuleReport, file: str) -> tuple[Row, Proved]:
        """A row with what ran for its files."""
        found = proved(report.id, report, self._records)
        row = msgspec.structs.replace(
            row,
            file=str(report.folder / file) if report.is_written else "",
            status="in work" if found.missing else "complete",
            missing=found.missing,
            completed=found.first[:10],
            proved="" if found.missing else found.last[:10],
            has_changed=found.has_changed,
            evidence=found.evidence,
            errors=len(report.errors),
            advice=len(report.remarks) - len(report.errors),
            minutes=report.minutes,
            labs=found.labs,
            labs_proved=found.labs_proved,
        )
        return row, found

    def _quality(
        self,
        kind: Literal["module", "exam"],
        items: Sequence[Term],
        report: ModuleReport,
        found: Proved,
    ) -> tuple[Quality, ...]:
        """The checklist of a module that is written, or of its exam if it has one."""
        if not (report.exam if kind == "exam" else report.is_written):
            return ()
        judged = {rule.id for rule in RULES.values() if rule.judge == "lint"}
        judged |= {"listing-runs", "code-question"} if found.is_proved else set()
        judged |= {"lab-proof"} if found.labs_proved == found.labs else set()
        if "form" in report.broken:
            judged = set()  # what cannot be read was judged by no other rule
        return quality_of(items, kind, broken=report.broken, judged=judged)
