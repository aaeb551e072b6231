"""The catalogue from a terminal: what there is, a role's path, and words in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from practicum.authoring.loading import CatalogueError
from practicum.cli.main import app


def run(*words: str, code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def test_the_overview_names_courses_exams_paths_and_levels() -> None:
    """With what is pending, and the labs that are there already."""
    told = run("catalogue")
    for words in (
        "microservices/events",
        "patterns/rate-limiting",
        "platform/virtualisation",
        "exam:resilience-engineering",
        "180-minute examination of 6 hard and 4 very hard questions",
        "site reliability engineer",
        "2 Engineer",
        "2 resilience modules",
        "pending",
    ):
        assert words in told
    (line,) = (line for line in told.splitlines() if "microservices/events" in line)
    assert "(2 labs)" in line


def test_the_catalogue_in_json_has_the_inventorys_keys() -> None:
    """On stdout, and nothing else there."""
    told = json.loads(run("catalogue", "--json"))
    assert [course["id"] for course in told["courses"]] == [
        "pillars",
        "patterns",
        "service-mesh",
        "platform",
        "microservices",
    ]
    assert told["exams"][7]["pass"] == 80


def test_a_path_tells_order_reasons_gap_and_pace() -> None:
    """By the beginning of the role's name, with hyphens or without."""
    told = run("path", "platform-eng")
    lines = told.splitlines()
    api, mesh = (
        next(index for index, line in enumerate(lines) if f" {step} " in line)
        for step in ("patterns/api-design", "patterns/service-mesh-production")
    )
    assert api < mesh
    assert "added for patterns/service-mesh-production" in lines[api]
    assert "zero-trust networking" in lines[mesh]
    assert "short: exams: 2 of 4" in told
    assert "light, 2-4 hours a week" in told
    assert "10-25 weeks" in told


def test_a_budget_lays_the_path_out_in_weeks() -> None:
    """In words and in JSON."""
    told = run("path", "security engineer", "--hours-per-week", "10")
    assert "Week by week" in told
    assert "review: " in told
    plan = json.loads(run("path", "security engineer", "--hours-per-week", "10", "--json"))
    assert plan["hours_per_week"] == 10
    assert sum(left for week in plan["weeks"] for _, left in week["work"]) == plan["minutes"][1]
    run("path", "security engineer", "--hours-per-week", "0", code=2)


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("plumber", "there is no path for 'plumber': there are platform engineer, "),
        ("data enginere", "did you mean data engineer"),
        ("s", "stands for software architect, site reliability engineer, security engineer"),
        ("", "there is no path for ''"),
    ],
)
def test_a_role_that_fits_none_or_several_is_told(role: str, told: str) -> None:
    """With what there is."""
    result = CliRunner().invoke(app, ["path", role])
    assert isinstance(result.exception, CatalogueError)
    assert told in str(result.exception)


def test_words_are_found_or_it_is_told() -> None:
    """Exit code 1 when nothing holds them all."""
    assert run("search", "token", "bucket").startswith("patterns/rate-limiting")
    assert "nothing holds token and zebra" in run("search", "token", "zebra", code=1)
    (hit,) = json.loads(run("search", "OR-Set", "--json"))
    assert hit["id"] == "pillars/state-distribution"


def test_what_is_wrong_with_a_course_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By file, line and field; it is left out, and all else is shown."""
    (tmp_path / "queues").mkdir()
    (tmp_path / "queues" / "course.yaml").write_text("title: Queues\nobjectiv: wait\n")
    monkeypatch.setenv("PRACTICUM_COURSES", str(tmp_path))
    result = CliRunner().invoke(app, ["catalogue"])
    assert result.exit_code == 0
    assert "pillars/how-to-learn" in result.stdout
    assert "left out" in result.stderr
    assert "course.yaml:2: objectiv: there is no such field: did you mean objective?" in (
        result.stderr
    )
