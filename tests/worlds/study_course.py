"""A course of one module in a folder, and a desk before which it lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.curriculum.question import Code
from practicum.learner.exam.grading import Outcome
from practicum.learner.record import Record
from practicum.study.desk import Desk
from study.desks import Clock, desk_in

MODULE = "c/one"
CARDS = 30

_QUESTIONS = """\
questions:
  - id: word
    kind: short
    tier: 1
    block: b0
    text: The word?
    explain: It is x.
    accept: [x]
    points: 10
  - id: pick
    kind: choice
    tier: 1
    block: b1
    text: Which one?
    explain: The first.
    choices:
      - {text: this, right: true, why: It is.}
      - {text: that, why: It is not.}
  - id: sum
    kind: number
    tier: 2
    text: What is {a} plus one?
    explain: One more than {a}.
    computed: a + 1
    given: {a: [1, 2, 3, 4, 5]}
  - id: code
    kind: code
    tier: 2
    text: Write f.
    explain: So.
    start: ""
    solution: "f = 1"
    check: "assert f == 1"
  - id: plan
    kind: design
    tier: 4
    text: Design it.
    explain: Because.
    model: So.
    rubric:
      - {name: limits, points: 4, levels: [none, some, all]}
      - {name: words, points: 6, levels: [none, clear]}
"""


@pytest.fixture(params=["memory", "sqlite"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """An empty record, in memory and in a file."""
    if request.param == "memory":
        yield InMemoryRecord()
        return
    found = SqliteRecord(tmp_path / "home" / "archive.db")
    yield found
    found.close()


def write_course(folder: Path, cards: int = CARDS) -> Path:
    """The folder of courses."""
    module = folder / "c" / "01-one"
    module.mkdir(parents=True)
    (folder / "c" / "course.yaml").write_text("title: C\n")
    (module / "questions.yaml").write_text(_QUESTIONS)
    lines = [
        f"  - {{id: card-{n}, front: front {n}, back: back {n}, block: b{n // 5}}}"
        for n in range(cards)
    ]
    (module / "cards.yaml").write_text("\n".join(["cards:", *lines, ""]))
    return folder


def desk_at(
    tmp_path: Path, clock: Clock, record: Record | None = None, *, courses: Path | None = None
) -> Desk:
    """A learner's desk in a folder of the test's own, with this course."""
    folder = courses or write_course(tmp_path / "courses")
    return desk_in(tmp_path / "home", record=record, clock=clock, folders=[folder])


def cannot_run(question: Code, answer: str) -> Outcome:
    """A machine without a sandbox."""
    return Outcome(passed=None)


def runs_well(question: Code, answer: str) -> Outcome:
    """A machine on which only the solution passes."""
    return Outcome(passed=answer == question.solution)
