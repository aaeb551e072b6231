"""A day's queue: what is asked, what the cap puts off, and the load of the days to come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from practicum.learner.events import (
    AnyEvent,
    BlockRead,
    CardReviewed,
    CardSuspended,
    ModuleStarted,
    QuestionAnswered,
    ReviewsCapped,
)
from practicum.learner.memory.days import beginning_of, day_of, end_of
from practicum.learner.memory.forecast import change, forecast
from practicum.learner.memory.queue import apart, queue_at
from practicum.learner.memory.recall import retrievability
from worlds.memories import (
    BERLIN,
    DAY,
    NOON,
    OTHERS,
    ZONES,
    histories,
    memory_of,
    small_deck,
)

Told = list[tuple[dt.datetime, AnyEvent]]
moments = st.integers(0, 40 * 24 * 60).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))
zones = st.sampled_from(ZONES).map(ZoneInfo)
caps = st.tuples(st.integers(1, 4), st.integers(0, 3))


@given(histories(), moments, zones, caps)
def test_the_queue_keeps_to_the_cap_and_loses_nothing(
    told: Told, now: dt.datetime, zone: ZoneInfo, cap: tuple[int, int]
) -> None:
    """What is due is in the queue or counted as put off; what is asked for the first time today
    fits under both caps; what is suspended or not on this machine is in neither."""
    memory, deck = memory_of(told).capped(*cap), small_deck()
    queue = queue_at(memory, deck, now, zone)
    begins, ends = beginning_of(day_of(now, zone), zone), end_of(day_of(now, zone), zone)
    done = {name for name, each in memory.recalls.items() if each.last and each.last >= begins}
    asked = set(queue.now) | set(queue.later)
    assert len(asked | done) <= max(memory.per_day, len(done))
    assert queue.reviewed == len(done)
    fresh = [name for name in queue.now if name not in memory.recalls or not done & {name}]
    new = [n for n in fresh if n not in memory.recalls or memory.recalls[n].is_new]
    introduced = sum(memory.recalls[name].reviews[0][0] >= begins for name in done)
    assert len(new) == queue.new
    assert len(new) + introduced <= max(memory.new_per_day, introduced)
    due = {
        name
        for name, each in memory.recalls.items()
        if each.reviews and each.due < ends and name in deck and name not in memory.suspended
    }
    told_of = [*queue.now, *queue.later, *queue.postponed, *queue.waiting]
    assert len(told_of) == len(set(told_of))
    assert due | set(new) | set(queue.waiting) == set(told_of)
    assert not set(told_of) & memory.suspended
    for name in set(memory.recalls) - set(told_of):
        accounted = name in queue.suspended or name in queue.missing
        assert accounted or memory.recalls[name].due >= ends


@given(histories(), moments)
def test_the_queue_is_a_function_of_record_and_moment(told: Told, now: dt.datetime) -> None:
    """Two terminals see the same."""
    deck = small_deck()
    first = queue_at(memory_of(told), deck, now, BERLIN)
    assert queue_at(memory_of(list(told)), deck, now, BERLIN) == first


@given(histories(), moments, zones, caps, st.integers(1, 60))
def test_the_forecast_sums_to_what_comes_due(
    told: Told, now: dt.datetime, zone: ZoneInfo, cap: tuple[int, int], days: int
) -> None:
    """Each day's own, today with all that is overdue; and nothing gets lost under the cap."""
    memory, deck = memory_of(told).capped(*cap), small_deck()
    loads = forecast(memory, deck, now, zone, days=days)
    end = beginning_of(day_of(now, zone) + days * DAY, zone)
    due = [
        name
        for name, each in memory.recalls.items()
        if each.reviews and each.due < end and name in deck and name not in memory.suspended
    ]
    assert sum(each.due for each in loads) == len(due)
    assert sum(each.asked for each in loads) + loads[-1].left == len(due)
    assert all(each.asked <= memory.per_day for each in loads[1:])
    assert [each.day for each in loads] == [
        day_of(now, zone) + number * DAY for number in range(days)
    ]
    queue = queue_at(memory, deck, now, zone)
    assert loads[0].left == len(queue.postponed)


@given(histories(), moments)
def test_a_change_is_told_before_it_is_made(told: Told, now: dt.datetime) -> None:
    """A cap moves nothing; other parameters move what has another day then; neither touches the
    memory that is asked."""
    memory, deck = memory_of(told), small_deck()
    kept = memory_of(told)
    capped = change(memory, memory.capped(1, 0), deck, now, BERLIN)
    assert capped.moved == 0
    assert [each.due for each in capped.before] == [each.due for each in capped.after]
    after = memory.tuned(OTHERS, 0.8)
    tuned = change(memory, after, deck, now, BERLIN, days=400)
    assert tuned.before == forecast(memory, deck, now, BERLIN, days=400)
    assert tuned.after == forecast(after, deck, now, BERLIN, days=400)
    assert memory == kept


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.sampled_from([None, *"abcd"]))
def test_kin_stand_apart_wherever_that_can_be(kins: list[str], after: str | None) -> None:
    """No two neighbours are kin unless one kin is too many to be parted."""
    items = list(enumerate(kins))
    ordered = apart(items, lambda each: each[1], after=after)
    assert sorted(ordered) == items
    line = [*([after] if after else []), *(kin for _, kin in ordered)]
    together = sum(one == other for one, other in pairwise(line))
    count = Counter(kins)
    can_be_parted = all(2 * times <= len(kins) + (kin != after) for kin, times in count.items())
    assert (together == 0) == can_be_parted


