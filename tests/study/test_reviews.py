"""Reviews at a desk: recorded at once, once, and in the right place."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from pathlib import Path

import msgspec
import pytest

from practicum.labs.finding import CannotBeUsed
from practicum.learner.events import (
    AnswerGraded,
    CardReviewed,
    ExamStarted,
    HintTaken,
    LabChecked,
    ModuleStarted,
    QuestionAnswered,
)
from practicum.learner.exam.refusal import BadAnswer
from practicum.learner.memory.recall import DEFAULTS
from practicum.learner.memory.tuning import Tuning
from practicum.learner.record import Record, RecordError
from practicum.study.desk import Desk
from practicum.study.marking import Given, NotMarkedYet
from practicum.study.reviews import AnsweredElsewhere, ReviewRefused, Reviews
from study.desks import Clock
from worlds.memories import BERLIN, NOON
from worlds.study_course import MODULE, cannot_run, desk_at, record, runs_well

__all__ = ["record"]

CARD, WORD = "card:c/card-0", "question:c/word"


@pytest.fixture
def clock() -> Clock:
    """It stands at noon."""
    return Clock(NOON)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, record: Record) -> Desk:
    """Of somebody who has started the module."""
    found = desk_at(tmp_path, clock, record)
    found.note(ModuleStarted(module=MODULE))
    return found


@pytest.fixture
def reviews(desk: Desk) -> Reviews:
    """Her reviews."""
    return Reviews(desk, BERLIN)


def recorded(desk: Desk, kind: type) -> list[object]:
    """Events of a kind, in order."""
    return [each.event for each in desk.record.read(desk.person) if isinstance(each.event, kind)]


def test_an_answer_is_in_the_record_when_it_returns(desk: Desk, reviews: Reviews) -> None:
    """With when it is due again; another terminal sees it."""
    told = reviews.answer(CARD, 4, seconds=3)
    assert told.due > NOON + dt.timedelta(days=1)
    assert recorded(desk, CardReviewed) == [CardReviewed(card=CARD, rating=4, seconds=3)]
    assert Reviews(desk, BERLIN).memory.recalls[CARD].due == told.due
    assert CARD not in Reviews(desk, BERLIN).queue().now


def test_two_terminals_that_answer_the_same_count_once(desk: Desk, reviews: Reviews) -> None:
    """The same rating is found; another one is refused and named."""
    other = Reviews(desk, BERLIN)
    asked = other.times(CARD)
    first = reviews.answer(CARD, 3, asked=asked)
    assert other.answer(CARD, 3, asked=asked) == first
    with pytest.raises(AnsweredElsewhere, match="card-0 was answered in another terminal"):
        other.answer(CARD, 1, asked=asked)
    assert len(recorded(desk, CardReviewed)) == 1


def test_many_terminals_at_once_count_once(desk: Desk) -> None:
    """Eight threads, one showing: one answer stands."""
    barrier, refused = threading.Barrier(8), []

    def answer(rating: int) -> None:
        mine = Reviews(desk, BERLIN)
        barrier.wait()
        try:
            mine.answer(CARD, rating, asked=0)
        except AnsweredElsewhere as error:
            refused.append(error)

    threads = [threading.Thread(target=answer, args=(1 + n % 4,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (only,) = recorded(desk, CardReviewed)
    assert isinstance(only, CardReviewed)
    assert len(refused) == 6  # those with the rating that counts found it recorded


def test_what_is_not_due_is_refused_unless_early(reviews: Reviews, clock: Clock) -> None:
    """With the day; a script that runs twice does not review twice."""
    reviews.answer(CARD, 4)
    with pytest.raises(ReviewRefused, match=r"is not due before 2026-03-10: add --early"):
        reviews.answer(CARD, 4)
    assert reviews.answer(CARD, 4, early=True).due > NOON
    clock.advance(days=60)
    assert reviews.answer(CARD, 4).rating == 4


def test_cards_that_are_not_there_are_told_apart(desk: Desk, reviews: Reviews) -> None:
    """A slip of the pen, and a card whose course is gone."""
    with pytest.raises(ReviewRefused, match="did you mean card:c/card-0"):
        reviews.answer("card:c/crad-0", 3)
    with pytest.raises(ReviewRefused, match="`practicum review queue` lists today's"):
        reviews.answer("nonsense", 3)
    desk.note(CardReviewed(card="card:gone/away", rating=3))
    again = Reviews(desk, BERLIN)
    with pytest.raises(ReviewRefused, match="no course on this machine has it"):
        again.answer("card:gone/away", 3)
    assert again.queue().missing == ("card:gone/away",)


def test_a_question_is_marked_and_rated(desk: Desk, reviews: Reviews, clock: Clock) -> None:
    """By its points and her time; both the answer and the review stand in the record."""
    wrong = QuestionAnswered(module=MODULE, question="word", answer="y", points=0, of=10)
    desk.note(wrong)
    reviews = Reviews(desk, BERLIN)
    assert WORD in reviews.queue().now
    told = reviews.answer_question(WORD, Given(said="X", seconds=10), cannot_run)
    assert (told.marked.points, told.reviewed.rating) == (10, 4)
    (_, answered), (reviewed,) = recorded(desk, QuestionAnswered), recorded(desk, CardReviewed)
    assert isinstance(answered, QuestionAnswered)
    assert (answered.answer, answered.points, answered.tier) == ("X", 10, 0)
    assert reviewed == CardReviewed(card=WORD, rating=4, source="question", seconds=10)


def test_a_question_comes_back_as_another_variant(desk: Desk) -> None:
    """With other values, and the key that belongs to them."""
    name = "question:c/sum"
    desk.note(QuestionAnswered(module=MODULE, question="sum", answer=0, points=0, of=1, seed=4))
    reviews = Reviews(desk, BERLIN)
    texts = []
    for _ in range(4):
        item = reviews.item(name)
        assert item is not None
        texts.append(item.text)
        right = int(item.values["a"]) + 1
        told = reviews.answer_question(name, Given(said=str(right)), cannot_run, early=True)
        assert told.marked.points == 1
    assert all(one != other for one, other in itertools.pairwise(texts))


def test_an_answer_of_another_shape_counts_for_nothing(desk: Desk) -> None:
    """It is told what was expected, and nothing is recorded."""
    desk.note(QuestionAnswered(module=MODULE, question="pick", answer=1, points=0, of=1))
    reviews = Reviews(desk, BERLIN)
    before = len(list(desk.record.read(desk.person)))
    with pytest.raises(BadAnswer, match="expected one letter, A to B"):
        reviews.answer_question("question:c/pick", Given(said="perhaps"), cannot_run)
    with pytest.raises(ReviewRefused, match="is no question: rate it yourself"):
        reviews.answer_question(CARD, Given(said="x"), cannot_run)
    assert len(list(desk.record.read(desk.person))) == before


def test_what_no_machine_can_mark_she_marks_herself(desk: Desk) -> None:
    """Designs by their rubric; code where it cannot be run; each is said before."""
    for question in ("code", "plan"):
        desk.note(QuestionAnswered(module=MODULE, question=question, answer="", points=0, of=1))
    reviews = Reviews(desk, BERLIN)
    with pytest.raises(NotMarkedYet, match="say whether it is right"):
        reviews.answer_question("question:c/code", Given(said="f = 1"), cannot_run)
    told = reviews.answer_question("question:c/code", Given(said="f = 1", passed=True), cannot_run)
    assert (told.marked.points, told.marked.grader) == (1, "self")
    with pytest.raises(NotMarkedYet, match="a level for each criterion"):
        reviews.answer_question("question:c/plan", Given(said="so"), cannot_run)
    given = Given(said="so", levels={"limits": 1, "words": 1})
    told = reviews.answer_question("question:c/plan", given, cannot_run)
    assert (told.marked.points, told.marked.of, told.reviewed.rating) == (8, 10, 2)


def test_code_is_marked_by_running_it(desk: Desk) -> None:
    """Where the machine can; her own word does not count then."""
    desk.note(QuestionAnswered(module=MODULE, question="code", answer="", points=0, of=1))
    reviews = Reviews(desk, BERLIN)
    given = Given(said="f = 2", passed=True)
    told = reviews.answer_question("question:c/code", given, runs_well)
    assert (told.marked.points, told.marked.grader) == (0, "machine")


def test_the_next_one_leaves_out_what_was_skipped(reviews: Reviews) -> None:
    """Until nothing else is left; then in the order of skipping."""
    reviews.cap(3, 3)
    first = reviews.next()
    assert first is not None
    second = reviews.next([first])
    third = reviews.next([first, str(second)])
    assert len({first, second, third}) == 3
    assert reviews.next([first, str(second), str(third)]) == first
    assert reviews.next([str(third), first, str(second)]) == third


def test_what_comes_again_in_minutes_is_asked_when_nothing_else_is_left(
    reviews: Reviews, clock: Clock
) -> None:
    """And not when it takes longer."""
    reviews.cap(1, 1)
    first = reviews.next()
    assert first is not None
    reviews.answer(first, 1)
    assert reviews.next() == first
    reviews.answer(first, 4)
    assert reviews.next() is None


def test_a_cap_is_told_before_and_after(desk: Desk, reviews: Reviews) -> None:
    """Trying it changes nothing."""
    for number in range(6):
        reviews.answer(f"card:c/card-{number}", 1)
    tried = reviews.cap(2, 1, save=False)
    assert reviews.memory.per_day == 60
    told = reviews.cap(2, 1)
    assert told == tried
    assert told.before[0].left == 0
    assert (reviews.memory.per_day, reviews.memory.new_per_day) == (2, 1)
    entries = len(list(desk.record.read(desk.person)))
    reviews.cap(2, 1)
    assert len(list(desk.record.read(desk.person))) == entries


def test_a_suspended_card_is_out_until_it_is_brought_back(desk: Desk, reviews: Reviews) -> None:
    """Saying it twice records it once."""
    assert reviews.suspend(CARD)
    assert not reviews.suspend(CARD)
    assert CARD not in {*reviews.queue().now, *reviews.queue().waiting}
    with pytest.raises(ReviewRefused, match=r"suspend card:c/card-0 --off"):
        reviews.answer(CARD, 3)
    assert reviews.suspend(CARD, suspended=False)
    assert CARD in reviews.queue().now


def test_parameters_hold_only_when_they_are_used(reviews: Reviews, clock: Clock) -> None:
    """Then due dates are those of the new ones, and only then."""
    due = reviews.answer(CARD, 4).due
    better = Tuning(
        reviews=2000,
        held_out=400,
        loss_before=0.4,
        loss_after=0.3,
        parameters=(*DEFAULTS[:3], 20.0, *DEFAULTS[4:]),
    )
    assert reviews.tune(lambda histories: DEFAULTS).tuning.refused.startswith("there are 1 reviews")
    assert reviews.memory.recalls[CARD].due == due
    reviews.use(better)
    assert reviews.memory.recalls[CARD].due > due + dt.timedelta(days=10)
    with pytest.raises(ValueError, match="nothing to use"):
        reviews.use(msgspec.structs.replace(better, parameters=None))


def test_labs_leave_something_to_review(tmp_path: Path, clock: Clock) -> None:
    """A failed check and a hint of a lab of ours, in words, the day after."""
    courses = Path(__file__).parents[2] / "courses"
    desk = desk_at(tmp_path, clock, courses=courses)
    lab = "microservices/events/idempotent-payment"
    failed = ("test_no_card_is_charged_twice",)
    desk.note(
        LabChecked(lab=lab, verdict="fail", blame="learner", failed=failed),
        HintTaken(lab=lab, number=2),
    )
    assert Reviews(desk, BERLIN).queue().now == ()
    clock.advance(days=1)
    reviews = Reviews(desk, BERLIN)
    assert set(reviews.queue().now) == {f"check:{lab}/{failed[0]}", f"hint:{lab}/2"}
    shown = reviews.prompt(f"check:{lab}/{failed[0]}")
    assert "the check “no card is charged twice” failed" in shown.front
    assert "practicum lab check idempotent-payment --seed" in shown.back
    hint = reviews.prompt(f"hint:{lab}/2")
    assert "you took hint 2" in hint.front
    assert "The lab has no such hint" not in hint.back


def test_a_question_of_an_exam_comes_back_from_its_paper(tmp_path: Path, clock: Clock) -> None:
    """Wherever the paper lies; wrong again, it stays one card."""
    desk = desk_at(tmp_path, clock)
    paper = desk.folders[0] / "exams" / "final" / "exam.yaml"
    paper.parent.mkdir(parents=True)
    paper.write_text(
        "of: final\ntitle: F\nminutes: 10\npass_score: 70\n"
        "sections:\n  - title: S\n    questions:\n"
        "      - {id: q, kind: short, text: The word?, explain: It is x., accept: [x]}\n"
    )
    started = ExamStarted(
        sitting="s", exam="final", paper_sha256="", seed=1, questions=("q",), deadline=NOON
    )
    desk.note(started, AnswerGraded(sitting="s", question="q", points=0, of=1, grader="machine"))
    reviews, name = Reviews(desk, BERLIN), "question:exam:final/q"
    assert reviews.queue().now == (name,)
    reviews.answer_question(name, Given(said="y"), cannot_run)
    assert list(reviews.memory.recalls) == [name]
    assert Reviews(desk, BERLIN).queue().missing == ()


def test_what_another_terminal_adds_is_asked_here_too(tmp_path: Path, clock: Clock) -> None:
    """A module begun and a wrong answer given while this one is open."""
    desk = desk_at(tmp_path, clock)
    reviews = Reviews(desk, BERLIN)
    assert reviews.next() is None
    wrong = QuestionAnswered(module=MODULE, question="word", answer="y", points=0, of=10)
    desk.note(wrong)
    assert reviews.next() == WORD
    desk.note(ModuleStarted(module=MODULE))
    assert CARD in reviews.queue().now
    assert reviews.queue().missing == ()


def test_a_rating_is_one_of_four(reviews: Reviews, desk: Desk) -> None:
    """Whatever a program sends."""
    with pytest.raises(ReviewRefused, match="5 is no rating: 1 again"):
        reviews.answer(CARD, 5)
    assert recorded(desk, CardReviewed) == []


def test_files_that_cannot_be_used_are_told(tmp_path: Path, clock: Clock) -> None:
    """And nothing else is lost by them."""
    desk = desk_at(tmp_path, clock)
    desk.note(ModuleStarted(module=MODULE))
    (desk.folders[0] / "c" / "01-one" / "questions.yaml").write_text("questions: 7\n")
    reviews = Reviews(desk, BERLIN)
    assert "questions.yaml" in str(reviews.findings[0])
    assert len(reviews.queue().now) == 10


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path, clock: Clock) -> None:
    """Before anything is asked."""

    class Broken:
        def folded(self, view: object, person: str) -> None:
            raise RecordError("the record cannot be read")

    desk = msgspec.structs.replace(desk_at(tmp_path, clock), record=Broken())
    with pytest.raises(RecordError):
        Reviews(desk, BERLIN)
    assert issubclass(ReviewRefused, CannotBeUsed)
