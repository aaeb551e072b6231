"""What is overdue: modules that nobody went through for long, sources that were opened long ago,
and the rounds of upkeep that the library promises."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from practicum.authoring.linting import ModuleReport
from practicum.curriculum.stewardship import Stewardship

AGES = ("updated", "source-age")
"""The rules of the linter that find what has grown old."""


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """Something that should be renewed: where, why, and what to do."""

    what: str
    why: str
    remedy: str
    file: str = ""
    line: int | None = None


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of upkeep: when it was made last (empty: never) and when it is due."""

    name: str
    every: str
    last: dt.date | None
    due: dt.date
    is_overdue: bool
    points: tuple[str, ...]


def overdue_in(modules: Iterable[ModuleReport]) -> Iterator[Overdue]:
    """What has grown old in modules."""
    for module in modules:
        for remark in module.remarks:
            if remark.rule in AGES:
                yield Overdue(
                    what=module.id,
                    why=remark.message,
                    remedy=remark.remedy,
                    file=remark.file,
                    line=remark.line,
                )


def rounds(stewardship: Stewardship, today: dt.date) -> tuple[Due, ...]:
    """Each kind of upkeep, counted from its last round, or from the library's foundation."""
    found = []
    for name, upkeep in stewardship.upkeep.items():
        last = max((each.day for each in upkeep.rounds), default=None)
        due = months_later(last or stewardship.founded, upkeep.months)
        found.append(
            Due(
                name=name,
                every=upkeep.every,
                last=last,
                due=due,
                is_overdue=due < today,
                points=upkeep.points,
            )
        )
    return tuple(found)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the month's last where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
