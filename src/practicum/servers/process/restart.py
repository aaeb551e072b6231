"""When to start a process again: a pure state machine over what happened to it.

The first restart after a steady time is quick, because recovery is measured and most deaths
here are wanted. A process that keeps dying waits twice as long each time, up to a limit; one
that dies again and again without ever becoming ready is in a crash loop. It is still tried at
the longest interval, since what it lacks may come back, but it is reported.
"""

from __future__ import annotations

import msgspec


class RestartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Waits in seconds. ``steady_s`` of being ready wipes the slate clean."""

    first_wait_s: float = 0.05
    wait_s_max: float = 10.0
    growth: float = 2.0
    steady_s: float = 5.0
    deaths_max: int = 5


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy remembers of one process.

    ``strikes`` are deaths since it was last steady; ``unready_deaths`` those since it was last
    ready at all; ``ready_since`` is None while it is not.
    """

    strikes: int = 0
    unready_deaths: int = 0
    ready_since: float | None = None


class Verdict(msgspec.Struct, frozen=True):
    """Start again after ``wait_s``; ``crash_loop`` says that it hardly helps."""

    wait_s: float
    crash_loop: bool


def became_ready(record: Record, now: float) -> Record:
    """The process answered its probe."""
    if record.ready_since is not None:
        return record
    return msgspec.structs.replace(record, ready_since=now, unready_deaths=0)


def died(
    policy: RestartPolicy, record: Record, now: float, *, wanted: bool = False
) -> tuple[Record, Verdict]:
    """The process ended; ``wanted`` deaths (a fault that was asked for) are not its own."""
    steady = record.ready_since is not None and now - record.ready_since >= policy.steady_s
    strikes = 0 if steady else record.strikes
    unready = record.unready_deaths
    if not wanted:
        unready += record.ready_since is None
        strikes += 1
    wait_s = policy.first_wait_s
    if not wanted:
        # The exponent is capped before it is used: 2.0 ** 5000 is an error, not a long wait.
        wait_s *= policy.growth ** min(strikes - 1, 30)
    verdict = Verdict(min(wait_s, policy.wait_s_max), unready >= policy.deaths_max)
    if verdict.crash_loop:
        verdict = Verdict(policy.wait_s_max, True)
    return Record(strikes=strikes, unready_deaths=unready), verdict
