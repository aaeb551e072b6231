"""Leadership: in one term, one leader (Ongaro and Ousterhout, Raft, 2014: election safety)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from practicum.checking.verdict import Judgement, judge, undecided


class Claim(msgspec.Struct, frozen=True):
    """A node took itself for the leader of a term (a number, or several that are compared as
    tuples are); ``at_s`` is when, in seconds."""

    node: str
    term: Any
    at_s: float | None = None

    def told(self) -> str:
        """Who, and when."""
        return self.node if self.at_s is None else f"{self.node} at {self.at_s:g} s"


def one_leader_a_term(claims: Iterable[Claim]) -> Judgement:
    """Whether no term had two leaders, and no node led a term after a later one.

    ``claims`` are in the order in which they were made; unknown if there are none, for then
    nothing was elected.
    """
    leaders: dict[Any, Claim] = {}
    latest: dict[str, Claim] = {}
    wrong = []
    for claim in claims:
        first = leaders.setdefault(claim.term, claim)
        if first.node != claim.node:
            wrong.append(f"term {claim.term} had two leaders: {first.told()} and {claim.told()}")
        before = latest.get(claim.node)
        if before is not None and claim.term < before.term:
            wrong.append(
                f"{claim.told()} led term {claim.term}, after it had led term {before.term}"
            )
        latest[claim.node] = claim
    check, expected = "one leader a term", "no term with two leaders"
    if not leaders:
        return undecided(
            check,
            expected=expected,
            seen="nobody ever led",
            look_next="run until a leader is elected",
        )
    seen = f"{len(leaders)} terms with a leader, led by {len(latest)} nodes"
    return judge(check, expected=expected, seen=seen, wrong=dict.fromkeys(wrong))
