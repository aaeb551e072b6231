"""The stages of a contribution: what the front matter must say, and what the next one asks for."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from practicum.authoring.linting import lint
from practicum.authoring.loading import CatalogueError, load_catalogue
from practicum.authoring.stages import Stage, read_stages
from practicum.authoring.tracker.records import hash_module, write_module_proof
from practicum.checking.verdict import Verdict
from practicum.cli.main import app
from practicum.curriculum.gap import beside
from practicum.labs.proof import ModuleProof

OURS, FIXTURE = Path(__file__).parents[2] / "courses", Path(__file__).parent / "fixture"
TODAY = dt.date(2026, 11, 21)
COUNTER = "counter/first-counter"
CATALOGUE = load_catalogue([OURS])
STAGES = [each.name for each in CATALOGUE.stewardship.contribution.stages]
WAY = {
    "review": ["Ada"],
    "development": ["Ada", "Grace"],
    "validation": ["Ada"],
    "integration": ["Ada", "Grace", "Edsger"],
    "maintenance": ["Ada"],
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the linter remembers what it has judged."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """A copy of the fixture's courses, to be changed."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "courses"))


def text_of(courses: Path) -> Path:
    """The text of the module that is moved about."""
    return courses / "counter" / "01-first-counter" / "module.md"


def move(courses: Path, stage: str, *moves: tuple[str, str, list[str]]) -> None:
    """Say in the front matter that it is in a stage, and what led there."""
    lines = "".join(f'\n  - {{stage: {s}, day: "{day}", by: {by}}}' for s, day, by in moves)
    path = text_of(courses)
    said = f"stage: {stage}\n" + (f"moves:{lines}\n" if moves else "")
    path.write_text(path.read_text().replace("authors:", f"{said}authors:", 1))


def way_to(stage: str) -> list[tuple[str, str, list[str]]]:
    """Moves that lead to a stage, a day for each."""
    names = STAGES[1 : STAGES.index(stage) + 1]
    return [(name, f"2026-11-{n:02}", WAY[name]) for n, name in enumerate(names, 1)]


def told(courses: Path, home: Path) -> list[str]:
    """What the rule finds, in words."""
    report = lint([str(courses)], folders=[OURS, courses], today=TODAY, home=home, here=courses)
    return [f"{each.line}: {each.message}" for each in report.remarks if each.rule == "stage-moves"]


def stage_of(courses: Path, home: Path, module: str = COUNTER) -> Stage:
    """The stage of one module."""
    found = read_stages(folders=[OURS, courses], home=home, today=TODAY)
    (one,) = (each for each in found if each.id == module)
    return one


@pytest.mark.parametrize("stage", STAGES[:3])
def test_until_it_is_written_a_module_needs_no_move(courses: Path, home: Path, stage: str) -> None:
    """Whoever keeps the library may begin with the text."""
    move(courses, stage)
    assert told(courses, home) == []


@pytest.mark.parametrize("stage", STAGES[3:])
def test_later_stages_need_a_move(courses: Path, home: Path, stage: str) -> None:
    """Nobody is in maintenance by saying so; with all the moves, it is."""
    move(courses, stage)
    (said,) = told(courses, home)
    assert said.endswith(f"nobody moved it to {stage}; without moves, it is in development")


@pytest.mark.parametrize("stage", STAGES[1:])
def test_moves_that_lead_there_are_enough(courses: Path, home: Path, stage: str) -> None:
    """One by one, each with the people it asks for."""
    move(courses, stage, *way_to(stage))
    assert told(courses, home) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda way: way[:-1], "it is in integration, and its last move was to validation"),
        (lambda way: [way[0], *way[2:]], "after review comes development, not validation"),
        (lambda way: way[3:], "its first move is to integration: validation comes before"),
        (
            lambda way: [*way[:-1], (way[-1][0], "2026-10-01", way[-1][2])],
            "2026-10-01 is before the move that stands above it",
        ),
        (
            lambda way: [way[0], ("development", "2026-11-02", ["Ada"]), *way[2:]],
            "1 vouch for development and are not its authors, 2 are needed",
        ),
        (
            lambda way: [way[0], ("development", "2026-11-02", ["Ada", "AUTHOR"]), *way[2:]],
            "1 vouch for development and are not its authors, 2 are needed",
        ),
        (
            lambda way: [*way[:-1], ("integrating", "2026-11-04", ["Ada"])],
            "there is no stage integrating",
        ),
    ],
)
def test_moves_that_do_not_lead_there_are_told(
    courses: Path, home: Path, change: object, said: str
) -> None:
    """With the line in which they stand."""
    author = text_of(courses).read_text().partition("authors: [")[2].partition("]")[0]
    way = change(way_to("integration"))  # type: ignore[operator]
    named = [(s, day, [x.replace("AUTHOR", author) for x in by]) for s, day, by in way]
    move(courses, "integration", *named)
    (found,) = told(courses, home)
    assert said in found
    line = int(found.partition(":")[0])
    held = text_of(courses).read_text().splitlines()[line - 1]
    assert held.lstrip("- ").startswith(("stage", "moves", "{stage", "{ stage"))


