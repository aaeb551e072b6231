"""A learner's days: by the clock on her wall, from four in the morning to four in the morning.

Who reviews after midnight is still at the day before.
"""

from __future__ import annotations

import datetime as dt

BEGINS = dt.time(4)


def day_of(at: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The day that a moment belongs to."""
    day = at.astimezone(zone).date()
    return day if at >= beginning_of(day, zone) else day - dt.timedelta(days=1)


def beginning_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """When a day begins, in UTC; the day before ends then."""
    return dt.datetime.combine(day, BEGINS, zone).astimezone(dt.UTC)


def end_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """When a day ends, in UTC."""
    return beginning_of(day + dt.timedelta(days=1), zone)
