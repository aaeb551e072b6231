"""What the sources state in figures, counted in our files."""

from __future__ import annotations

from pathlib import Path

import pytest

from practicum.authoring.loading import load_catalogue
from practicum.curriculum.catalogue import Catalogue, minutes_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Our own courses."""
    return load_catalogue([ROOT / "courses"])


def test_the_library_is_as_large_as_the_sources_say(catalogue: Catalogue) -> None:
    """Ten mastery modules by area, 3250 minutes; thirteen exams, at least 32 hours."""
    of_area: dict[str, int] = {}
    for module in catalogue.mastery().values():
        of_area[module.area] = of_area.get(module.area, 0) + module.minutes
    assert of_area == {
        "architecture": 1170,
        "coordination": 360,
        "resilience": 1020,
        "deployment": 700,
    }
    assert sum(of_area.values()) == 3250
    assert len(catalogue.exams.exams) == 13
    assert sum(minutes_of(exam)[0] for exam in catalogue.exams.exams) == 32 * 60


def test_focus_blocks_add_up_to_their_modules_minutes(catalogue: Catalogue) -> None:
    """Where the source tells both. Of what is written since, labs, challenge, gauntlet and
    review count, too."""
    told = {key: module for key, module in catalogue.modules() if module.focus_blocks}
    blocks = {key: sum(each.minutes for each in m.focus_blocks) for key, m in told.items()}
    for key in ("pillars/state-distribution", "pillars/operational-excellence"):
        assert blocks.pop(key) == told[key].minutes
    assert all(minutes < told[key].minutes for key, minutes in blocks.items())


def test_checklists_have_their_twelve_items(catalogue: Catalogue) -> None:
    """Those of the standards, of two modules and of two examinations."""
    modules = dict(catalogue.modules())
    lists = [
        *catalogue.standards.quality.values(),
        modules["pillars/state-distribution"].quality,
        modules["pillars/operational-excellence"].quality,
        *(each.quality for each in catalogue.exams.examinations),
    ]
    assert [len(each) for each in lists] == [12] * 6


def test_every_mastery_module_says_what_the_source_says_of_all(catalogue: Catalogue) -> None:
    """Topics, cases, focus, three objectives, prerequisites."""
    for key, module in catalogue.mastery().items():
        assert module.topics, key
        assert module.case_studies, key
        assert module.focus, key
        assert len(module.objectives) == 3, key
        assert 2 <= len(module.prerequisites) <= 3, key


def test_checkpoints_ask_their_questions(catalogue: Catalogue) -> None:
    """Five after each service, four where services meet, five before production."""
    course = catalogue.courses["microservices"]
    assert [len(each.points) for each in course.checkpoints] == [5, 4, 5]
    assert len(course.success_metrics["experience"]) == 7
    assert len(course.claims_to_prove) == 5
