"""A day's queue: what is asked today, in which order, and what the cap puts off.

1. What comes due before the day ends (04:00, her time) and was not reviewed today, by falling
   retrievability: what is most likely still known is saved first, the rest costs least by
   waiting.
2. New ones: first what evidence created, the oldest first; then the cards of modules that were
   started, in the order of starting, those of blocks that were read before the others.
3. What was reviewed today and comes again today, by the time it is due.

The cap is on different things a day, so coming again costs nothing. What it puts off stays due.
Neighbours are of different kin (module and block) wherever the order can be changed so.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from practicum.learner.memory.days import beginning_of, day_of, end_of
from practicum.learner.memory.deck import Deck
from practicum.learner.memory.memory import Memory
from practicum.learner.memory.recall import Recall, retrievability

T = TypeVar("T")


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A day's work, by names of prompts. ``now`` is what can be asked at once, in order;
    ``later`` comes again today, when it is due. ``postponed`` is due and beyond the cap;
    ``waiting`` new and beyond it. ``reviewed`` counts the different things reviewed today;
    ``leeches`` are those that keep being forgotten; ``missing`` cannot be asked, because no
    course on this machine has them."""

    day: dt.date
    ends: dt.datetime
    now: tuple[str, ...]
    later: tuple[str, ...]
    postponed: tuple[str, ...]
    waiting: tuple[str, ...]
    reviewed: int
    new: int
    leeches: tuple[str, ...]
    suspended: tuple[str, ...]
    missing: tuple[str, ...]


def queue_at(memory: Memory, deck: Deck, now: dt.datetime, zone: dt.tzinfo) -> Queue:
    """What is to be asked at ``now``."""
    day = day_of(now, zone)
    begins, ends = beginning_of(day, zone), end_of(day, zone)
    known = {name: each for name, each in memory.recalls.items() if name in deck}
    asked = {name: each for name, each in known.items() if name not in memory.suspended}
    due = {name: each for name, each in asked.items() if not each.is_new and each.due < ends}
    fresh = [name for name, each in due.items() if not each.was_reviewed_since(begins)]
    again = [name for name, each in due.items() if each.was_reviewed_since(begins)]
    fresh.sort(key=lambda name: (-retrievability(memory.model, due[name], now), name))
    again.sort(key=lambda name: (due[name].due, name))
    reviewed = [each for each in memory.recalls.values() if each.was_reviewed_since(begins)]
    introduced = sum(each.reviews[0][0] >= begins for each in reviewed)
    room = max(0, memory.per_day - len(reviewed))
    taken = fresh[:room]
    new = _new(memory, deck, asked, ends)
    room_for_new = max(0, min(room - len(taken), memory.new_per_day - introduced))
    at_once = [*taken, *new[:room_for_new], *(name for name in again if due[name].due <= now)]
    latest = memory.recalls.get(memory.latest)
    was_today = latest is not None and latest.was_reviewed_since(begins) and memory.latest in deck
    after = deck[memory.latest].kin if was_today else None
    return Queue(
        day=day,
        ends=ends,
        now=tuple(apart(at_once, lambda name: deck[name].kin, after=after)),
        later=tuple(name for name in again if due[name].due > now),
        postponed=tuple(fresh[room:]),
        waiting=tuple(new[room_for_new:]),
        reviewed=len(reviewed),
        new=min(room_for_new, len(new)),
        leeches=tuple(sorted(name for name, each in asked.items() if each.is_leech)),
        suspended=tuple(sorted(memory.suspended)),
        missing=tuple(sorted(set(memory.recalls) - set(deck) - memory.suspended)),
    )


def _new(memory: Memory, deck: Deck, asked: dict[str, Recall], ends: dt.datetime) -> list[str]:
    """Everything that could be asked for the first time before the day ends, in order."""
    created = [name for name, each in asked.items() if each.is_new and each.due < ends]
    created.sort(key=lambda name: (asked[name].due, name))
    started = {module: place for place, module in enumerate(memory.started)}
    written = [
        prompt
        for name, prompt in deck.items()
        if prompt.origin == "card"
        and prompt.module in started
        and name not in memory.recalls
        and name not in memory.suspended
    ]
    written.sort(key=lambda p: (started[p.module], p.block not in memory.read.get(p.module, ())))
    return [*created, *(prompt.name for prompt in written)]


def apart(items: Sequence[T], kin: Callable[[T], object], *, after: object = None) -> list[T]:
    """The items with as few neighbours of one kin as can be, else in their order; the first
    follows one of the kin ``after``.

    The first of another kin than the last is taken; but a kin that makes up more than half of
    what is left has its turn at once, or its last ones would stand together.
    """
    left = list(items)
    count = Counter(map(kin, left))
    ordered: list[T] = []
    last = after
    while left:
        most, times = count.most_common(1)[0]
        if 2 * times > len(left) and most != last:
            place = next(n for n, each in enumerate(left) if kin(each) == most)
        else:
            place = next((n for n, each in enumerate(left) if kin(each) != last), 0)
        taken = left.pop(place)
        last = kin(taken)
        count[last] -= 1
        ordered.append(taken)
    return ordered
