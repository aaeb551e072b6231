"""Merge two changes of one text line by line, as diff3 does.

Lines of the base that both sides kept are stable. Between two stable lines stand three
stretches, one of each text: if one side left its stretch alone, the other's is taken; if both
did the same, that; otherwise both stand in the result, between markers. Nothing that either
side wrote is ever dropped.

After Khanna, Kunal and Pierce: A Formal Investigation of Diff3 (2007).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import msgspec

MINE, MIDDLE, THEIRS = b"<<<<<<< yours\n", b"=======\n", b">>>>>>> lab\n"


class Merged(msgspec.Struct, frozen=True):
    """The result; ``conflicts`` are the first and last lines (from 1) of stretches to settle."""

    text: bytes
    conflicts: tuple[tuple[int, int], ...]


def merge3(base: bytes, mine: bytes, theirs: bytes) -> Merged:
    """Bring the changes from ``base`` to ``theirs`` into ``mine``."""
    old, left, right = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    left_at, right_at = _kept(old, left), _kept(old, right)
    stable = [
        (i, left_at[i], right_at[i]) for i in range(len(old)) if i in left_at and i in right_at
    ]
    lines: list[bytes] = []
    conflicts: list[tuple[int, int]] = []
    b = m = t = 0
    for at, left_index, right_index in [*stable, (len(old), len(left), len(right))]:
        stretches = old[b:at], left[m:left_index], right[t:right_index]
        taken, settled = _settle(*stretches)
        if not settled:
            conflicts.append((len(lines) + 1, len(lines) + len(taken)))
        lines += taken
        lines += old[at : at + 1]
        b, m, t = at + 1, left_index + 1, right_index + 1
    return Merged(b"".join(lines), tuple(conflicts))


def _kept(old: Sequence[bytes], new: Sequence[bytes]) -> dict[int, int]:
    """Where lines of the old text stand in the new one, for those that were kept."""
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    return {
        block.a + step: block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }


def _settle(old: list[bytes], mine: list[bytes], theirs: list[bytes]) -> tuple[list[bytes], bool]:
    if mine in (old, theirs):
        return theirs, True
    if theirs == old:
        return mine, True
    return [MINE, *_ended(mine), MIDDLE, *_ended(theirs), THEIRS], False


def _ended(lines: list[bytes]) -> list[bytes]:
    """The lines, the last one with its line break."""
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        return [*lines[:-1], lines[-1] + b"\n"]
    return lines
