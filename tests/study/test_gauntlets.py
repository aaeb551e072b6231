"""A gauntlet at a desk: asked, marked, and recorded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from practicum.labs.finding import CannotBeUsed
from practicum.learner.events import CardReviewed, GauntletEnded, ModuleStarted, QuestionAnswered
from practicum.learner.exam.sheet import sheet
from practicum.learner.record import Record
from practicum.study import gauntlets
from practicum.study.desk import Desk
from practicum.study.gauntlets import GauntletRefused, gauntlet
from practicum.study.marking import Given
from practicum.study.reviews import Reviews
from study.desks import Clock
from worlds.memories import BERLIN, NOON
from worlds.study_course import MODULE, cannot_run, desk_at, record, runs_well

__all__ = ["record"]


@pytest.fixture
def clock() -> Clock:
    """It stands at noon."""
    return Clock(NOON)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, record: Record) -> Desk:
    """A learner who has done nothing yet."""
    return desk_at(tmp_path, clock, record)


def say(desk: Desk, tier: int, question: str, said: str) -> gauntlets.Answered:
    """Answer one question."""
    return gauntlets.answer(desk, MODULE, tier, question, Given(said=said), runs_well)


def letter_of(desk: Desk, tier: int, question: str, text: str) -> str:
    """How a choice is called in the variant that is asked."""
    items = gauntlet(desk, MODULE, tier).items
    offered = sheet(next(each for each in items if each.id == question)).offered
    return next(each.label for each in offered if each.text == text)


def kinds(desk: Desk) -> list[str]:
    """What was recorded, by its kind."""
    return [type(each.event).__name__ for each in desk.record.read(desk.person)]


def test_a_tier_is_asked_answered_and_ended(desk: Desk) -> None:
    """The last answer ends it, in the same append; then the next tier is open."""
    assert [each.id for each in gauntlet(desk, MODULE).items] == ["word", "pick"]
    first = say(desk, 1, "word", "x")
    assert (first.marked.points, first.ended) == (10, None)
    with pytest.raises(GauntletRefused, match="tier 2 opens when tier 1 is passed, with 70%"):
        gauntlet(desk, MODULE, 2)
    last = say(desk, 1, "pick", letter_of(desk, 1, "pick", "that"))
    assert last.ended == GauntletEnded(module=MODULE, tier=1, points=10, of=11)
    assert last.passed
    assert last.marked.misjudged == ("that: It is not.",)
    assert kinds(desk) == ["ModuleStarted", "QuestionAnswered", "QuestionAnswered", "GauntletEnded"]
    found = gauntlet(desk, MODULE)
    assert found.tier is not None
    assert (found.tier.tier, [each.id for each in found.items]) == (2, ["sum", "code"])


def test_a_question_is_answered_once_in_an_attempt(desk: Desk) -> None:
    """Whichever terminal was first; then it is asked anew, as another variant."""
    say(desk, 1, "word", "wrong")
    with pytest.raises(GauntletRefused, match="word is answered already in this attempt"):
        say(desk, 1, "word", "x")
    assert not say(desk, 1, "pick", "A").passed
    again = gauntlet(desk, MODULE)
    assert again.tier is not None
    assert again.tier.attempt == 2
    assert [each.seed for each in again.items] == [2, 2]
    assert say(desk, 1, "word", "x").marked.points == 10


def test_somebody_faster_is_read_and_decided_on_again(desk: Desk) -> None:
    """The answer is recorded behind what came between."""

    class Racing:
        """A record to which another terminal writes just before the first append."""

        raced = False

        def __getattr__(self, name: str) -> Any:
            return getattr(desk.record, name)

        def append(self, *args: Any, **kwargs: Any) -> Any:
            if not self.raced:
                self.raced = True
                desk.note(ModuleStarted(module="c/other"))
            return desk.record.append(*args, **kwargs)

    racing = msgspec.structs.replace(desk, record=Racing())
    gauntlets.answer(racing, MODULE, 1, "word", Given(said="x"), cannot_run)
    assert kinds(desk) == ["ModuleStarted", "ModuleStarted", "QuestionAnswered"]


def test_what_was_wrong_comes_back_and_is_reviewed_by_later_answers(
    desk: Desk, clock: Clock
) -> None:
    """The gauntlet creates what the reviews ask; once that was reviewed, an answer in the
    gauntlet is a review, too."""
    name = "question:c/word"
    say(desk, 1, "word", "wrong")
    assert kinds(desk).count("CardReviewed") == 0
    reviews = Reviews(desk, BERLIN)
    assert name in reviews.queue().now
    reviews.answer_question(name, Given(said="x", seconds=5), cannot_run)
    say(desk, 1, "pick", "A")
    clock.advance(days=2)
    say(desk, 1, "word", "x")
    reviewed = [e.event for e in desk.record.read("ada") if isinstance(e.event, CardReviewed)]
    assert [(each.card, each.rating) for each in reviewed] == [(name, 4), (name, 3)]


def test_the_next_attempt_at_what_was_not_reviewed_yet_is_no_review(desk: Desk) -> None:
    """Whoever has just read why knows it; that says nothing of her memory."""
    for question in ("word", "pick"):
        say(desk, 1, question, "wrong" if question == "word" else "A")
    say(desk, 1, "word", "x")
    assert "CardReviewed" not in kinds(desk)
    assert Reviews(desk, BERLIN).times("question:c/word") == 0


def test_a_design_is_graded_by_its_learner(desk: Desk) -> None:
    """And the record says so."""
    say(desk, 1, "word", "x")
    say(desk, 1, "pick", letter_of(desk, 1, "pick", "this"))
    number = gauntlet(desk, MODULE, 2).items[0].values["a"] + 1
    say(desk, 2, "sum", str(number))
    assert say(desk, 2, "code", "f = 1").passed
    given = Given(said="so", levels={"limits": 2, "words": 1})
    told = gauntlets.answer(desk, MODULE, 4, "plan", given, cannot_run)
    assert told.ended == GauntletEnded(module=MODULE, tier=4, points=10, of=10)
    last = [e.event for e in desk.record.read("ada") if isinstance(e.event, QuestionAnswered)][-1]
    assert (last.grader, last.answer) == ("self", "so")
    done = gauntlet(desk, MODULE)
    assert (done.tier, done.gauntlet.is_passed, done.gauntlet.mastery) == (None, True, 1.0)
    assert gauntlet(desk, MODULE, 1).tier is not None


def test_what_is_not_asked_is_refused_by_name(desk: Desk) -> None:
    """A tier, a question and a module that are not there."""
    with pytest.raises(GauntletRefused, match="has no tier 3: it has 1, 2, 4"):
        gauntlet(desk, MODULE, 3)
    with pytest.raises(GauntletRefused, match="has no question 'wird': did you mean word"):
        say(desk, 1, "wird", "x")
    with pytest.raises(CannotBeUsed, match="c/two has no gauntlet yet"):
        gauntlet(desk, "c/two")
    assert kinds(desk) == []
