"""An exam's analysis over the record: whose sittings count, and which are left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from practicum.archive.in_memory import InMemoryRecord
from practicum.archive.sqlite import SqliteRecord
from practicum.labs.finding import CannotBeUsed
from practicum.learner.record import Record
from practicum.study.desk import Desk
from practicum.study.exams import sitting as study
from practicum.study.exams.analysing import analysis_of
from study.desks import Clock, desk_in

CLOCK = Clock()
EXAM = """
of: small
title: A small exam
minutes: 60
pass_score: 60
sections:
  - title: All
    questions:
      - id: majority
        kind: choice
        text: How many of five are a majority?
        explain: More than half.
        choices:
          - {text: two, why: fewer than half}
          - {text: three, right: true, why: more than half}
          - {text: five, why: all}
      - id: token
        kind: short
        text: What guards a lock?
        explain: It grows.
        accept: [fencing token]
      - id: essay
        kind: design
        text: Design it.
        explain: Think.
        model: This.
        rubric:
          - {name: depth, points: 2, levels: [none, some, all]}
"""


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A folder of courses with one exam."""
    paper = tmp_path / "courses" / "exams" / "small" / "exam.yaml"
    paper.parent.mkdir(parents=True)
    paper.write_text(EXAM)
    return tmp_path / "courses"


def host_of(record: Record, home: Path, courses: Path) -> Desk:
    """The desk of who wants to know."""
    return desk_in(home, person="host", record=record, clock=CLOCK, folders=[courses])


def sit(
    record: Record, home: Path, courses: Path, person: str, majority: int, *, hand_in: bool = True
) -> None:
    """One sitting, with that answer to the first question."""
    CLOCK.advance(minutes=1)
    theirs = desk_in(home, person=person, record=record, clock=CLOCK, folders=[courses])
    opened = study.start(theirs, "small", seed=1)
    study.save(theirs, opened, "majority", majority)
    study.save(theirs, opened, "token", "Fencing token")
    if hand_in:
        study.submit(theirs, opened.sitting.id)


def test_the_first_sitting_of_each_person_counts(tmp_path: Path, courses: Path) -> None:
    """Who sits it again is left out the second time, and who has not handed in, too."""
    record, home = InMemoryRecord(), tmp_path / "home"
    for number in range(6):
        sit(record, home, courses, f"p{number}", number % 2)
    sit(record, home, courses, "p0", 1)
    sit(record, home, courses, "late", 1, hand_in=False)
    found = analysis_of(host_of(record, home, courses), "exam:small")
    assert found.analysis.sittings == 6
    assert (found.again, found.open) == (1, 1)
    figures = {each.figures.question: each.figures for each in found.analysis.items}
    assert figures["majority"].difficulty == 0.5
    assert figures["token"].difficulty == 1
    assert [each.taken for each in figures["majority"].options] == [3, 3, 0]


def test_what_nobody_has_graded_waits(tmp_path: Path, courses: Path) -> None:
    """A design that was passed over got nothing; one that waits for a person is left out."""
    record, home = InMemoryRecord(), tmp_path / "home"
    sit(record, home, courses, "ada", 1)
    theirs = desk_in(home, person="bob", record=record, clock=CLOCK, folders=[courses])
    opened = study.start(theirs, "small", seed=1)
    study.save(theirs, opened, "essay", "I would do this.")
    study.submit(theirs, opened.sitting.id)
    found = analysis_of(theirs, "small")
    (essay,) = [x.figures for x in found.analysis.items if x.figures.question == "essay"]
    assert (essay.waiting, essay.omitted) == (1, 1)


def test_answers_to_other_words_are_left_out(tmp_path: Path, courses: Path) -> None:
    """A question whose key was mended is judged by those who saw it as it is now."""
    record, home = InMemoryRecord(), tmp_path / "home"
    for number in range(3):
        sit(record, home, courses, f"old{number}", 0)
    paper = courses / "exams" / "small" / "exam.yaml"
    paper.write_text(EXAM.replace("How many of five", "How many members of five"))
    for number in range(5):
        sit(record, home, courses, f"new{number}", 1)
    found = analysis_of(host_of(record, home, courses), "small")
    figures = {each.figures.question: each.figures for each in found.analysis.items}
    assert (figures["majority"].asked, figures["token"].asked) == (5, 8)
    assert found.reworded == {"majority": 3}


def test_sittings_whose_paper_is_gone_are_counted_and_left_out(
    tmp_path: Path, courses: Path
) -> None:
    """Nothing is guessed about what they were asked."""
    record, home = InMemoryRecord(), tmp_path / "home"
    sit(record, home, courses, "ada", 1)
    for each in (home / "papers").iterdir():
        each.unlink()
    found = analysis_of(host_of(record, home, courses), "small")
    assert (found.unreadable, found.analysis.sittings) == (1, 0)


def test_an_exam_that_is_not_there_is_named(tmp_path: Path, courses: Path) -> None:
    """With what there is; one that nobody has sat is an analysis of nothing."""
    host = host_of(InMemoryRecord(), tmp_path / "home", courses)
    with pytest.raises(CannotBeUsed, match="did you mean small"):
        analysis_of(host, "smal")
    assert analysis_of(host, "small").analysis.sittings == 0


def test_the_command_tells_figures_and_names_nobody(tmp_path: Path, courses: Path) -> None:
    """The table for people, the same in JSON, and no person's id in either."""
    home = tmp_path / "home"
    record = SqliteRecord(home / "archive.db")
    for number in range(24):
        sit(record, home, courses, f"person-{number}", 1 if number % 3 else 2)
    record.close()
    environ = {
        **os.environ,
        "PRACTICUM_HOME": str(home),
        "PRACTICUM_COURSES": str(courses),
        "PRACTICUM_PERSON": "host",
        "COLUMNS": "200",
    }
    words = [sys.executable, "-m", "practicum.cli.main", "exam", "analysis", "small"]
    shown = subprocess.run([*words, "--options"], env=environ, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert "24 sittings" in shown.stdout
    assert "too easy: 100 % of its points are given" in shown.stdout
    assert "* B three: 16 (67 %)" in shown.stdout
    told = subprocess.run([*words, "--json"], env=environ, capture_output=True, text=True)
    data = json.loads(told.stdout)
    assert data["analysis"]["items"][0]["figures"]["difficulty"] == pytest.approx(2 / 3)
    assert "person-" not in shown.stdout + told.stdout
