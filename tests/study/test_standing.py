"""What of the catalogue a record says is passed."""

from __future__ import annotations

from pathlib import Path

from practicum.authoring.loading import load_catalogue
from practicum.learner.events import BlockRead, ExamGraded, GauntletEnded, LabChecked
from practicum.study.desk import Desk
from practicum.study.levels import shapes_of
from practicum.study.practice import Practice
from practicum.study.standing import passed_steps
from study.desks import BEGAN, OURS, desk_in

CATALOGUE = load_catalogue([OURS])
LAB = "microservices/events/idempotent-payment"
TRUTH = "pillars/truth-distribution"


def graded(exam: str, percent: float, *, provisional: bool = False) -> ExamGraded:
    """A result as sitting an exam records it."""
    return ExamGraded(
        sitting=f"{exam}-{percent}",
        exam=exam,
        percent=percent,
        passed=percent >= 75,
        provisional=provisional,
    )


def complete(desk: Desk, *, but_tier: int = 0) -> None:
    """Record all that a module asks for, but one tier of its gauntlet."""
    shape = shapes_of(CATALOGUE, desk.folders, [TRUTH])[TRUTH]
    desk.note(*(BlockRead(module=TRUTH, block=each) for each in shape.blocks))
    for tier in shape.tiers:
        if tier != but_tier:
            desk.note(GauntletEnded(module=TRUTH, tier=tier, points=7, of=10))


def test_nothing_recorded_is_nothing_passed(tmp_path: Path) -> None:
    """An empty record."""
    assert passed_steps(desk_in(tmp_path), CATALOGUE) == {}


def test_labs_and_exams_are_passed_by_the_record(tmp_path: Path) -> None:
    """With the time; the long examination counts as itself and for the exam it stands for."""
    desk = desk_in(tmp_path)
    desk.note(LabChecked(lab=LAB, verdict="pass"), graded("flow-control-180", 80))
    at = BEGAN.isoformat()
    exams = {"exam:flow-control-180": at, "exam:flow-control": at}
    assert passed_steps(desk, CATALOGUE) == {LAB: at, **exams}


def test_an_exam_is_not_passed_below_its_score_or_before_it_is_graded(tmp_path: Path) -> None:
    """What waits for a person's grade is no pass yet."""
    desk = desk_in(tmp_path)
    desk.note(graded("data-consistency", 69.9), graded("flow-control-180", 90, provisional=True))
    assert passed_steps(desk, CATALOGUE) == {}


def test_skills_and_next_agree_on_which_exams_are_passed(tmp_path: Path) -> None:
    """Both take them from the same rule."""
    desk = desk_in(tmp_path)
    desk.note(graded("data-consistency", 70), graded("flow-control-180", 74))
    passed = {each for each in passed_steps(desk, CATALOGUE) if each.startswith("exam:")}
    assert passed == set(Practice(desk).ledger.passed) == {"exam:data-consistency"}


def test_a_module_without_labs_is_passed_when_it_is_complete(tmp_path: Path) -> None:
    """Each block read, each tier passed; a tier short is not enough."""
    desk = desk_in(tmp_path / "all")
    complete(desk)
    assert passed_steps(desk, CATALOGUE) == {TRUTH: ""}
    short = desk_in(tmp_path / "short")
    complete(short, but_tier=3)
    assert passed_steps(short, CATALOGUE) == {}
