"""What is installed from a wheel can teach: the courses travel in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from practicum.labs.library import find_labs

ROOT = Path(__file__).parents[2]


@pytest.mark.prove
def test_the_wheel_carries_every_lab_whole(tmp_path: Path) -> None:
    """File by file; and the labs in it can be used."""
    building = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    subprocess.run([*building, "--wheel-dir", str(tmp_path)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    carried = tmp_path / "installed" / "practicum" / "_courses"
    files = {path.relative_to(carried) for path in carried.rglob("*") if path.is_file()}
    wanted = {
        path.relative_to(ROOT / "courses")
        for path in (ROOT / "courses").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files == wanted
    labs, errors = find_labs([carried])
    assert errors == []
    assert len(labs) >= 4
