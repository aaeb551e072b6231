"""A sitting folded from events: time, drafts, two windows, handing in, a crash at any place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.events import (
    AnswerDrafted,
    AnswerGraded,
    AnyEvent,
    ExamGraded,
    ExamStarted,
    ExamSubmitted,
    Reflected,
)
from practicum.learner.exam.refusal import (
    AlreadySubmitted,
    BadAnswer,
    NoSuchSitting,
    NotAsked,
    OpenAlready,
    StaleDraft,
    TimeIsOver,
)
from practicum.learner.exam.sitting import (
    ANSWERS_BYTES_MAX,
    Exams,
    ExamsView,
    Sitting,
    save,
    start,
    submit,
)
from practicum.learner.record import Entry, fold
from worlds.exam_paper import KINDS, MINUTES, NOON, History

VIEW = ExamsView()
DEADLINE = NOON + dt.timedelta(minutes=MINUTES)


def minutes(count: float) -> dt.datetime:
    """So many minutes after the start."""
    return NOON + dt.timedelta(minutes=count)


def begun() -> History:
    """A history with an open sitting called ``s``."""
    history = History()
    history.add(
        start(
            Exams(),
            sitting="s",
            exam="small",
            paper_sha256="abc",
            seed=7,
            questions=KINDS,
            minutes=MINUTES,
            now=NOON,
        )
    )
    return history


def sitting(history: History) -> Sitting:
    """The sitting as it is folded."""
    return fold(VIEW, history.entries).state.sitting("s")


def saved(
    history: History, question: str, answer: Any, *, seen: int | None = None, at: dt.datetime = NOON
) -> None:
    """Save an answer, as a use case does."""
    event = save(sitting(history), question, answer, seen=seen, now=at)
    if event is not None:
        history.add(event, at=at)


def test_what_is_saved_is_there_until_it_is_handed_in() -> None:
    """With a revision each time, and nothing new where it says the same."""
    history = begun()
    saved(history, "one", 1)
    saved(history, "one", 2, seen=1)
    saved(history, "one", 2, seen=2)
    saved(history, "word", "x")
    saved(history, "some", [0])
    saved(history, "some", None)
    assert sitting(history).draft("one").revision == 2
    assert sitting(history).drafted() == {"one": 2, "word": "x"}
    history.add(submit(sitting(history), minutes(5)), at=minutes(5))
    done = sitting(history)
    assert (done.answers, done.submitted_at, done.by_clock) == (
        {"one": 2, "word": "x"},
        minutes(5),
        False,
    )
    assert done.left(minutes(5)) == dt.timedelta(0)


def test_one_is_not_true_and_not_one_point_nought() -> None:
    """Answers that Python holds for equal are saved as what they are."""
    history = begun()
    saved(history, "many", 1)
    saved(history, "many", 1.0, seen=1)
    assert type(sitting(history).drafted()["many"]) is float


def test_two_windows_do_not_overwrite_each_other() -> None:
    """The second is refused by the question's name and both revisions; nothing is lost."""
    history = begun()
    saved(history, "one", 0, seen=0)
    with pytest.raises(StaleDraft, match=r"one: another window saved revision 1 at 12:00:00 UTC"):
        saved(history, "one", 2, seen=0)
    assert sitting(history).drafted() == {"one": 0}
    saved(history, "one", 0, seen=0)
    saved(history, "word", "other questions are not touched", seen=0)
    saved(history, "one", 2, seen=1)
    assert sitting(history).drafted()["one"] == 2


def test_a_draft_that_was_recorded_out_of_turn_is_passed_over() -> None:
    """A record in which both windows wrote keeps the first."""
    history = begun()
    for answer in (0, 2):
        history.add(AnswerDrafted(sitting="s", question="one", answer=answer, revision=1))
    history.add(AnswerDrafted(sitting="s", question="one", answer=1, revision=9))
    history.add(AnswerDrafted(sitting="s", question="gone", answer=1, revision=1))
    history.add(AnswerDrafted(sitting="t", question="one", answer=1, revision=1))
    assert sitting(history).drafted() == {"one": 0}


