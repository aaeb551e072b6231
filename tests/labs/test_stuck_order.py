"""The lab stuck-order on a live range: its scene is kept or made anew, its solver finds out."""

from __future__ import annotations

from pathlib import Path

import pytest

from practicum.checking.verdict import Verdict
from practicum.labs.check.checking import CheckReport, check
from practicum.labs.lab import Lab, load_lab
from practicum.labs.scene.drawing import draw
from practicum.labs.scene.scene import load_scenes, read_scene
from practicum.labs.scene.staging import TOUCHED, clear, prepare
from practicum.servers.home import RangeFolder
from worlds.small_lab import Notes

LAB = Path(__file__).parents[2] / "courses/microservices/05-observability/labs/stuck-order"
RANGE = "scenes"
pytestmark = pytest.mark.xdist_group("scene-range")


@pytest.fixture
def lab() -> Lab:
    """The lab as learners get it."""
    return load_lab(LAB)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that PostgreSQL's user may pass through."""
    tmp_path.chmod(0o711)
    return tmp_path


async def judge(lab: Lab, files: Path, home: Path, seed: int, *, calm: bool = False) -> CheckReport:
    """A check as a learner's would be, but of that folder and seed."""
    return await check(
        lab, files, home=home, range_name=RANGE, narrator=Notes(), seed=seed, calm=calm
    )


def failed(report: CheckReport) -> set[str]:
    """The tests that did not pass."""
    return {x.test for x in report.judgements if x.verdict is not Verdict.PASS}


@pytest.mark.serial
async def test_a_scene_is_kept_until_it_is_worked_on(lab: Lab, home: Path) -> None:
    """The start fails and costs nothing, the solution passes on the same scene, and the next
    solver gets a fresh one."""
    seed = lab.spec.experiment.seed
    try:
        blank = await judge(lab, lab.folder / "start", home, seed)
        assert (blank.verdict, blank.blame) == (Verdict.FAIL, "nobody")
        assert {"test_the_service_at_fault_is_named", "test_every_order_has_ended"} <= failed(blank)
        folder = RangeFolder(home, RANGE).path
        staged = (folder / "scene" / "scene.json").stat().st_mtime_ns

        solved = await judge(lab, lab.folder / "solution", home, seed)
        assert solved.verdict is Verdict.PASS, failed(solved)
        assert (folder / "scene" / "scene.json").stat().st_mtime_ns == staged, "staged again"
        assert (folder / "scene" / TOUCHED).exists()

        narrator = Notes()
        words = {"home": home, "range_name": RANGE, "on_stage": narrator.on_stage}
        assert (await prepare(lab, **words)).seed == seed  # type: ignore[arg-type]
        assert narrator.stages == [], "a scene that stands is kept for a learner"
        calm = await prepare(lab, **words, calm=True)  # type: ignore[arg-type]
        assert "the scene is cleared" in narrator.stages
        assert calm.affected == ()
        assert read_scene(folder) == calm
    finally:
        await clear(home=home, range_name=RANGE)


def ten_seeds() -> list[int]:
    """Seeds in which every defect occurs with each of its triggers."""
    scenes = load_scenes(LAB)
    wanted = {(name, kind) for name, x in scenes.defects.items() for kind in x.triggers}
    seeds: list[int] = []
    for seed in range(1000):
        drawn = draw(scenes, seed, 60)
        if (drawn.name, drawn.trigger.kind) in wanted:
            wanted.remove((drawn.name, drawn.trigger.kind))
            seeds.append(seed)
    return [*seeds, *(seed for seed in range(500, 510) if seed not in seeds)][:10]


@pytest.mark.prove
async def test_the_solver_finds_out_in_ten_scenes(lab: Lab, home: Path) -> None:
    """By the operators' commands alone, whatever was drawn."""
    seeds = ten_seeds()
    assert len(seeds) == 10
    try:
        missed = {}
        for seed in seeds:
            report = await judge(lab, lab.folder / "solution", home, seed)
            if report.verdict is not Verdict.PASS:
                missed[seed] = failed(report)
        assert missed == {}
    finally:
        await clear(home=home, range_name=RANGE)


@pytest.mark.prove
@pytest.mark.parametrize("name", ["blames-the-slowest", "blames-the-step"])
async def test_a_wrong_suspect_is_caught(lab: Lab, home: Path, name: str) -> None:
    """Where the symptom is elsewhere than the cause; and nobody is blamed when all is well."""
    seed = lab.spec.experiment.seed
    try:
        report = await judge(lab, lab.wrong(name), home, seed)
        assert failed(report) == {lab.spec.wrong[name].caught_by}
        calm = await judge(lab, lab.wrong(name), home, seed, calm=True)
        assert calm.verdict is Verdict.PASS, failed(calm)
    finally:
        await clear(home=home, range_name=RANGE)
