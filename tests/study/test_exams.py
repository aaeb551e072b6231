"""Sitting an exam as a use case: what is acknowledged stays, whoever else writes or fails."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from practicum.labs.finding import CannotBeUsed
from practicum.learner.events import AnswerGraded, ExamGraded
from practicum.learner.exam.people import WAIT_DAYS
from practicum.learner.exam.refusal import (
    AlreadySubmitted,
    BadAnswer,
    BadGrade,
    ExamRefused,
    NoSuchSitting,
    NotSubmitted,
    OpenAlready,
    StaleDraft,
    TimeIsOver,
)
from practicum.learner.exam.result import Result
from practicum.learner.exam.sheet import right
from practicum.learner.record import SomebodyWasFaster
from practicum.study.desk import Desk
from practicum.study.exams.grading import grade, result_of, to_grade
from practicum.study.exams.sitting import (
    Open,
    named,
    opened,
    reflect,
    save,
    say,
    sittings,
    start,
    submit,
)
from worlds.exam_desk import (
    Clock,
    MortalRecord,
    PowerCut,
    desk_at,
    passes,
    unsure,
    write_paper,
)
from worlds.exam_paper import KINDS, MINUTES, PAPER, RIGHT

SEED = 7


@pytest.fixture
def clock() -> Clock:
    """Noon."""
    return Clock()


@pytest.fixture
def record() -> MortalRecord:
    """An empty record."""
    return MortalRecord()


@pytest.fixture
def desk(tmp_path: Path, record: MortalRecord, clock: Clock) -> Desk:
    """Ada's desk, with the small exam among the courses."""
    write_paper(tmp_path / "courses")
    return desk_at(tmp_path, record, clock)


def answer_all(desk: Desk, sat: Open) -> None:
    """Answer everything rightly."""
    for item in sat.items:
        say(desk, sat, item.id, RIGHT[item.id] if item.id in ("code", "design") else right(item))


def test_an_exam_from_start_to_result(desk: Desk, clock: Clock) -> None:
    """Every right answer counts; the design waits for a person."""
    sat = start(desk, "exam:small")
    answer_all(desk, sat)
    clock.forward(minutes=30)
    submit(desk, sat.sitting.id)
    found = result_of(desk, sat.sitting.id, passes, levels={1: 70, 5: 80}).result
    assert (found.percent, found.percent_most) == (round(100 * 20 / 26, 2), 100)
    assert [each.passed for each in found.levels] == [True, False]
    grade(
        desk, sat.sitting.id, "design", grader="mentor", by="grace", levels={"bound": 2, "cost": 1}
    )
    assert result_of(desk, sat.sitting.id, passes).result.percent == 100
    (there,) = sittings(desk).values()
    assert there.result == ExamGraded(
        sitting=sat.sitting.id, exam="small", percent=100, passed=True, provisional=False
    )


def test_asking_for_the_result_again_records_nothing(desk: Desk, record: MortalRecord) -> None:
    """It is graded once."""
    sat = start(desk, "small", seed=SEED)
    submit(desk, sat.sitting.id)
    first = result_of(desk, sat.sitting.id, passes).result
    entries = list(record.read("ada"))
    assert result_of(desk, sat.sitting.id, passes).result == first
    assert list(record.read("ada")) == entries
    assert {entry.by for entry in entries[2:]} == {"practicum"}


def test_what_the_machine_cannot_tell_costs_nothing_and_is_tried_again(desk: Desk) -> None:
    """No grade is recorded until there is one."""
    sat = start(desk, "small", seed=SEED)
    answer_all(desk, sat)
    submit(desk, sat.sitting.id)
    found = result_of(desk, sat.sitting.id, unsure).result
    (code,) = (each for each in found.questions if each.question == "code")
    assert (code.points, found.provisional) == (None, True)
    assert "no sandbox" in code.waits
    (code,) = (
        x for x in result_of(desk, sat.sitting.id, passes).result.questions if x.question == "code"
    )
    assert (code.points, code.waits) == (5, "")


def test_an_edited_paper_changes_nothing_for_who_sits_it(desk: Desk, tmp_path: Path) -> None:
    """Questions, keys and points stay as they were at the start."""
    sat = start(desk, "small", seed=SEED)
    answer_all(desk, sat)
    sections = PAPER.sections[:1]
    write_paper(tmp_path / "courses", msgspec.structs.replace(PAPER, sections=sections))
    submit(desk, sat.sitting.id)
    assert len(result_of(desk, sat.sitting.id, passes).result.questions) == len(KINDS)
    write_paper(tmp_path / "courses")


