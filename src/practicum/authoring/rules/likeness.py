"""Find texts that say nearly the same.

A text becomes the set of its overlapping runs of three words; two texts are alike as far as
their sets overlap (Jaccard). To compare thousands of texts, each keeps only the smallest hashes
of its set: they are a fair sample of it, and of the union of two of them (bottom-k sketches,
Broder 1997; Cohen and Kaplan 2007). Only texts that share two of their eight smallest hashes are
compared at all, so the work grows with the number of texts and not with that of pairs. Of texts
that are alike by 0.6, one pair in a hundred does not share two; of texts that have nothing but a
turn of phrase in common, hardly any does.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

KEPT, KEYS, SHARED = 48, 8, 2
WORDS_MIN = 8
CROWD_MAX = 20
"""What more texts than this share is a turn of phrase and not a copy; they are compared with
their neighbours only."""

_WORD = re.compile(r"\w+")
_NUMBERS = [struct.Struct(f"<{count}I") for count in range(KEPT + 1)]


class Sketch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A text's smallest hashes, ascending, four bytes each, and how many runs it had."""

    packed: bytes
    size: int

    def smallest(self, count: int = KEPT) -> tuple[int, ...]:
        """The smallest hashes, ascending."""
        there = len(self.packed) // 4
        return _NUMBERS[count if count < there else there].unpack_from(self.packed)


@functools.lru_cache(maxsize=50_000)
def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def sketch(text: str) -> Sketch | None:
    """The sketch of a text; None if it is too short to be like another by more than chance."""
    words = _WORD.findall(text.casefold())
    if len(words) < WORDS_MIN:
        return None
    hashes = [_hash(word) for word in words]
    runs = {
        (one * 0x9E3779B1 ^ two * 0x85EBCA6B ^ three) & 0xFFFFFFFF
        for one, two, three in zip(hashes, hashes[1:], hashes[2:], strict=False)
    }
    kept = sorted(runs)[:KEPT]
    if len(kept) < SHARED:
        return None
    return Sketch(struct.pack(f"<{len(kept)}I", *kept), len(runs))


def alike(one: Sketch, other: Sketch, least: float = 0.0) -> float:
    """How far two texts overlap, from 0 to 1; exact for texts of up to `KEPT` runs in all. What
    is less than ``least`` is 0."""
    mine, theirs = _hashes(one), _hashes(other)
    both = mine & theirs
    union = len(mine) + len(theirs) - len(both)
    sampled = max(one.size, other.size) > KEPT and union > KEPT
    if len(both) < least * (KEPT if sampled else union):
        return 0.0
    if not sampled:
        return len(both) / union
    # Beyond the smallest of the union, one of the two may have more that it did not keep.
    last = sorted(mine | theirs)[KEPT - 1]
    value = sum(map(last.__ge__, both)) / KEPT
    return value if value >= least else 0.0


@functools.lru_cache(maxsize=10_000)
def _hashes(sketch: Sketch) -> frozenset[int]:
    return frozenset(sketch.smallest())


def pairs(
    keys: Sequence[Sequence[int]],
    look: Callable[[int], Sketch],
    least: float,
    concern: Sequence[bool] | None = None,
) -> Iterator[tuple[int, int, float]]:
    """The places of texts that are alike at least so much, the earlier one first, once each;
    only pairs of which one is of ``concern``, if that is given. Of each text the smallest hashes
    are needed; ``look`` shows the sketch of the few that are compared."""
    for earlier, later in sorted(_sharing(keys, concern or [True] * len(keys))):
        if value := alike(look(earlier), look(later), least):
            yield earlier, later, value


def _sharing(keys: Sequence[Sequence[int]], concern: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The places of those that share enough keys, one of the two being of concern. Each that is
    of concern looks at those before it, and at those after it that look at nothing."""
    holders = Counter(itertools.chain.from_iterable(keys))
    wanted = set(itertools.chain.from_iterable(itertools.compress(keys, concern)))
    wanted = {key for key in wanted if holders[key] > 1}
    crowds: dict[int, list[int]] = {key: [] for key in wanted}
    strangers: dict[int, list[int]] = {}
    for place, own in enumerate(keys):
        for key in wanted.intersection(own):
            crowds[key].append(place)
            if not concern[place]:
                strangers.setdefault(key, []).append(place)
    for place in itertools.compress(range(len(keys)), concern):
        near: list[int] = []
        for key in wanted.intersection(keys[place]):
            at = bisect.bisect_left(crowds[key], place)
            near += crowds[key][max(0, at - CROWD_MAX) : at]
            if key in strangers:
                at = bisect.bisect_left(strangers[key], place)
                near += strangers[key][at : at + CROWD_MAX]
        if len(set(near)) < len(near):
            for other, count in Counter(near).items():
                if count >= SHARED:
                    yield min(place, other), max(place, other)
