"""Did the planned faults strike, and how long did their effect last?"""

from __future__ import annotations

from collections.abc import Sequence

from practicum.checking.verdict import Judgement, Verdict, judge


def faults_fired(planned: Sequence[str], fired: Sequence[str]) -> Judgement:
    """Unknown, never pass, when a planned fault did not fire: nothing was put to the test."""
    missing = sorted(set(planned) - set(fired))
    return Judgement(
        check="the fault struck",
        verdict=Verdict.UNKNOWN if missing or not planned else Verdict.PASS,
        expected=", ".join(planned) or "at least one fault",
        seen=", ".join(fired) or "none",
        examples=tuple(f"{point} was never reached" for point in missing),
    )


def recovered(recovery_s: float | None, *, within_s: float) -> Judgement:
    """Whether the work under way at the fault was finished in time."""
    if recovery_s is None:
        return judge(
            "recovery", expected=f"within {within_s:g} s", seen="not recovered", holds=False
        )
    return judge(
        "recovery",
        expected=f"orders under way at the kill have ended within {within_s:g} s",
        seen=f"{recovery_s:.2f} s",
        holds=recovery_s <= within_s,
    )
