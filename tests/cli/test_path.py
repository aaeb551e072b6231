"""Paths in weeks and days, the current module, and what comes next, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from practicum.authoring.loading import CatalogueError
from practicum.cli.main import app
from practicum.labs.workspace.pointer import FILE


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("PRACTICUM_HOME", str(tmp_path))
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_a_pace_lays_the_path_out_with_days_and_monthly_reviews() -> None:
    """The last review comes after the last week, when its turn has come."""
    told = run("path", "security", "--pace", "light", "--start", "2026-12-01")
    assert "Week by week, 3 hours each" in told
    assert "2026-12-01  patterns/api-design 3 h" in told
    assert "2026-12-28  review: patterns/api-design" in told
    plan = json.loads(run("path", "security", "--pace", "light", "--start", "2026-12-01", "--json"))
    assert [each["week"] for each in plan["reviews"]] == [4, 8, 12, 16]
    reviewed = [step for each in plan["reviews"] for step in each["steps"]]
    assert sorted(reviewed) == sorted(step["id"] for step in plan["steps"])
    assert plan["weeks"][1]["begins"] == "2026-12-08"
    assert len(plan["weeks"]) == 14


def test_a_step_of_unknown_length_is_not_laid_out_as_one_of_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that takes no time would be a relief."""
    course = tmp_path / "lines/course.yaml"
    course.parent.mkdir()
    course.write_text(
        "title: Lines\nobjective: Wait.\npending: later\nmodules:\n"
        "  - {id: long, title: Long, minutes: 90}\n  - {id: unknown, title: Unknown}\n"
    )
    monkeypatch.setenv("PRACTICUM_COURSES", str(tmp_path))
    told = run("path", "lines", "--pace", "light", "--start", "2026-12-01")
    assert "2026-12-01  lines/long 1.5 h, lines/unknown ?" in told


def test_the_intensive_option_is_a_pace_too() -> None:
    """Of a role, and of a course that states its own weeks for it."""
    assert "intensive, 35-40 hours a week (full time): 1-2 weeks" in run("path", "platform")
    told = run("path", "service-mesh")
    assert "80-120 hours as the course states it" in told
    assert "standard, 10-15 hours a week" in told
    assert ": 8 weeks" in told
    assert "intensive, 35-40 hours a week (full time): 2-3 weeks" in told
    assert "light, 2-4 hours a week" in told


def test_wrong_paces_and_days_are_wrong_usage() -> None:
    """With the nearest name, and no traceback."""
    assert "did you mean light?" in run("path", "security", "--pace", "lite", code=2)
    run("path", "security", "--pace", "light", "--hours-per-week", "3", code=2)
    run("path", "security", "--pace", "light", "--start", "tomorrow", code=2)
    run("path", "security", "--pace", "light", "--start", "9999-12-30", code=2)


def test_a_role_goes_before_a_course_of_the_same_beginning() -> None:
    """`platform` is the engineer's path; a course without modules says so."""
    assert "platform engineer" in run("path", "platform")


def test_the_current_module_is_kept_and_marked(home: Path) -> None:
    """By next, path and catalogue; by its id or the end of it."""
    assert "no module" in run("current")
    assert json.loads(run("current", "--json")) is None
    assert "microservices/events" in run("current", "events")
    assert json.loads(run("current", "--json"))["module"] == "microservices/events"
    assert "relay-killed: open" in run("current")
    (line,) = (x for x in run("catalogue").splitlines() if x.startswith("microservices/events"))
    assert "you are here" in line
    assert "you point at it" in run("next")
    run("current", "patterns/timeouts")
    (line,) = (x for x in run("path", "site rel").splitlines() if "patterns/timeouts " in x)
    assert line.startswith("▶")
    assert json.loads(run("path", "site rel", "--json"))["current"] == "patterns/timeouts"
    run("current", "--clear")
    assert "you are here" not in run("catalogue")
    run("current", "events", "--clear", code=2)


def test_a_module_that_is_none_is_named_with_its_neighbours() -> None:
    """And one of two courses has to be told apart."""
    result = CliRunner().invoke(app, ["current", "transactons"])
    assert isinstance(result.exception, CatalogueError)
    assert "did you mean transactions" in str(result.exception)


def test_a_broken_pointer_stops_only_what_needs_it(home: Path) -> None:
    """The catalogue is shown and complains; the pointer can be set anew."""
    (home / FILE).write_text("{")
    result = CliRunner().invoke(app, ["catalogue"])
    assert result.exit_code == 0
    assert "practicum current MODULE" in result.stderr
    run("current", "events")
    assert "you are here" in run("catalogue")


def test_a_pointer_to_what_is_gone_is_told(home: Path) -> None:
    """A course may have been taken away."""
    (home / FILE).write_text('{"module": "gone/away", "since": "2026-11-21"}')
    result = CliRunner().invoke(app, ["next"])
    assert result.exit_code == 0
    assert "gone/away is not in the catalogue any more" in result.stderr


def test_next_says_what_and_why() -> None:
    """In words and in JSON, on a path and without one."""
    step = json.loads(run("next", "--json"))
    assert step["id"]
    assert step["why"]
    told = run("next", "data engineer")
    assert "because" in told
    assert "practicum current" in told
