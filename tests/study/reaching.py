"""A small course whose modules count for levels, and a life that reaches level 1 in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from practicum.learner.events import (
    AnyEvent,
    BlockRead,
    ExamGraded,
    GauntletEnded,
    LabChecked,
)
from practicum.study.desk import Desk
from practicum.study.levels import Levels

FIXTURE = Path(__file__).parents[1] / "authoring" / "fixture" / "queues" / "01-waiting"
MODULES = ("waiting", "serving", "leaving")


def small_courses(folder: Path) -> Path:
    """A folder of courses with one course of three short modules, which counts for levels."""
    course = folder / "small"
    course.mkdir(parents=True)
    entries = "".join(f"  - {{id: {name}, title: On {name}, area: small}}\n" for name in MODULES)
    (course / "course.yaml").write_text(
        f"title: Small\nobjective: Reach a level.\nmastery: true\nmodules:\n{entries}"
    )
    for number, name in enumerate(MODULES, start=1):
        target = course / f"0{number}-{name}"
        shutil.copytree(FIXTURE, target, ignore=shutil.ignore_patterns("labs", "exam.yaml"))
        for file in ("module.md", "questions.yaml", "cards.yaml"):
            text = (target / file).read_text()
            text = text.replace("id: waiting\n", f"id: {name}\n", 1)
            (target / file).write_text(text.replace("- id: ", f"- id: {name}-"))
    return folder


def reach_level_1(desk: Desk) -> None:
    """Record what reaches level 1: three modules, two exams, five labs."""
    shapes = Levels(desk).shapes
    events: list[AnyEvent] = []
    for module in (f"small/{name}" for name in MODULES):
        events += [BlockRead(module=module, block=each) for each in shapes[module].blocks]
        events += [
            GauntletEnded(module=module, tier=tier, points=8, of=10)
            for tier in shapes[module].tiers
        ]
    for exam, percent in (("exam:data-consistency", 70.0), ("exam:economic-reality", 71.5)):
        events.append(ExamGraded(sitting=exam, exam=exam, percent=percent, passed=True))
    events += [
        LabChecked(lab=f"small/waiting/lab-{n}", verdict="pass", evidence=f"{n:064x}")
        for n in range(5)
    ]
    desk.note(*events)
