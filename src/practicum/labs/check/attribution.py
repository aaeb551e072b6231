"""Who is to blame for a failure: the learner, the lab or the machine. Pure.

A failing run alone cannot tell. So the lab's own solution is put through the same plan on the
same range, and the machine is watched during both runs. Only what the solution withstands, on
a machine that was well, is the learner's to repair; only that costs an attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from practicum.checking.verdict import Judgement, Verdict, overall
from practicum.labs.check.machine import MachineSeen
from practicum.labs.grading_plugin import Trouble

Blame = Literal["nobody", "learner", "lab", "machine"]
PROOF_AGE_S_MAX = 900.0


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a plan with somebody's files, and how the machine was meanwhile."""

    judgements: tuple[Judgement, ...]
    machine: MachineSeen
    troubles: tuple[Trouble, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of all its checks."""
        return overall(judgement.verdict for judgement in self.judgements)

    def named(self, verdict: Verdict) -> str:
        """The checks with that verdict."""
        return ", ".join(x.check for x in self.judgements if x.verdict is verdict)


class Finding(msgspec.Struct, frozen=True):
    """The verdict that stands, who is to blame, and why, in a sentence or two."""

    verdict: Verdict
    blame: Blame
    reason: str


def needs_reference(mine: Ran, *, is_solution: bool) -> bool:
    """Whether the solution has to be heard before anybody is blamed."""
    if is_solution or mine.verdict is Verdict.PASS:
        return False
    return mine.verdict is Verdict.FAIL or not _broken(mine.troubles)


def proof_stands(mine: Ran, proof_age_s: float | None) -> bool:
    """Whether an earlier pass of the solution is as good as a new run of it."""
    fresh = proof_age_s is not None and 0 <= proof_age_s <= PROOF_AGE_S_MAX
    return fresh and mine.verdict is Verdict.FAIL and not mine.machine.troubles


def attribute(
    mine: Ran,
    reference: Ran | None,
    *,
    proof_age_s: float | None = None,
    is_solution: bool = False,
) -> Finding:
    """Put the runs together; ``reference`` is that of the solution, if it was run."""
    verdict = mine.verdict
    if verdict is Verdict.PASS:
        return Finding(verdict, "nobody", "")
    broken = _broken(mine.troubles)
    if broken and verdict is not Verdict.FAIL:
        return Finding(Verdict.UNKNOWN, "lab", f"{broken}. That is for the lab's author to mend")
    if is_solution:
        return _of_solution(mine)
    if reference is not None:
        return _beside(mine, reference)
    if verdict is Verdict.FAIL and proof_stands(mine, proof_age_s):
        minutes = max(1, round((proof_age_s or 0.0) / 60))
        return Finding(
            verdict,
            "learner",
            f"the lab's own solution passed the same plan on this range {minutes} min ago, and "
            "the machine was calm: what failed is in your files",
        )
    if verdict is Verdict.FAIL:
        return Finding(verdict, "nobody", "the lab's solution was not run beside it")
    return _unknown(mine)


def attribute_answer(mine: Ran, *, unfinished: str = "") -> Finding:
    """For an answer there is no run that could have gone otherwise: a fail is the learner's.
    ``unfinished`` says why it is no attempt yet."""
    broken = _broken(mine.troubles)
    if mine.verdict is Verdict.FAIL and unfinished:
        return Finding(Verdict.FAIL, "nobody", f"{unfinished}; it costs no attempt")
    if mine.verdict is Verdict.FAIL:
        reason = "the scene stands as it was staged: what failed is in the answer, or still stuck"
        return Finding(Verdict.FAIL, "learner", reason)
    if broken:
        return Finding(Verdict.UNKNOWN, "lab", f"{broken}. That is for the lab's author to mend")
    return (
        _unknown(mine) if mine.verdict is Verdict.UNKNOWN else Finding(mine.verdict, "nobody", "")
    )


def _of_solution(mine: Ran) -> Finding:
    what = mine.named(Verdict.FAIL) or mine.named(Verdict.UNKNOWN)
    if mine.machine.troubles:
        return Finding(Verdict.UNKNOWN, "machine", _unwell(mine.machine.troubles))
    return Finding(
        Verdict.UNKNOWN,
        "lab",
        f"these files are the lab's own solution, the machine was calm, and still it did not "
        f"pass ({what}): the lab is to be mended",
    )


def _beside(mine: Ran, reference: Ran) -> Finding:
    bad = reference.machine.troubles or mine.machine.troubles
    if reference.verdict is not Verdict.PASS:
        if bad:
            return Finding(Verdict.UNKNOWN, "machine", _unwell(bad))
        what = reference.named(Verdict.FAIL) or reference.named(Verdict.UNKNOWN)
        return Finding(
            Verdict.UNKNOWN,
            "lab",
            f"the lab's own solution did not pass the same plan either ({what}), on a calm "
            "machine: the lab is to be mended, not your files",
        )
    if mine.machine.troubles and not reference.machine.troubles:
        return Finding(
            Verdict.UNKNOWN,
            "machine",
            f"{_unwell(mine.machine.troubles)}. The lab's solution passed, but only when the "
            "machine was calm again",
        )
    if mine.verdict is not Verdict.FAIL:
        return Finding(
            Verdict.UNKNOWN,
            "nobody",
            f"it cannot be told ({mine.named(Verdict.UNKNOWN)}). With the lab's solution the same "
            "plan could be judged: see whether your files still get to the place where the fault "
            "strikes",
        )
    calm = "the machine was calm" if not bad else "under the same strain of the machine"
    return Finding(
        Verdict.FAIL,
        "learner",
        f"the lab's own solution passed the same plan on the same range just now, {calm}: what "
        "failed is in your files",
    )


def _unknown(mine: Ran) -> Finding:
    if mine.machine.troubles:
        return Finding(Verdict.UNKNOWN, "machine", _unwell(mine.machine.troubles))
    return Finding(Verdict.UNKNOWN, "nobody", f"it cannot be told: {mine.named(Verdict.UNKNOWN)}")


def _unwell(troubles: Sequence[str]) -> str:
    return (
        f"the machine was not well: {'; '.join(troubles)}. So nothing was proved: end what else "
        "runs here, and check again"
    )


def _broken(troubles: Sequence[Trouble]) -> str:
    return next((trouble.words for trouble in troubles if trouble.kind == "check"), "")