def test_time_is_over_at_the_deadline() -> None:
    """A second before, an answer is saved; then what was saved counts."""
    history = begun()
    last = DEADLINE - dt.timedelta(seconds=1)
    saved(history, "one", 1, at=last)
    assert sitting(history).left(last) == dt.timedelta(seconds=1)
    with pytest.raises(TimeIsOver, match=r"over at 2026-11-21 13:00:00 UTC: what was saved by"):
        saved(history, "one", 2, at=DEADLINE)
    event = submit(sitting(history), minutes(500))
    assert (event.by_clock, event.answers) == (True, {"one": 1})
    history.add(event, at=minutes(500))
    with pytest.raises(TimeIsOver):
        saved(history, "one", 2, at=NOON)


def test_a_draft_recorded_after_the_deadline_does_not_count() -> None:
    """Whoever wrote it."""
    history = begun()
    history.add(
        AnswerDrafted(sitting="s", question="one", answer=0, revision=1), at=minutes(MINUTES)
    )
    assert sitting(history).drafted() == {}


def test_a_second_hand_in_is_refused_and_tells_of_the_first() -> None:
    """And one that was recorded all the same changes nothing."""
    history = begun()
    saved(history, "one", 1)
    history.add(submit(sitting(history), minutes(9)), at=minutes(9))
    with pytest.raises(AlreadySubmitted, match=r"s was submitted at 2026-11-21 12:09:00 UTC"):
        submit(sitting(history), minutes(10))
    with pytest.raises(AlreadySubmitted):
        saved(history, "one", 2, at=minutes(10))
    history.add(ExamSubmitted(sitting="s", answers={"one": 0}), at=minutes(11))
    assert sitting(history).answers == {"one": 1}
    assert sitting(history).submitted_at == minutes(9)


@given(st.lists(st.floats(-120, 120), max_size=20), st.floats(-120, 120))
def test_a_clock_that_goes_back_gives_no_time_and_loses_no_draft(
    jumps: list[float], now: float
) -> None:
    """Time left never grows, whenever one looks; each draft that was accepted is there. Who is
    told that the time is over has handed in."""
    history = begun()
    left = [sitting(history).left(NOON)]
    accepted: dict[str, Any] = {}
    for number, at in enumerate(jumps):
        name = KINDS[number % len(KINDS)]
        try:
            saved(history, name, number, at=minutes(at))
        except TimeIsOver:
            assert sitting(history).left(minutes(at)) == dt.timedelta(0)
            if sitting(history).submitted_at is None:
                history.add(submit(sitting(history), minutes(at)), at=minutes(at))
        else:
            accepted[name] = number
        left.append(sitting(history).left(minutes(at)))
        assert sitting(history).drafted() == accepted
    left.append(sitting(history).left(minutes(now)))
    assert left == sorted(left, reverse=True)


def test_an_exam_is_sat_once_at_a_time() -> None:
    """The open sitting is named; after its time another may begin."""
    history = begun()
    exams = fold(VIEW, history.entries).state
    again: dict[str, Any] = {
        "sitting": "s2",
        "paper_sha256": "abc",
        "seed": 1,
        "questions": KINDS,
        "minutes": 60,
    }
    with pytest.raises(OpenAlready, match="practicum exam resume s`"):
        start(exams, exam="small", now=minutes(30), **again)
    assert start(exams, exam="other", now=minutes(30), **again).sitting == "s2"
    assert start(exams, exam="small", now=DEADLINE, **again).deadline == minutes(120)


def test_what_there_is_not_is_refused_by_name() -> None:
    """Sittings and questions."""
    history = begun()
    with pytest.raises(NoSuchSitting, match="no sitting 'x': yours are s"):
        fold(VIEW, history.entries).state.sitting("x")
    with pytest.raises(NotAsked, match="s does not ask gone"):
        saved(history, "gone", 1)


def test_all_answers_together_fit_into_one_entry() -> None:
    """What would not could never be handed in, so it is refused while it is written."""
    history = begun()
    long = "\x01" * 50_000
    for name in KINDS[:3]:
        saved(history, name, long[:48_000])
    with pytest.raises(BadAnswer, match=f"{ANSWERS_BYTES_MAX} are the most"):
        saved(history, KINDS[3], long)
    assert len(msgspec.json.encode(submit(sitting(history), NOON))) < 1_000_000


