"""``practicum catalogue --json`` holds what the inventory asks for, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from practicum.authoring.loading import load_catalogue
from practicum.curriculum.plain import catalogue_as_data

ROOT = Path(__file__).parents[2]
# Places where we say it otherwise than the inventory, and why. An unquoted comma in one of its
# lists makes two items of what is meant as one; in ours, it is one again.
DIFFERENCES = {
    "courses[platform].skill_targets[1]": "an unquoted comma splits the target",
    "courses[platform].success_metrics.technical_mastery": "unquoted commas split the 13 into 15",
    "exams[correlated-failure].note": "an unquoted comma splits the note",
    "exams[correlated-failure].no heavy arithmetic": "the other half of that note",
    "dependencies_between_exams_and_modules": "one more, from the pattern library's own list",
}


@pytest.fixture(scope="module")
def inventory() -> Any:
    """What is asked for."""
    return yaml.safe_load((ROOT / "tests" / "curriculum" / "inventory.yaml").read_text())


@pytest.fixture(scope="module")
def ours() -> Any:
    """What there is."""
    return catalogue_as_data(load_catalogue([ROOT / "courses"]))


def differences(wanted: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where ``found`` lacks something of ``wanted`` or says it otherwise."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, each in wanted.items():
            below = f"{where}.{key}".removeprefix(".")
            if key in found:
                yield from differences(each, found[key], below)
            else:
                yield below
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (each, ours) in enumerate(zip(wanted, found, strict=True)):
            name = each.get("id", index) if isinstance(each, dict) else index
            yield from differences(each, ours, f"{where}[{name}]")
    elif wanted != found or type(wanted) is not type(found):
        yield where


def test_every_field_of_the_inventory_is_there(inventory: Any, ours: Any) -> None:
    """In its order; what is said otherwise is named above, and nothing is named in vain."""
    assert list(differences(inventory, ours)) == list(DIFFERENCES)


def test_where_the_inventory_is_split_by_a_comma_we_say_the_same(inventory: Any, ours: Any) -> None:
    """The differences are those of the comma, and the sixth dependency."""
    asked = {each["id"]: each for each in inventory["courses"]}["platform"]
    told = {each["id"]: each for each in ours["courses"]}["platform"]
    for wanted, found in (
        (asked["skill_targets"][1], told["skill_targets"][1]),
        (
            asked["success_metrics"]["technical_mastery"],
            told["success_metrics"]["technical_mastery"],
        ),
    ):
        assert ", ".join(wanted) == ", ".join(found)
    assert sum(len(each) for each in told["success_metrics"].values()) == 13
    (exam,) = (each for each in ours["exams"] if each["id"] == "correlated-failure")
    assert exam["note"] == "concept-focused, no heavy arithmetic"
    dependencies = ours["dependencies_between_exams_and_modules"]
    assert dependencies[:5] == inventory["dependencies_between_exams_and_modules"]
    assert dependencies[5:] == [
        ["service-mesh-production", "security and observability assessments"]
    ]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda data: data["exams"][0].update({"pass": 71}), "exams[data-consistency].pass"),
        (lambda data: data["levels"][3].update(labs="ALL"), "levels[3].labs"),
        (lambda data: data["upkeep"].pop("content"), "upkeep.content"),
        (lambda data: data["courses"].pop(), "courses"),
        (
            lambda data: data["courses"][0]["modules"][2].update(minutes=190.0),
            "courses[pillars].modules[state-distribution].minutes",
        ),
    ],
)
def test_the_comparison_sees_what_differs(inventory: Any, spoil: Any, told: str) -> None:
    """A value, a type, a key that is missing, a list that is too short."""
    found = yaml.safe_load((ROOT / "tests" / "curriculum" / "inventory.yaml").read_text())
    assert list(differences(inventory, found)) == []
    spoil(found)
    assert list(differences(inventory, found)) == [told]


def test_nothing_is_pending_without_a_reason(ours: Any) -> None:
    """Modules, tracks, exams and examinations."""
    parts = [
        each
        for course in ours["courses"]
        for each in (*course.get("modules", ()), *course.get("tracks", ()))
    ]
    everything = [*parts, *ours["exams"], *ours["examinations"]]
    assert len(everything) == 6 + 10 + 8 + 6 + 8 + 13 + 2
    assert [each["id"] for each in everything if not each["pending"]] == [
        each["id"] for each in everything if each.get("state") == "written"
    ]


def texts(value: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def test_nothing_that_is_written_in_a_file_is_lost_in_the_json(ours: Any) -> None:
    """Every text of every file of the catalogue."""
    told = set(texts(ours))
    files = sorted((ROOT / "courses").glob("*/*.yaml"))
    files.remove(ROOT / "courses/catalogue/terms.yaml")  # how words are spelt, for the linter
    assert len(files) >= 11
    for file in files:
        written = yaml.safe_load(file.read_text())
        # The order of the courses is that of the courses themselves.
        written.pop("courses", None)
        assert set(texts(written)) - told == set(), file


def test_the_rules_of_a_level_are_there_as_data_too(ours: Any) -> None:
    """Beside the words that the inventory has for them."""
    assert ours["levels"][2]["must_in_full"][2] == {
        "rule": "module",
        "module": "patterns/saga-pattern",
    }