def test_a_copy_that_is_gone_or_edited_is_named_and_no_answer_lost(desk: Desk) -> None:
    """Put back, it goes on."""
    sat = start(desk, "small", seed=SEED)
    say(desk, sat, "word", "backpressure")
    (copy,) = (desk.home / "papers").iterdir()
    text = copy.read_text()
    copy.write_text(text.replace("pass_score: 70", "pass_score: 1"))
    with pytest.raises(CannotBeUsed, match=r"was edited: put .*Nothing that you answered is lost"):
        opened(desk, "small")
    copy.unlink()
    with pytest.raises(CannotBeUsed, match="is not there: put"):
        opened(desk, "small")
    copy.write_text(text)
    assert opened(desk, "small").sitting.drafted() == {"word": "backpressure"}


def test_a_paper_that_cannot_be_used_is_told_before_the_clock_runs(
    desk: Desk, tmp_path: Path, record: MortalRecord
) -> None:
    """By file, line and field; nothing is recorded."""
    path = write_paper(tmp_path / "courses")
    path.write_text(path.read_text().replace("minutes: 60", "minutes: soon", 1))
    with pytest.raises(CannotBeUsed, match=r"exam.yaml:3: minutes: 'soon' does not fit"):
        start(desk, "small")
    with pytest.raises(CannotBeUsed, match="'smal' has no paper: did you mean small"):
        start(desk, "smal")
    assert list(record.read("ada")) == []


def test_two_windows_each_hear_of_the_other(desk: Desk, clock: Clock) -> None:
    """Answers of one are not overwritten by the other, nor handed in twice."""
    one = start(desk, "small", seed=SEED)
    other = opened(desk, one.sitting.id)
    first = say(desk, one, "one", "A", seen=0)
    with pytest.raises(StaleDraft, match="one: another window saved revision 1"):
        say(desk, other, "one", "B", seen=0)
    assert opened(desk, "small").sitting.draft("one").answer == first.draft.answer
    second = say(desk, other, "one", "B", seen=1)
    assert second.replaced.answer == first.draft.answer
    with pytest.raises(OpenAlready, match=one.sitting.id):
        start(desk, "small")
    submit(desk, one.sitting.id)
    clock.forward(minutes=1)
    with pytest.raises(AlreadySubmitted, match="at 2026-11-21 12:00:00 UTC"):
        submit(desk, other.sitting.id)
    with pytest.raises(AlreadySubmitted):
        say(desk, other, "one", "C", seen=2)


def test_many_windows_at_once_save_each_revision_once(desk: Desk) -> None:
    """Eight threads write to one question: as many revisions as were acknowledged, in one
    order; whoever was refused has nothing in the record."""
    sat = start(desk, "small", seed=SEED)
    acknowledged: list[tuple[int, Any]] = []
    gate = threading.Barrier(8)

    def write(number: int) -> None:
        gate.wait()
        seen = 0
        for turn in range(5):
            text = f"{number}-{turn}"
            try:
                done = save(desk, sat, "word", text, seen=seen)
            except StaleDraft as error:
                seen = error.there
            else:
                seen = done.draft.revision
                acknowledged.append((seen, text))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(revision for revision, _ in acknowledged) == list(range(1, len(acknowledged) + 1))
    assert opened(desk, "small").sitting.draft("word").answer == max(acknowledged)[1]


def test_a_faster_writer_is_read_and_decided_upon_again(desk: Desk, record: MortalRecord) -> None:
    """Another question saved in between does no harm; one who never pauses is told."""
    sat = start(desk, "small", seed=SEED)
    ways = ["A", "B", "C"]

    def meddle() -> None:
        if ways:
            record.before = lambda: None
            say(desk, sat, "one", ways.pop())
            record.before = meddle

    record.before = meddle
    say(desk, sat, "word", "x", seen=0)
    record.before = lambda: None
    assert opened(desk, "small").sitting.draft("one").revision == 3
    assert opened(desk, "small").sitting.drafted()["word"] == "x"
    ways += ["A", "B", "C"] * 100
    record.before = meddle
    with pytest.raises(SomebodyWasFaster):
        say(desk, sat, "word", "y", seen=1)


def test_the_clock_hands_in_what_was_saved(desk: Desk, clock: Clock) -> None:
    """Whoever looks first after the deadline; the draft that comes too late is refused."""
    sat = start(desk, "small", seed=SEED)
    say(desk, sat, "word", "backpressure")
    clock.forward(minutes=MINUTES)
    with pytest.raises(TimeIsOver):
        say(desk, sat, "word", "late")
    clock.now -= 3 * (clock.now - sat.sitting.started_at)
    (there,) = sittings(desk).values()
    assert (there.by_clock, there.answers) == (True, {"word": "backpressure"})
    assert result_of(desk, sat.sitting.id, passes).result.by_clock
    with pytest.raises(TimeIsOver):
        say(desk, sat, "word", "after the clock went back")
    assert start(desk, "small", seed=SEED).sitting.id != sat.sitting.id