def test_a_flag_is_kept_and_stays_when_an_answer_changes() -> None:
    """She asked to be led back; only she takes that away."""
    history = begun()
    event = save(sitting(history), "one", None, seen=0, flagged=True, now=NOON)
    assert event is not None
    history.add(event)
    saved(history, "one", 1, seen=1)
    draft = sitting(history).draft("one")
    assert (draft.flagged, draft.answer, draft.revision) == (True, 1, 2)


def graded(question: str, points: float, grader: Any = "machine") -> AnswerGraded:
    """A grade."""
    return AnswerGraded(sitting="s", question=question, points=points, of=2, grader=grader)


def test_a_later_grade_of_the_same_person_replaces_an_earlier_one() -> None:
    """Two mentors are two; the machine is one whoever started it."""
    history = begun()
    history.add(graded("one", 1))
    history.add(submit(sitting(history), minutes(1)), at=minutes(1))
    history.add(graded("gone", 1))
    assert sitting(history).grades == {}
    for points, grader, by in [
        (0, "machine", "practicum"),
        (2, "machine", "ada"),
        (1, "mentor", "grace"),
        (2, "mentor", "grace"),
        (0, "mentor", "edsger"),
    ]:
        history.add(graded("one", points, grader), by=by)
    found = [(x.grader, x.by, x.points) for x in sitting(history).grades["one"]]
    assert found == [
        ("machine", "practicum", 2),
        ("mentor", "grace", 2),
        ("mentor", "edsger", 0),
    ]


EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(
        ExamStarted,
        sitting=st.sampled_from(["s", "t"]),
        exam=st.just("small"),
        paper_sha256=st.just("x"),
        seed=st.integers(0, 9),
        questions=st.just(KINDS[:3]),
        deadline=st.integers(1, 50).map(minutes),
    ),
    st.builds(
        AnswerDrafted,
        sitting=st.sampled_from(["s", "t"]),
        question=st.sampled_from(KINDS[:4]),
        answer=st.none() | st.integers(0, 3),
        revision=st.integers(1, 4),
        flagged=st.booleans(),
    ),
    st.builds(
        ExamSubmitted,
        sitting=st.sampled_from(["s", "t"]),
        answers=st.dictionaries(st.sampled_from(KINDS[:4]), st.integers(0, 3)),
        by_clock=st.booleans(),
    ),
    st.builds(
        AnswerGraded,
        sitting=st.sampled_from(["s", "t"]),
        question=st.sampled_from([*KINDS[:4], "*"]),
        points=st.integers(0, 2),
        of=st.just(2),
        grader=st.sampled_from(["machine", "self", "peer", "mentor"]),
    ),
    st.builds(
        ExamGraded,
        sitting=st.sampled_from(["s", "t"]),
        exam=st.just("small"),
        percent=st.integers(0, 100),
        passed=st.booleans(),
    ),
    st.builds(Reflected, on=st.sampled_from(["s", "x"]), answers=st.just({"q": "a"})),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Any events in any order, at any times, by anybody."""
    history = History()
    for event in draw(st.lists(EVENTS, max_size=30)):
        at = minutes(draw(st.integers(-10, 70)))
        history.add(event, at=at, by=draw(st.sampled_from(["ada", "grace"])))
    return history.entries


@given(histories(), st.integers(0, 30), st.integers(-10, 80))
def test_a_crash_between_any_two_events_changes_nothing(
    entries: list[Entry], place: int, now: int
) -> None:
    """What was folded before it, kept as JSON and folded on, is what is folded at once; time
    never grows, revisions never jump, what is handed in stays."""
    before = fold(VIEW, entries[:place])
    kept = msgspec.json.decode(msgspec.json.encode(before.state), type=Exams)
    for entry in entries[place:]:
        earlier = msgspec.json.decode(msgspec.json.encode(kept), type=Exams)
        VIEW.step(kept, entry)
        for name, old in earlier.sittings.items():
            new = kept.sittings[name]
            assert new.left(minutes(now)) <= old.left(minutes(now))
            for question, draft in old.drafts.items():
                assert new.drafts[question].revision - draft.revision in (0, 1)
            if old.submitted_at is not None:
                assert (new.submitted_at, new.answers) == (old.submitted_at, old.answers)
    assert kept == fold(VIEW, entries).state
