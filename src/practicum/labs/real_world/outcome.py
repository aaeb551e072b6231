"""What a run in either world came to. Apart from what makes runs, which takes long to import."""

from __future__ import annotations

import msgspec

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.real_world.transitions import Transition


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run in either world came to. ``fired`` says for each fault of the plan how many
    lives it had an effect on (in a simulation: how often), ``done`` counts operations that ended
    well (notes, if nobody asks for anything). ``machine`` is what was wrong with the machine
    meanwhile, in words."""

    seed: int
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    fired: tuple[int, ...]
    transitions: tuple[Transition, ...]
    done: int
    sent: int
    time_s: float
    not_applied: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