def whole_life(desk: Desk) -> Result:
    """Everything that is done in an exam, from wherever it stands."""
    if not (mine := sittings(desk)):
        start(desk, "small", seed=SEED)
        mine = sittings(desk)
    (sitting,) = mine.values()
    if sitting.submitted_at is None:
        answer_all(desk, opened(desk, sitting.id))
        submit(desk, sitting.id)
    result_of(desk, sitting.id, passes)
    for question in to_grade(desk, sitting.id):
        levels = {"bound": 2, "cost": 0} if question == "design" else {"reasons": 2}
        grade(desk, sitting.id, question, grader="self", by="ada", levels=levels)
    return result_of(desk, sitting.id, passes).result


def plain(found: Result) -> Result:
    """A result without the name that chance gave its sitting."""
    return msgspec.structs.replace(found, sitting="")


def test_a_crash_at_any_write_loses_nothing(tmp_path: Path, clock: Clock) -> None:
    """Before or after it is on disk: whoever goes on comes to the same result, and what was
    recorded is still there, in its place."""
    write_paper(tmp_path / "courses")
    whole = MortalRecord()
    wanted = plain(whole_life(desk_at(tmp_path, whole, clock)))
    assert whole.appends == 15
    for place in range(whole.appends):
        for keeps in (False, True):
            record = MortalRecord()
            record.dies_at, record.keeps = place, keeps
            with pytest.raises(PowerCut):
                whole_life(desk_at(tmp_path, record, clock))
            there = list(record.read("ada"))
            assert plain(whole_life(desk_at(tmp_path, record, clock))) == wanted
            assert list(record.read("ada"))[: len(there)] == there


def test_people_grade_and_the_wait_ends(desk: Desk, clock: Clock, record: MortalRecord) -> None:
    """One's own grade counts at once and is final after the days; the record hears of it."""
    sat = start(desk, "small", seed=SEED)
    name = sat.sitting.id
    with pytest.raises(NotSubmitted):
        to_grade(desk, name)
    say(desk, sat, "design", "a line")
    submit(desk, name)
    assert list(to_grade(desk, name)) == ["design", "*"]
    levels = {"bound": 2, "cost": 1}
    with pytest.raises(BadGrade, match="one is not graded by a rubric; what is: design"):
        grade(desk, name, "one", grader="self", by="ada", levels=levels)
    with pytest.raises(BadGrade, match="nobody is her own peer"):
        grade(desk, name, "design", grader="peer", by="ada", levels=levels)
    grade(desk, name, "design", grader="self", by="ada", levels=levels)
    assert result_of(desk, name, passes).result.provisional
    clock.forward(days=WAIT_DAYS)
    assert not result_of(desk, name, passes).result.provisional
    results = [x.event for x in record.read("ada") if isinstance(x.event, ExamGraded)]
    assert [each.provisional for each in results] == [True, False]
    grade(desk, name, "design", grader="mentor", by="grace", levels={"bound": 0, "cost": 0})
    assert result_of(desk, name, passes).result.percent == 0
    (by_mentor,) = (
        entry
        for entry in record.read("ada")
        if isinstance(entry.event, AnswerGraded) and entry.event.grader == "mentor"
    )
    assert by_mentor.by == "grace"


def test_a_sitting_is_named_by_what_one_remembers(desk: Desk, clock: Clock) -> None:
    """Its id, the end of it, its exam; several are listed."""
    with pytest.raises(ExamRefused, match="no exam is open"):
        named(desk, "")
    with pytest.raises(NoSuchSitting, match="you have none yet"):
        named(desk, "small")
    first = start(desk, "small", seed=SEED).sitting.id
    assert named(desk, "") == named(desk, "small") == named(desk, first[-4:]) == first
    submit(desk, first)
    second = start(desk, "small", seed=SEED).sitting.id
    assert named(desk, "exam:small") == second
    submit(desk, second)
    with pytest.raises(ExamRefused, match=f"which sitting[?] {first}, {second}"):
        named(desk, "small")


def test_a_wrong_shape_is_refused_and_what_was_saved_stays(desk: Desk) -> None:
    """By the question's name."""
    sat = start(desk, "small", seed=SEED)
    say(desk, sat, "one", "A")
    with pytest.raises(BadAnswer, match="one: expected one letter, A to C"):
        say(desk, sat, "one", "Z")
    with pytest.raises(BadAnswer, match="one: expected the place of a choice"):
        save(desk, sat, "one", 99)
    assert opened(desk, "small").sitting.draft("one").revision == 1


def test_thinking_back_is_kept(desk: Desk) -> None:
    """After it is handed in."""
    sat = start(desk, "small", seed=SEED)
    told = {"What did you guess?": "the number"}
    with pytest.raises(NotSubmitted):
        reflect(desk, sat.sitting.id, told)
    submit(desk, sat.sitting.id)
    reflect(desk, sat.sitting.id, told)
    assert result_of(desk, sat.sitting.id, passes).result.reflected == told
