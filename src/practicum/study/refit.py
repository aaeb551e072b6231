"""Fit the parameters of FSRS to a learner's reviews, by ``fsrs-rs-python`` (extra ``refit``)."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Sequence
from typing import Any

from practicum.learner.memory.tuning import History

INSTALL = "what fits is not installed: `pip install practicum[refit]`"


def fit(histories: Sequence[History]) -> tuple[float, ...]:
    """Parameters for these histories. Raises ValueError if they cannot be fitted."""
    fsrs_rs = _fsrs_rs()
    items = [item for history in histories for item in _items(fsrs_rs, history)]
    try:
        found = fsrs_rs.FSRS(list(fsrs_rs.DEFAULT_PARAMETERS)).compute_parameters(items)
    except (ValueError, RuntimeError) as error:
        raise ValueError(str(error)) from error
    return tuple(float(each) for each in found)


def _fsrs_rs() -> Any:
    try:
        return importlib.import_module("fsrs_rs_python")
    except ImportError as error:
        raise ValueError(INSTALL) from error


def _items(fsrs_rs: Any, history: History) -> list[Any]:
    """The beginnings of a history that end with a review a day or more after the one before:
    each is one thing to predict."""
    reviews: list[Any] = []
    items: list[Any] = []
    last: dt.datetime | None = None
    for at, rating in history:
        days = (at - last).days if last is not None else 0
        reviews.append(fsrs_rs.FSRSReview(rating, days))
        if last is not None and days >= 1:
            items.append(fsrs_rs.FSRSItem(list(reviews)))
        last = at
    return items
