"""What is remembered follows from the recorded reviews and the parameters, and nothing else."""

from __future__ import annotations

import datetime as dt

import fsrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.events import (
    AnswerGraded,
    AnyEvent,
    CardReviewed,
    CardSuspended,
    ExamStarted,
    HintTaken,
    LabChecked,
    MemoryTuned,
    ModuleStarted,
    QuestionAnswered,
)
from practicum.learner.memory.memory import Memory, MemoryView
from practicum.learner.memory.names import origin_of
from practicum.learner.memory.recall import DEFAULTS, LAPSES_OF_A_LEECH, retrievability
from practicum.learner.record import fold, fold_on
from worlds.memories import DAY, LAB, NOON, OTHERS, entries, histories, memory_of

Told = list[tuple[dt.datetime, AnyEvent]]
CARD = "card:c/one-1"


def reviews(*ratings: int, every: dt.timedelta = DAY, card: str = CARD) -> Told:
    """One review after another."""
    return [
        (NOON + n * every, CardReviewed(card=card, rating=rating))
        for n, rating in enumerate(ratings)
    ]


def tuned(parameters: tuple[float, ...], retention: float = 0.9) -> MemoryTuned:
    """Other parameters."""
    return MemoryTuned(
        parameters=parameters, retention=retention, reviews=2000, loss_before=0.4, loss_after=0.3
    )


def failed(*checks: str, blame: str = "learner") -> LabChecked:
    """A lab that was checked and did not pass."""
    return LabChecked(lab=LAB, verdict="fail", blame=blame, failed=checks)


PASSED = LabChecked(lab=LAB, verdict="pass")


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 100_000)), min_size=1, max_size=15))
def test_due_dates_are_those_of_fsrs(steps: list[tuple[int, int]]) -> None:
    """Review by review, as the library itself schedules a card without chance."""
    model = fsrs.Scheduler(desired_retention=0.9, enable_fuzzing=False)
    card, at, told = fsrs.Card(card_id=1, due=NOON), NOON, []
    for rating, minutes in steps:
        at += dt.timedelta(minutes=minutes)
        card, _ = model.review_card(card, fsrs.Rating(rating), at)
        told.append((at, CardReviewed(card=CARD, rating=rating)))
    recall = memory_of(told).recalls[CARD]
    assert recall.due == card.due
    assert (recall.stability, recall.difficulty) == (card.stability, card.difficulty)
    later = at + dt.timedelta(days=10)
    assert retrievability(model, recall, later) == pytest.approx(
        model.get_card_retrievability(card, later)
    )


@given(histories(), st.data())
def test_cards_do_not_depend_on_each_other(told: Told, data: st.DataObject) -> None:
    """However the reviews of different cards are interleaved, each card's own are what counts."""
    chosen = [(at, each) for at, each in told if isinstance(each, CardReviewed)]
    shuffled = data.draw(st.permutations(chosen))
    by_card = sorted(shuffled, key=lambda pair: (pair[1].card, chosen.index(pair)))
    assert memory_of(by_card).recalls == memory_of(chosen).recalls


@given(histories(), st.integers(0, 40))
def test_when_parameters_were_tuned_does_not_matter(told: Told, place: int) -> None:
    """All reviews count under the parameters that hold at last: two records with the same
    reviews have the same due dates."""
    plain = [(at, each) for at, each in told if not isinstance(each, MemoryTuned | LabChecked)]
    change = (NOON, tuned(OTHERS, 0.8))
    early = memory_of([change, *plain])
    anywhere = memory_of([*plain[:place], change, *plain[place:]])
    assert anywhere.recalls == early.recalls


@given(histories(), st.integers(0, 40))
def test_a_fold_may_be_interrupted_and_kept(told: Told, place: int) -> None:
    """The state survives as JSON, and goes on where it was."""
    whole, view = entries(told), MemoryView()
    kept = msgspec.json.encode(fold(view, whole[:place]).state)
    resumed = fold(view, whole[:place])
    resumed.state = msgspec.json.decode(kept, type=Memory)
    assert fold_on(view, resumed, whole[place:]).state == fold(view, whole).state


@given(histories())
def test_no_card_is_lost(told: Told) -> None:
    """Whatever was reviewed or created by evidence stays, with every review of it."""
    recalls = memory_of(told).recalls
    said = [each.card for _, each in told if isinstance(each, CardReviewed)]
    for card in said:
        assert len(recalls[card].reviews) >= said.count(card)
    for name, recall in recalls.items():
        origin_of(name)
        times = [at for at, _ in recall.reviews]
        assert times == sorted(times)
        assert recall.is_new or recall.due > times[-1]


