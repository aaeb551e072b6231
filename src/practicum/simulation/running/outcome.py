"""What a run came to."""

from __future__ import annotations

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.simulation.history import Event


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """``fired`` says for each fault of the plan how often it had an effect, and ``buggified`` how
    often code was asked for something rare. ``done`` counts operations that ended well
    (notes, if nobody asks for anything). ``mark`` is the rolling hash of the run."""

    seed: int
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    fired: tuple[int, ...]
    buggified: int
    steps: int
    sent: int
    done: int
    time_s: float
    mark: str
    history: tuple[Event, ...] = ()

    @property
    def failure(self) -> Judgement | None:
        """The first check that failed."""
        return next((j for j in self.judgements if j.verdict is Verdict.FAIL), None)