@given(st.lists(st.integers(0, 5), max_size=20, unique=True))
def test_what_is_apart_already_keeps_its_order(items: list[int]) -> None:
    """Nothing is moved without need."""
    assert apart(items, lambda each: each) == items


def reviewed(number: int, rating: int, at: dt.datetime) -> tuple[dt.datetime, AnyEvent]:
    """A card of module one, recalled."""
    return at, CardReviewed(card=f"card:c/one-{number}", rating=rating)


def test_the_overdue_come_by_falling_retrievability() -> None:
    """What is most likely still known first, before all that is new."""
    names = ("card:c/two-0", "card:c/one-3", "card:c/one-0", "card:c/two-3")
    told: Told = [
        (NOON + n * DAY, CardReviewed(card=name, rating=4)) for n, name in enumerate(names)
    ]
    told.append((NOON + 5 * DAY, ModuleStarted(module="c/two")))
    memory, now = memory_of(told), NOON + 40 * DAY
    queue = queue_at(memory, small_deck(), now, BERLIN)
    old = [memory.recalls[name] for name in queue.now[:4]]
    kept = [retrievability(memory.model, each, now) for each in old]
    assert set(queue.now[:4]) == set(names)
    assert kept == sorted(kept, reverse=True)
    assert all(name.startswith("card:c/two") for name in queue.now[4:])


def test_what_was_reviewed_today_uses_up_the_cap() -> None:
    """Of five that are due, one was reviewed under a cap of three: two are left, two wait; and
    there is no room for anything new."""
    told: Told = [reviewed(n, 4, NOON) for n in range(5)]
    later = NOON + 40 * DAY
    told += [
        (later, ReviewsCapped(per_day=3, new_per_day=3)),
        (later, ModuleStarted(module="c/two")),
        reviewed(0, 4, later),
    ]
    queue = queue_at(memory_of(told), small_deck(), later, BERLIN)
    assert (len(queue.now), len(queue.postponed), queue.new) == (2, 2, 0)
    assert len(queue.waiting) == 6
    assert {*queue.now, *queue.postponed} == {f"card:c/one-{n}" for n in range(1, 5)}


def test_only_modules_that_were_started_give_new_cards() -> None:
    """Wrong answers first, then cards in the order of starting, read blocks before others."""
    wrong = QuestionAnswered(module="c/one", question="q", answer=0, points=0, of=1)
    told: Told = [
        (NOON, BlockRead(module="c/two", block="b1")),
        (NOON, wrong),
        (NOON, ReviewsCapped(per_day=60, new_per_day=2)),
    ]
    queue = queue_at(memory_of(told), small_deck(), NOON, BERLIN)
    assert queue.now == ("question:c/q", "card:c/two-3")
    assert queue.waiting[:2] == ("card:c/two-4", "card:c/two-5")
    assert queue.waiting[2:] == ("card:c/two-0", "card:c/two-1", "card:c/two-2")


def test_what_comes_again_today_comes_last_and_costs_no_room() -> None:
    """A card that was failed a minute ago waits for its minute, under a cap of one."""
    told = [
        (NOON, ReviewsCapped(per_day=1, new_per_day=1)),
        reviewed(0, 1, NOON),
        (NOON, ModuleStarted(module="c/one")),
    ]
    deck = small_deck()
    queue = queue_at(memory_of(told), deck, NOON, BERLIN)
    assert (queue.now, queue.later) == ((), ("card:c/one-0",))
    queue = queue_at(memory_of(told), deck, NOON + dt.timedelta(minutes=2), BERLIN)
    assert (queue.now, queue.later) == (("card:c/one-0",), ())


def test_suspended_cards_are_not_asked_and_named() -> None:
    """New ones neither."""
    told = [
        reviewed(0, 1, NOON),
        (NOON, ModuleStarted(module="c/one")),
        (NOON, CardSuspended(card="card:c/one-0")),
        (NOON, CardSuspended(card="card:c/one-1")),
    ]
    queue = queue_at(memory_of(told), small_deck(), NOON + DAY, BERLIN)
    assert queue.suspended == ("card:c/one-0", "card:c/one-1")
    assert not {"card:c/one-0", "card:c/one-1"} & {*queue.now, *queue.waiting}


@given(moments, zones)
def test_every_moment_is_in_its_day(now: dt.datetime, zone: ZoneInfo) -> None:
    """Days have no gaps, and begin at four on the wall."""
    day = day_of(now, zone)
    assert beginning_of(day, zone) <= now < end_of(day, zone)
    assert beginning_of(day, zone).astimezone(zone).hour == 4
    assert end_of(day, zone) == beginning_of(day + DAY, zone)


def test_after_midnight_it_is_still_the_day_before() -> None:
    """By her clock and not by that of the machine; a day of 23 hours is one, too."""
    night = dt.datetime(2026, 3, 29, 1, 59, tzinfo=dt.UTC)  # 03:59 in summer time
    assert day_of(night, BERLIN) == dt.date(2026, 3, 28)
    assert day_of(night + dt.timedelta(minutes=1), BERLIN) == dt.date(2026, 3, 29)
    day = dt.date(2026, 3, 28)
    assert end_of(day, BERLIN) - beginning_of(day, BERLIN) == dt.timedelta(hours=23)
