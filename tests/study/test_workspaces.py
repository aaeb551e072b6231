"""Labs that were passed before there was a record."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from labs.test_library import COURSES
from practicum.labs.lab import load_lab
from practicum.labs.workspace.workspace import Workspace
from practicum.learner.events import LabChecked
from practicum.learner.record import Entry
from practicum.study.desk import Desk
from practicum.study.opening import open_desk
from practicum.study.workspaces import take_over

LAB = load_lab(COURSES / "practice" / "01-basics" / "labs" / "count-once")


def desk_of(home: Path, person: str) -> Desk:
    """Somebody's desk in the home."""
    return open_desk({"PRACTICUM_HOME": str(home), "PRACTICUM_PERSON": person})


def checks(home: Path, person: str = "ada") -> list[Entry]:
    """The checks that are recorded of her."""
    entries = desk_of(home, person).record.read(person)
    return [entry for entry in entries if isinstance(entry.event, LabChecked)]


@pytest.fixture
def passed(tmp_path: Path) -> str:
    """A workspace whose lab was passed, and when."""
    mine, _ = Workspace.start(tmp_path, LAB)
    return mine.note_pass(mine.files()).passed_at


def test_a_pass_of_before_is_taken_over_once(tmp_path: Path, passed: str) -> None:
    """At the moment of then, and by the first who records; never for a second person."""
    assert take_over(desk_of(tmp_path, "ada")) == 1
    (entry,) = checks(tmp_path)
    assert entry.event == LabChecked(lab=LAB.id, verdict="pass")
    assert entry.at == dt.datetime.fromisoformat(passed)
    assert take_over(desk_of(tmp_path, "ada")) == 0
    assert take_over(desk_of(tmp_path, "bob")) == 0
    assert checks(tmp_path, "bob") == []


@pytest.mark.usefixtures("passed")
def test_who_is_killed_before_it_is_marked_repeats_it(tmp_path: Path) -> None:
    """And records nothing twice."""
    take_over(desk_of(tmp_path, "ada"))
    (tmp_path / "workspaces" / ".recorded").unlink()
    take_over(desk_of(tmp_path, "ada"))
    assert len(checks(tmp_path)) == 1


def test_nothing_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    """Neither a mark nor a record; a workspace that has not passed is no pass."""
    assert take_over(desk_of(tmp_path / "home", "ada")) == 0
    assert not (tmp_path / "home").exists()
    Workspace.start(tmp_path, LAB)
    assert take_over(desk_of(tmp_path, "ada")) == 0
    assert checks(tmp_path) == []


@pytest.mark.usefixtures("passed")
def test_a_workspace_that_cannot_be_read_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    """Its own commands tell what is wrong."""
    (tmp_path / "workspaces" / "practice" / "basics" / "other" / ".practicum").mkdir(parents=True)
    assert take_over(desk_of(tmp_path, "ada")) == 1
