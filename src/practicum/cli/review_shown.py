"""How reviews are shown in the terminal: days, the queue, the load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rich.text import Text

from practicum.cli.screen import out
from practicum.learner.memory.days import day_of
from practicum.learner.memory.forecast import Change, Load, busiest
from practicum.learner.memory.queue import Queue
from practicum.study.reviews import Reviews

BAR_COLUMNS = 40
FRONT_COLUMNS = 70
NOTHING_YET = (
    "there is nothing to remember yet: `practicum read MODULE` begins a module, whose cards come "
    "up from then on; `practicum next` tells which"
)


def when(due: dt.datetime, reviews: Reviews) -> str:
    """A moment as a person says it: minutes today, else the day."""
    now, zone = reviews.desk.now(), reviews.zone
    days = (day_of(due, zone) - day_of(now, zone)).days
    if days > 1:
        return f"in {days} days, on {day_of(due, zone)}"
    if days == 1:
        return "tomorrow"
    minutes = round((due - now) / dt.timedelta(minutes=1))
    if minutes > 90:
        return f"today at {due.astimezone(zone):%H:%M}"
    return f"in {minutes} minute{'s' if minutes != 1 else ''}" if minutes > 0 else "now"


def summary(queue: Queue) -> str:
    """A line on what today holds."""
    told = [f"{len(queue.now)} to review now" + (f", {queue.new} of them new" * bool(queue.new))]
    if queue.later:
        told.append(f"{len(queue.later)} again later today")
    if queue.postponed:
        told.append(f"{len(queue.postponed)} due and put off by the cap")
    if queue.waiting:
        told.append(f"{len(queue.waiting)} new ones wait")
    if queue.reviewed:
        told.append(f"{queue.reviewed} reviewed today")
    return "; ".join(told)


def print_queue(reviews: Reviews, queue: Queue) -> None:
    """The queue, one line each, and what is beside it."""
    if not reviews.has_begun:
        out.print(NOTHING_YET, markup=False)
        return
    out.print(summary(queue), markup=False)
    for name in queue.now:
        front = " ".join(reviews.front(name).split())
        shown = front if len(front) <= FRONT_COLUMNS else f"{front[: FRONT_COLUMNS - 1]}…"
        mark = "new" if reviews.times(name) == 0 else ""
        out.print(Text.assemble((f"{mark:3} ", "bold"), f"{name}  ", (shown, "dim")))
    print_beside(queue)


def print_beside(queue: Queue) -> None:
    """Leeches, and what cannot be asked."""
    if queue.leeches:
        names = ", ".join(queue.leeches)
        out.print(
            f"forgotten again and again: {names}. Learn it in another way, or suspend it",
            markup=False,
        )
    if queue.missing:
        names = ", ".join(queue.missing)
        out.print(f"kept, but no course on this machine has it: {names}", markup=False)


def print_load(loads: Sequence[Load]) -> None:
    """A bar for each day."""
    out.print(Text("what comes due, without new ones:", "dim"))
    top = max(1, busiest(loads))
    for each in loads:
        bar = "█" * round(each.due / top * BAR_COLUMNS)
        over = f"  {each.left} left over" if each.left else ""
        out.print(Text.assemble(f"{each.day:%a %d %b}  ", (bar, "cyan"), f" {each.due}{over}"))


def print_change(change: Change) -> None:
    """The load of each day before and after."""
    out.print("day          due        left over", markup=False)
    for old, new in zip(change.before, change.after, strict=True):
        due = f"{old.due} -> {new.due}" if old.due != new.due else f"{new.due}"
        left = f"{old.left} -> {new.left}" if old.left != new.left else f"{new.left}"
        out.print(f"{old.day:%a %d %b}   {due:10} {left}", markup=False)
