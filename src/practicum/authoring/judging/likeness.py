"""Find texts that say nearly the same.

A text becomes the set of its overlapping runs of three words; two texts are alike as far as
their sets overlap (Jaccard). To compare thousands of texts, each keeps only the smallest hashes
of its set: they are a fair sample of it, and of the union of two of them (bottom-k sketches,
Broder 1997; Cohen and Kaplan 2007). Only texts that share one of their very smallest hashes are
compared at all, so the work grows with the number of texts and not with that of pairs.
"""

from __future__ import annotations

import functools
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

KEPT, KEYS = 48, 5
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
    return Sketch(struct.pack(f"<{len(kept)}I", *kept), len(runs))


def alike(one: Sketch, other: Sketch) -> float:
    """How far two texts overlap, from 0 to 1; exact for texts of up to `KEPT` runs in all."""
    mine, theirs = one.smallest(), other.smallest()
    return _overlap(frozenset(mine), frozenset(theirs), max(one.size, other.size) > KEPT)


def _overlap(mine: frozenset[int], theirs: frozenset[int], sampled: bool) -> float:
    union, both = mine | theirs, mine & theirs
    if sampled and len(union) > KEPT:
        # Beyond the smallest of the union, one of the two may have more that it did not keep.
        last = sorted(union)[KEPT - 1]
        return sum(map(last.__ge__, both)) / KEPT
    return len(both) / len(union)


def pairs(
    sketches: Sequence[Sketch], least: float, concern: Sequence[bool] | None = None
) -> Iterator[tuple[int, int, float]]:
    """The places of those that are alike at least so much, the earlier one first, once each;
    only pairs of which one is of ``concern``, if that is given."""
    concern = concern or [True] * len(sketches)
    keys = [each.smallest(KEYS) for each in sketches]
    wanted = {
        key for own, of_concern in zip(keys, concern, strict=True) if of_concern for key in own
    }
    sharing: dict[int, list[int]] = defaultdict(list)
    for place, own in enumerate(keys):
        for key in own:
            if key in wanted:
                sharing[key].append(place)
    seen = {
        (earlier, later)
        for places in sharing.values()
        for at, later in enumerate(places)
        for earlier in places[max(0, at - CROWD_MAX) : at]
        if concern[earlier] or concern[later]
    }
    hashes = {place: frozenset(sketches[place].smallest()) for pair in seen for place in pair}
    for earlier, later in sorted(seen):
        mine, theirs = hashes[earlier], hashes[later]
        # Most that share a turn of phrase share little else, which is seen at once.
        if len(mine & theirs) < least * max(len(mine), len(theirs)) * 0.5:
            continue
        sampled = max(sketches[earlier].size, sketches[later].size) > KEPT
        value = _overlap(mine, theirs, sampled)
        if value >= least:
            yield earlier, later, value