def test_a_module_that_is_not_written_is_a_proposal(courses: Path, home: Path) -> None:
    """Its objectives and outline stand in the catalogue, or are missing."""
    found = stage_of(courses, home, "pillars/flow-control")
    assert (found.stage, found.then, found.broken) == ("proposal", "review", ())
    assert [(each.check, each.met) for each in found.asked] == [
        ("objectives", False),
        ("outline", True),
    ]
    assert "course.yaml" in found.missing[0].do


def test_the_next_stage_says_what_it_asks_for(courses: Path, home: Path) -> None:
    """A clean text is ready for learners; then people and a proof are missing."""
    found = stage_of(courses, home)
    assert (found.stage, found.then, found.missing) == ("development", "validation", ())
    assert [each.check for each in found.broken] == ["people"]
    move(courses, "validation", *way_to("validation"))
    found = stage_of(courses, home)
    assert (found.since, found.by, found.broken) == ("2026-11-03", ("Ada",), ())
    assert {each.check: each.met for each in found.asked} == {"people": False, "verified": False}
    assert "3 people who did not write it" in found.missing[0].do
    assert "author verify" in found.missing[1].do


def test_a_stage_that_was_reached_can_be_lost(courses: Path, home: Path, tmp_path: Path) -> None:
    """A change after the proof is told as what no longer holds."""
    move(courses, "maintenance", *way_to("maintenance"))
    other = tmp_path / "home"
    proof = ModuleProof(
        module=COUNTER,
        version=1,
        module_sha256=hash_module(text_of(courses).parent),
        made_at="2026-11-20T12:00:00.000000Z",
        verdict=Verdict.PASS,
        errors=0,
        advice=0,
        rules="r",
        problems=(),
        runs=(),
        machine={},
        versions={},
    )
    write_module_proof(proof, other)
    found = stage_of(courses, other)
    assert (found.then, found.asked) == ("", ())
    assert [each.check for each in found.broken] == ["placed"]
    with text_of(courses).open("a") as file:
        file.write("\n")
    found = stage_of(courses, other)
    assert [each.check for each in found.broken] == ["verified", "placed"]


def test_the_command_tells_one_or_all(
    courses: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and in JSON; a name that is none gets its neighbours."""
    monkeypatch.setenv("PRACTICUM_HOME", str(home))
    monkeypatch.setenv("PRACTICUM_COURSES", str(courses))

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["author", "stages", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    lines = run().splitlines()
    assert any(line.startswith(COUNTER) and "development" in line for line in lines)
    assert "the next stage, validation, asks for:" in run("first-counter")
    (only,) = json.loads(run("first-counter", "--json"))
    assert (only["stage"], only["missing"]) == ("development", [])
    result = CliRunner().invoke(app, ["author", "stages", "first-countr"])
    assert isinstance(result.exception, CatalogueError)
    assert "did you mean" in str(result.exception)


def test_what_levels_leave_to_people_has_criteria() -> None:
    """Each thing that a mentor attests says by whom and by what it is judged."""
    known = {each.name for each in CATALOGUE.stewardship.mentoring}
    machine = ("a score of at least", "labs", "month at level 4")
    for level in CATALOGUE.levels.levels:
        for each in beside(level):
            name = each.rpartition(": ")[0] or each
            if not any(word in each for word in machine):
                assert name in known, each


def test_every_stage_that_asks_for_something_is_one() -> None:
    """And every stage after the first asks for something."""
    needs = CATALOGUE.stewardship.contribution.needs
    assert list(needs) == STAGES[1:]
    assert all(needs.values())


def test_needs_of_a_stage_that_is_none_are_told(tmp_path: Path) -> None:
    """By the line in stewardship.yaml."""
    ours = Path(shutil.copytree(OURS, tmp_path / "ours"))
    path = ours / "catalogue" / "stewardship.yaml"
    path.write_text(path.read_text().replace("    validation:\n", "    validaton:\n"))
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([ours])
    (finding,) = caught.value.findings
    assert finding.field == "contribution.needs.validaton"
    assert "did you mean validation?" in finding.remedy
    assert path.read_text().splitlines()[(finding.line or 0) - 1].strip() == "validaton:"
