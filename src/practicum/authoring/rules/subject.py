"""What the rules of one module look at: its files, taken apart, and what the catalogue says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from practicum.authoring.rules.rule import Needs, Profile
from practicum.authoring.shelves import EXAM_FILE, MODULE_FILE, QUESTIONS_FILE
from practicum.curriculum.course import Law, Module, Part
from practicum.curriculum.exam import Exam, Examination
from practicum.curriculum.lesson import Lesson, Passage
from practicum.curriculum.question import AnyQuestion, Card, ExamPaper
from practicum.curriculum.standards import Standards
from practicum.curriculum.stewardship import Need
from practicum.labs.finding import Finding
from practicum.labs.yaml_file import Path_, YamlFile

if TYPE_CHECKING:
    from practicum.authoring.written import WrittenModule


class Spelling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term as it is written here, and the ways in which it is not."""

    right: str
    wrong: tuple[str, ...]
    why: str = ""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says of a module. ``entry`` is None where no course knows it. With
    ``is_paper`` it is an exam paper by itself; ``examined`` is the module that it is of, if it
    is a long examination. ``modules`` are the ids of its course, ``parts`` the timed ones of a
    module of the course."""

    course_id: str
    name: str
    entry: Module | None
    standards: Standards
    is_paper: bool = False
    examined: Module | None = None
    laws: tuple[Law, ...] = ()
    modules: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    personas: tuple[str, ...] = ()
    exams: tuple[Exam, ...] = ()
    examinations: tuple[Examination, ...] = ()
    rubric: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = {}
    spellings: tuple[Spelling, ...] = ()

    @property
    def profile(self) -> Profile:
        """Whether modules of the course are made of timed parts or of focus blocks."""
        return "parts" if self.parts else "blocks"

    @property
    def objectives(self) -> tuple[str, ...]:
        """What one can do after the module."""
        module = self.entry or self.examined
        return module.objectives or module.outcomes if module is not None else ()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One module. What is not there, or could not be read, is None. ``texts`` holds each file
    as it was read, ``lab_minutes`` the minutes of each lab."""

    around: Around
    lesson: Lesson | None
    questions: tuple[AnyQuestion, ...] | None
    cards: tuple[Card, ...] | None
    exam: ExamPaper | None
    files: Mapping[str, YamlFile]
    texts: Mapping[str, str]
    lab_minutes: Mapping[str, int]

    def has(self, needs: tuple[Needs, ...]) -> bool:
        """Whether all of it could be read."""
        there = {
            "lesson": self.lesson,
            "questions": self.questions,
            "cards": self.cards,
            "exam": self.exam,
            "entry": self.around.entry,
        }
        return all(there[each] is not None for each in needs)

    @property
    def text(self) -> Lesson:
        """The lesson, for checks that need one."""
        assert self.lesson is not None
        return self.lesson

    @property
    def asked(self) -> tuple[AnyQuestion, ...]:
        """The questions of the module, for checks that need them."""
        return self.questions or ()

    @property
    def paper(self) -> ExamPaper:
        """The exam, for checks that need one."""
        assert self.exam is not None
        return self.exam

    @property
    def entry(self) -> Module:
        """What the catalogue says of the module, for checks that need it."""
        assert self.around.entry is not None
        return self.around.entry

    def every_question(self) -> Iterator[tuple[str, Path_, AnyQuestion]]:
        """The questions of the module and of its exam: the file, the place in it, the question."""
        for index, each in enumerate(self.asked):
            yield QUESTIONS_FILE, ("questions", index), each
        for number, section in enumerate(self.exam.sections if self.exam else ()):
            for index, each in enumerate(section.questions):
                yield EXAM_FILE, ("sections", number, "questions", index), each

    def at(self, line: int, message: str, remedy: str = "", field: str = "") -> Finding:
        """A finding in a line of ``module.md``; the rule has the remedy if none is given."""
        return Finding(file=MODULE_FILE, line=line, message=message, remedy=remedy, field=field)

    def front(self, path: Path_, message: str, remedy: str = "") -> Finding:
        """A finding about a field of the front matter."""
        return self.within(MODULE_FILE, path, message, remedy)

    def within(self, file: str, path: Path_, message: str, remedy: str = "") -> Finding:
        """A finding about what stands at a place of one of the YAML files."""
        if file not in self.files:
            return Finding(file=file, message=message, remedy=remedy)
        found = self.files[file].finding(path, message, remedy)
        return msgspec.structs.replace(found, file=file)

    def line_of(self, file: str, path: Path_) -> int:
        """Where something of a YAML file, or of the front matter, stands."""
        return self.within(file, path, "", "").line or 1

    def section(self, kind: str) -> Passage | None:
        """The first section of that kind, for checks that need a lesson."""
        return self.text.section(kind)


def subject_of(written: WrittenModule, around: Around, lab_minutes: Mapping[str, int]) -> Subject:
    """A module that was read, as rules look at it."""
    questions, cards = written.questions, written.cards
    return Subject(
        around=around,
        lesson=written.lesson,
        questions=None if questions is None else questions.questions,
        cards=None if cards is None else cards.cards,
        exam=written.exam,
        files=written.files,
        texts=written.texts,
        lab_minutes=lab_minutes,
    )
