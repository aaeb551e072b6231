"""Verdicts: pass, fail, or unknown, each with what was expected and what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """The three answers. Unknown is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 3 unknown; 2 is wrong usage."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 3}[self]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check, in words. ``examples`` are the few cases that show it,
    ``shown`` the trace or the few messages of one of them, ``look_next`` where to go on.
    ``test`` is the name of the test that judged, if one did."""

    check: str
    verdict: Verdict
    expected: str
    seen: str
    examples: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    look_next: str = ""
    test: str = ""


EXAMPLES_MAX = 5


def judge(
    check: str, *, expected: str, seen: str, wrong: Iterable[str] = (), holds: bool = True
) -> Judgement:
    """A pass if it ``holds`` and nothing is ``wrong``; the first wrong cases are examples."""
    cases = tuple(wrong)
    return Judgement(
        check=check,
        verdict=Verdict.PASS if holds and not cases else Verdict.FAIL,
        expected=expected,
        seen=seen,
        examples=cases[:EXAMPLES_MAX],
    )


def undecided(
    check: str, *, expected: str, seen: str, look_next: str, open: Iterable[str] = ()
) -> Judgement:
    """Unknown: ``open`` are the first cases that nobody could decide."""
    return Judgement(
        check=check,
        verdict=Verdict.UNKNOWN,
        expected=expected,
        seen=seen,
        examples=tuple(open)[:EXAMPLES_MAX],
        look_next=look_next,
    )


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """One failure fails all; otherwise one unknown, or no check at all, leaves it unknown."""
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    if Verdict.UNKNOWN in found or not found:
        return Verdict.UNKNOWN
    return Verdict.PASS
