"""What comes due in the next days, if nothing but what is known now is counted.

A review moves its card to another day, which no forecast can know before: it tells what waits,
and grows by what will be answered.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec

from practicum.learner.memory.days import beginning_of, day_of
from practicum.learner.memory.deck import Deck
from practicum.learner.memory.memory import Memory


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A day: so many come ``due`` (today: with all that is overdue), so many of them and of
    those left over are ``asked`` under the cap, and ``left`` wait for the day after."""

    day: dt.date
    due: int
    asked: int
    left: int


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The load before and after something is changed; ``moved`` have another day then."""

    before: tuple[Load, ...]
    after: tuple[Load, ...]
    moved: int


def forecast(
    memory: Memory, deck: Deck, now: dt.datetime, zone: dt.tzinfo, *, days: int = 14
) -> tuple[Load, ...]:
    """The load of ``days`` days, today's first. New cards are not in it."""
    today = day_of(now, zone)
    begins = beginning_of(today, zone)
    days_of = _days(memory, deck, zone)
    due = Counter(max(today, day) for day in days_of.values())
    reviewed = {n for n, each in memory.recalls.items() if each.was_reviewed_since(begins)}
    again = sum(days_of.get(name) == today for name in reviewed)  # coming again costs no room
    room, left = again + max(0, memory.per_day - len(reviewed)), 0
    loads = []
    for number in range(days):
        day = today + dt.timedelta(days=number)
        waiting = left + due[day]
        asked = min(waiting, room)
        left, room = waiting - asked, memory.per_day
        loads.append(Load(day=day, due=due[day], asked=asked, left=left))
    return tuple(loads)


def change(
    before: Memory,
    after: Memory,
    deck: Deck,
    now: dt.datetime,
    zone: dt.tzinfo,
    *,
    days: int = 14,
) -> Change:
    """What a change would do, which nobody has made yet."""
    old, new = _days(before, deck, zone), _days(after, deck, zone)
    return Change(
        before=forecast(before, deck, now, zone, days=days),
        after=forecast(after, deck, now, zone, days=days),
        moved=sum(new[name] != day for name, day in old.items()),
    )


def busiest(loads: Sequence[Load]) -> int:
    """The most that come due on one day."""
    return max((each.due for each in loads), default=0)


def _days(memory: Memory, deck: Deck, zone: dt.tzinfo) -> dict[str, dt.date]:
    """The day on which each is due that was reviewed, is not suspended and can be asked."""
    return {
        name: day_of(each.due, zone)
        for name, each in memory.recalls.items()
        if not each.is_new and name not in memory.suspended and name in deck
    }