def test_a_clock_that_goes_back_moves_no_due_date_back() -> None:
    """The second review counts as made when the first was."""
    told = [*reviews(4), (NOON - DAY, CardReviewed(card=CARD, rating=3))]
    first, second = memory_of(told[:1]).recalls[CARD], memory_of(told).recalls[CARD]
    assert second.last == NOON
    assert second.due >= first.due


def test_parameters_that_fsrs_does_not_allow_change_nothing() -> None:
    """A record that was edited is still one that can be read."""
    told = reviews(3, 3, 3)
    memory = memory_of([*told, (NOON, tuned((1.0, 2.0)))])
    assert memory.parameters == DEFAULTS
    assert memory.recalls == memory_of(told).recalls


def test_a_leech_was_forgotten_eight_times() -> None:
    """Lapses count only what had been learnt before."""
    told = reviews(1, 1, 1, 4, *(1, 4) * (LAPSES_OF_A_LEECH - 1), every=3 * DAY)
    recall = memory_of(told).recalls[CARD]
    assert recall.lapses == LAPSES_OF_A_LEECH - 1
    assert not recall.is_leech
    more = [*told, (NOON + 90 * DAY, CardReviewed(card=CARD, rating=1))]
    assert memory_of(more).recalls[CARD].is_leech


def test_a_wrong_answer_comes_back_and_a_right_one_does_not() -> None:
    """The question is new until it is asked in a review."""
    answers = [
        QuestionAnswered(module="c/one", question=q, answer=0, points=points, of=2)
        for q, points in (("right", 2), ("half", 1), ("wrong", 0))
    ]
    recalls = memory_of([(NOON, each) for each in answers]).recalls
    assert sorted(recalls) == ["question:c/half", "question:c/wrong"]
    assert all(each.is_new and each.due == NOON for each in recalls.values())


def test_a_wrong_answer_of_an_exam_comes_back_by_the_exams_name() -> None:
    """Its question stands in the paper of that exam."""
    started = ExamStarted(
        sitting="s",
        exam="data-consistency",
        paper_sha256="",
        seed=1,
        questions=("q",),
        deadline=NOON,
    )
    wrong = AnswerGraded(sitting="s", question="q", points=0, of=1, grader="machine")
    assert list(memory_of([(NOON, started), (NOON, wrong)]).recalls) == [
        "question:exam:data-consistency/q"
    ]


def test_a_failed_check_comes_back_the_day_after() -> None:
    """If it was the learner's fault, and once however often it fails that day."""
    told: Told = [(NOON, failed("test_a")), (NOON, failed("test_a", blame="machine"))]
    assert memory_of(told[1:]).recalls == {}
    recall = memory_of([*told, (NOON + DAY / 4, failed("test_a"))]).recalls[f"check:{LAB}/test_a"]
    assert recall.is_new
    assert recall.due == NOON + DAY


def test_a_lab_is_a_review_of_its_checks() -> None:
    """Passing when they are due recalls them; passing on the same day does not; failing again
    forgets them."""
    name = f"check:{LAB}/test_a"
    told: Told = [(NOON, failed("test_a")), (NOON + DAY / 8, PASSED)]
    assert memory_of(told).recalls[name].is_new
    told += [(NOON + 2 * DAY, PASSED)]
    assert [rating for _, rating in memory_of(told).recalls[name].reviews] == [3]
    told += [(NOON + 3 * DAY, failed("test_a"))]
    assert [rating for _, rating in memory_of(told).recalls[name].reviews] == [3, 1]


def test_a_hint_that_was_needed_comes_back() -> None:
    """The day after, under the lab's id and the hint's number."""
    memory = memory_of([(NOON, HintTaken(lab=LAB, number=2))])
    assert memory.recalls[f"hint:{LAB}/2"].due == NOON + DAY


def test_what_she_sets_is_kept() -> None:
    """Suspended cards, modules in the order in which they were started."""
    told: Told = [
        (NOON, CardSuspended(card=CARD)),
        (NOON, ModuleStarted(module="c/two")),
        (NOON, ModuleStarted(module="c/one")),
    ]
    memory = memory_of(told)
    assert memory.suspended == {CARD}
    assert list(memory.started) == ["c/two", "c/one"]
    again = memory_of([*told, (NOON, CardSuspended(card=CARD, suspended=False))])
    assert again.suspended == set()


def test_what_is_no_card_is_named() -> None:
    """With what an id begins with."""
    with pytest.raises(ValueError, match=r"is no card: one begins with card:, question:"):
        origin_of("cards:c/x")
