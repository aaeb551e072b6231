"""Sixty days of a learner whose memory is known: she forgets by a fixed curve."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

import msgspec

from practicum.learner.events import CardReviewed, ModuleStarted
from practicum.study.reviews import Reviews
from study.desks import Clock
from worlds.memories import BERLIN, NOON
from worlds.study_course import MODULE, desk_at, write_course

DAYS, CARDS, PER_DAY, NEW = 60, 120, 25, 6


class Mind(msgspec.Struct):
    """What she really knows of a card: recalled with exp(-days/strength)."""

    strength: float = 2.5
    learnt: float = 0.0

    def recall(self, day: float, chance: random.Random) -> bool:
        """Whether she knows it now; knowing makes it stronger, looking it up makes it fresh."""
        knows = chance.random() < math.exp(-(day - self.learnt) / self.strength)
        self.strength = self.strength * 2.4 if knows else max(1.5, self.strength * 0.6)
        self.learnt = day
        return knows


def test_sixty_days_of_reviews_keep_what_was_learnt(tmp_path: Path) -> None:
    """Every card comes up, no day exceeds the cap, each day brings what the evening before
    foretold, and at the end she knows most of what she learnt for far fewer reviews than daily
    ones would take."""
    clock, chance = Clock(NOON.replace(hour=7)), random.Random(11)
    courses = write_course(tmp_path / "courses", cards=CARDS)
    desk = desk_at(tmp_path, clock, courses=courses)
    desk.note(ModuleStarted(module=MODULE))
    reviews = Reviews(desk, BERLIN)
    reviews.cap(PER_DAY, NEW)
    minds: dict[str, Mind] = {}
    answered, known, due_tomorrow = 0, 0, 0
    for day in range(DAYS):
        clock.at = NOON.replace(hour=7)
        clock.advance(days=day)
        morning = reviews.queue()
        assert reviews.forecast(1)[0].due == due_tomorrow
        assert len(morning.now) - morning.new + len(morning.postponed) == due_tomorrow
        asked: Counter[str] = Counter()
        while (name := reviews.next()) is not None:
            mind, now = minds.setdefault(name, Mind()), (clock.at - NOON).total_seconds() / 86400
            first = not asked[name] and reviews.times(name) > 0
            knows = mind.recall(now, chance)
            answered, known = answered + first, known + (first and knows)
            reviews.answer(name, 3 if knows else 1, asked=reviews.times(name), seconds=8)
            asked[name] += 1
            clock.advance(seconds=20)
        assert len(asked) <= PER_DAY
        assert sum(reviews.times(each) == times for each, times in asked.items()) <= NEW
        due_tomorrow = sum(each.due for each in reviews.forecast(2))
    queue, end = reviews.queue(), (clock.at - NOON).total_seconds() / 86400
    assert len(minds) == CARDS
    assert not queue.waiting
    recalled = [math.exp(-(end - each.learnt) / each.strength) for each in minds.values()]
    assert sum(recalled) / CARDS > 0.85
    assert 0.75 < known / answered < 0.97
    total = sum(isinstance(each.event, CardReviewed) for each in desk.record.read("ada"))
    assert total == reviews.memory.reviews
    assert total < CARDS * DAYS / 4
    assert Reviews(desk, BERLIN).memory == reviews.memory
