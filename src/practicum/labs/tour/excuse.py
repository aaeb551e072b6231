"""When a tour that failed proves nothing, because the machine was not well. Pure.

Nobody but the machine's other work makes a shop late that is on time elsewhere. But no strain
excuses money that is lost: only where time ran out is the machine heard.
"""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.labs.check.machine import MachineSeen

MATTERS_OF_TIME = frozenset({"recovery", "one final state"})
"""Checks that a slow machine makes fail. Where orders have not ended, the books of all others
are read in mid-flight too."""


def verdict_of(judgements: Sequence[Judgement], seen: MachineSeen) -> Verdict:
    """The tour's verdict; unknown where the machine may have made it fail."""
    verdict = overall(judgement.verdict for judgement in judgements)
    if verdict is Verdict.FAIL and excuse(judgements, seen) is not None:
        return Verdict.UNKNOWN
    return verdict


def excuse(judgements: Sequence[Judgement], seen: MachineSeen) -> Judgement | None:
    """Why a failure may be the machine's doing; None if it cannot be, or nothing failed."""
    late = [
        each.check
        for each in judgements
        if each.verdict is Verdict.FAIL and each.check in MATTERS_OF_TIME
    ]
    if not late or not seen.troubles:
        return None
    return Judgement(
        check="the machine was well",
        verdict=Verdict.UNKNOWN,
        expected=f"a machine that gives the shop its time ({', '.join(late)} depends on it)",
        seen=seen.troubles[0],
        examples=seen.troubles[1:],
        look_next="end what else runs on this machine, or lower --rate, and take the tour again",
    )
