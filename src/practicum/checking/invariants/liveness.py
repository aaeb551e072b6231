"""Liveness after healing: when the last fault is over, what is asked for is done in time."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import msgspec

from practicum.checking.history.building import History
from practicum.checking.history.operation import Outcome
from practicum.checking.history.words import asked, who
from practicum.checking.verdict import EXAMPLES_MAX, Judgement, Verdict


class Request(msgspec.Struct, frozen=True):
    """Something that was asked for, and when it was done, if it was; in seconds."""

    what: str
    asked_s: float
    done_s: float | None = None


def requests(history: History) -> list[Request]:
    """The operations of a history that tells the time; done is what succeeded."""
    return [
        Request(
            f"{who(each)}'s {asked(each)}",
            each.begun_s,
            each.ended_s if each.outcome is Outcome.OK else None,
        )
        for each in history
        if each.begun_s is not None
    ]


def alive_after(
    requests: Iterable[Request], *, healed_s: float, within_s: float, watched_s: float
) -> Judgement:
    """Whether all that was asked for after ``healed_s``, the end of the last fault, was done
    within ``within_s``. The world was watched until ``watched_s``.

    Unknown if nothing was asked for after healing, or if watching ended before the time of
    something that was not done was up: nobody can say whether it would have been.
    """
    later = [each for each in requests if each.asked_s >= healed_s]
    late, open = [], []
    for each in sorted(later, key=lambda each: each.asked_s):
        words = f"{each.what}, asked for at {each.asked_s:g} s"
        if each.done_s is not None and each.done_s - each.asked_s <= within_s:
            continue
        if each.done_s is not None:
            late.append(f"{words}, took {each.done_s - each.asked_s:g} s")
        elif watched_s - each.asked_s > within_s:
            late.append(f"{words}, was not done by {watched_s:g} s")
        else:
            open.append(f"{words}, was not done when watching ended at {watched_s:g} s")
    took = [each.done_s - each.asked_s for each in later if each.done_s is not None]
    slowest = f", the slowest in {max(took):g} s" if took else ""
    return Judgement(
        check="liveness after healing",
        verdict=Verdict.FAIL if late else Verdict.UNKNOWN if open or not later else Verdict.PASS,
        expected=f"what is asked for after {healed_s:g} s is done within {within_s:g} s",
        seen=f"{len(later)} asked for, {len(took)} done{slowest}"
        if later
        else "nothing was asked for after the last fault",
        examples=tuple((late or open)[:EXAMPLES_MAX]),
        look_next="" if later else "let clients go on asking after the last fault is over",
    )


def progress_after(
    requests: Iterable[Request], *, healed_s: float, within_s: float, watched_s: float
) -> Judgement:
    """Whether, after ``healed_s``, something was done at least every ``within_s`` while anything
    was asked for and not done: one slow request is forgiven, a standstill is not.

    Unknown if nothing was done after healing, and nothing waited for as long as that.
    """
    all = list(requests)
    done = sorted(each.done_s for each in all if each.done_s is not None)
    marks = [healed_s, *(each for each in done if healed_s < each <= watched_s), watched_s]
    standstills = []
    for since, until in pairwise(marks):
        begun = [
            each.asked_s
            for each in all
            if each.asked_s < until and (each.done_s is None or each.done_s >= until)
        ]
        waited = until - max(since, min(begun, default=until))
        if waited > within_s:
            standstills.append(f"nothing was done from {since:g} s to {until:g} s")
    return Judgement(
        check="progress after healing",
        verdict=Verdict.FAIL
        if standstills
        else Verdict.PASS
        if len(marks) > 2
        else Verdict.UNKNOWN,
        expected=f"after {healed_s:g} s, something is done every {within_s:g} s while it is wanted",
        seen=f"{len(marks) - 2} done from {healed_s:g} s to {watched_s:g} s",
        examples=tuple(standstills[:EXAMPLES_MAX]),
    )
