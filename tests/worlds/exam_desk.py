"""A desk before a small exam, with a clock that a test sets and a record that can fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import yaml

from practicum.archive.in_memory import InMemoryRecord
from practicum.curriculum.question import Code, ExamPaper
from practicum.learner.exam.grading import Outcome
from practicum.learner.record import Entry, Noted, Record
from practicum.study.desk import Desk
from worlds.exam_paper import NOON, PAPER


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        """What it shows."""
        return self.now

    def forward(self, **span: float) -> None:
        """So much later."""
        self.now += dt.timedelta(**span)


class PowerCut(BaseException):
    """The process ended here."""


class MortalRecord(InMemoryRecord):
    """A record whose process ends at one of its appends, before or after it is on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.appends = 0
        self.dies_at = -1
        self.keeps = False
        self.before: Callable[[], None] = lambda: None

    def append(self, noted: Sequence[Noted], *, after: int | None = None) -> tuple[Entry, ...]:
        """See `Record.append`."""
        self.before()
        self.appends += 1
        if self.appends - 1 == self.dies_at and not self.keeps:
            raise PowerCut
        found = super().append(noted, after=after)
        if self.appends - 1 == self.dies_at:
            raise PowerCut
        return found


def write_paper(folder: Path, paper: ExamPaper = PAPER) -> Path:
    """Put a paper into a folder of courses; its file."""
    path = folder / "exams" / paper.of / "exam.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(msgspec.to_builtins(paper), sort_keys=False))
    return path


def desk_at(place: Path, record: Record, clock: Clock, person: str = "ada") -> Desk:
    """A person's desk; the courses lie in ``place``/courses."""
    return Desk(
        person=person,
        record=record,
        now=clock,
        home=place / "home",
        folders=(place / "courses",),
        environ={},
    )


def passes(question: Code, answer: str) -> Outcome:
    """A sandbox in which whatever doubles passes."""
    return Outcome(passed="2 *" in answer, said="")


def unsure(question: Code, answer: str) -> Outcome:
    """A machine that can tell nothing."""
    return Outcome(passed=None, said="no sandbox")
