"""Did the planned faults strike, and how long did their effect last?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from practicum.checking.verdict import Judgement, Verdict, judge


def faults_fired(planned: Sequence[str], fired: Sequence[str]) -> Judgement:
    """Unknown, never pass, when a planned fault did not fire: nothing was put to the test."""
    missing = sorted(set(planned) - set(fired))
    return Judgement(
        check="the faults struck",
        verdict=Verdict.UNKNOWN if missing or not planned else Verdict.PASS,
        expected="; ".join(planned) or "at least one fault",
        seen="; ".join(fired) or "none",
        examples=tuple(f"it did not happen that {fault}" for fault in missing),
    )


def recovered(recovery_s: Mapping[str, float | None], *, within_s: float) -> Judgement:
    """Whether the work under way at each fault was finished in time; None means never."""
    late = [
        f"{fault}: {'never' if seconds is None else f'{seconds:.1f} s'}"
        for fault, seconds in recovery_s.items()
        if seconds is None or seconds > within_s
    ]
    known = [seconds for seconds in recovery_s.values() if seconds is not None]
    return judge(
        "recovery",
        expected=f"orders under way at a fault have ended within {within_s:g} s of it",
        seen=f"the slowest took {max(known):.2f} s" if known else "no recovery",
        wrong=late,
        holds=bool(known),
    )
