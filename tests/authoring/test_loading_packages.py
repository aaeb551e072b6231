"""Courses come from installed packages, too: by an entry point, and without running them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from practicum.authoring.loading import load_usable
from practicum.labs.library import course_folders, courses_around

COURSE = "title: Queues\nobjective: Learn to wait.\npending: later\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which packages are installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install(site: Path, name: str, value: str) -> None:
    """What an installer leaves of a package with one entry point."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[practicum.courses]\n{name} = {value}\n")


def write(path: Path, text: str) -> None:
    """A file in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_package_brings_courses(site: Path) -> None:
    """Those in its folder; none of its code runs."""
    install(site, "queue-courses", "queue_courses")
    write(site / "queue_courses/__init__.py", "raise RuntimeError('it was run')")
    write(site / "queue_courses/queues/course.yaml", COURSE)
    folders, missing = courses_around({})
    assert missing == []
    assert folders[1:] == [site / "queue_courses"]
    assert "queues" in load_usable(folders).catalogue.courses


def test_a_module_brings_the_courses_beside_it(site: Path) -> None:
    """So does a package without code."""
    install(site, "beside", "beside_home.where:anything")
    write(site / "beside_home/__init__.py", "")
    write(site / "beside_home/where.py", "")
    install(site, "bare", "bare_home")
    write(site / "bare_home/queues/course.yaml", COURSE)
    assert course_folders({})[1:] == [site / "bare_home", site / "beside_home"]


@pytest.mark.parametrize("value", ["nowhere_at_all", "broken_home.where", "sys", "..", "a b"])
def test_a_package_whose_courses_cannot_be_found_is_left_out_and_named(
    site: Path, value: str
) -> None:
    """Whatever it raises; the others are found."""
    install(site, "broken", value)
    write(site / "broken_home/__init__.py", "raise SystemError('broken')")
    sys.modules.pop("broken_home", None)
    install(site, "sound", "sound_home")
    write(site / "sound_home/queues/course.yaml", COURSE)
    folders, missing = courses_around({})
    assert folders[1:] == [site / "sound_home"]
    (finding,) = missing
    assert str(finding).startswith("package broken: its courses cannot be found (")
    assert finding.remedy == "install broken again, or remove it"
