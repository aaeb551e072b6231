"""Find texts that say nearly the same.

A text becomes the set of its overlapping runs of three words; two texts are alike as far as
their sets overlap (Jaccard). To compare thousands of texts, each keeps only the smallest hashes
of its set: they are a fair sample of it, and of the union of two of them (bottom-k sketches,
Broder 1997; Cohen and Kaplan 2007). Only texts that share one of their very smallest hashes are
compared at all, so the work grows with the number of texts and not with that of pairs.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

RUN, KEPT, KEYS = 3, 48, 5
WORDS_MIN = 8
CROWD_MAX = 50
"""What more texts than this share is a turn of phrase and not a copy; they are compared with
their neighbours only."""

_WORD = re.compile(r"\w+")


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """A text's smallest hashes, ascending, four bytes each, and how many runs it had."""

    packed: bytes
    size: int

    def smallest(self, count: int = KEPT) -> tuple[int, ...]:
        """The smallest hashes, ascending."""
        count = min(count, len(self.packed) // 4)
        return struct.unpack_from(f"<{count}I", self.packed)


def sketch(text: str) -> Sketch | None:
    """The sketch of a text; None if it is too short to be like another by more than chance."""
    words = _WORD.findall(text.casefold())
    if len(words) < WORDS_MIN:
        return None
    runs = {
        zlib.crc32(" ".join(words[at : at + RUN]).encode()) for at in range(len(words) - RUN + 1)
    }
    kept = sorted(runs)[:KEPT]
    return Sketch(struct.pack(f"<{len(kept)}I", *kept), len(runs))


def alike(one: Sketch, other: Sketch) -> float:
    """How far two texts overlap, from 0 to 1; exact for texts of up to `KEPT` runs in all."""
    mine, theirs = set(one.smallest()), set(other.smallest())
    union = sorted(mine | theirs)
    if one.size > KEPT or other.size > KEPT:
        union = union[:KEPT]
    both = mine & theirs
    return sum(each in both for each in union) / len(union)


def pairs(sketches: Sequence[Sketch], least: float) -> Iterator[tuple[int, int, float]]:
    """The places of those that are alike at least so much, the earlier one first, once each."""
    sharing: dict[int, list[int]] = defaultdict(list)
    for place, each in enumerate(sketches):
        for key in each.smallest(KEYS):
            sharing[key].append(place)
    seen: set[tuple[int, int]] = set()
    for places in sharing.values():
        for at, later in enumerate(places):
            for earlier in places[max(0, at - CROWD_MAX) : at]:
                seen.add((earlier, later))
    for earlier, later in sorted(seen):
        value = alike(sketches[earlier], sketches[later])
        if value >= least:
            yield earlier, later, value
