"""Make a failing history small: leave out as many operations as it takes no proof to lose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

TRIES_MAX = 400


def shrink(
    items: Sequence[T],
    fails: Callable[[Sequence[T]], bool],
    without: Callable[[Sequence[T], Sequence[T]], Sequence[T]],
    tries_max: int = TRIES_MAX,
) -> list[T]:
    """A part of ``items`` that still ``fails``, as all of them do.

    ``without(chosen, items)`` is what is left when ``chosen`` go, and whatever has to go with
    them. ``fails`` is asked at most ``tries_max`` times; if they suffice, nothing that is left
    can go by itself. The algorithm is delta debugging (Zeller and Hildebrandt, 2002), which tries
    halves first, then quarters, and so on.
    """
    kept, size, tries = list(items), max(1, len(items) // 2), 0
    while kept:
        at, found = 0, False
        while at < len(kept):
            fewer = without(kept[at : at + size], kept)
            if len(fewer) == len(kept):
                at += size
                continue
            if tries == tries_max:
                return kept
            tries += 1
            if fails(fewer):
                kept, found = list(fewer), True
            else:
                at += size
        if size == 1 and not found:
            break
        size = max(1, size // 2)
    return kept
