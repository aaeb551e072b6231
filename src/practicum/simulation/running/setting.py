"""All that decides a run beside the code: the seed, the faults, the weather, the schedule."""

from __future__ import annotations

import random
from typing import Literal

import msgspec

from practicum.faults.drawing import Wishes, draw_plan
from practicum.faults.plan import Plan, Targets
from practicum.simulation.network import Weather
from practicum.simulation.running.program import Traits

ENGINE = 1
"""Changes whenever the same setting means another run; capsules name it."""

Schedule = Literal["random", "priorities"]
_STAGES = ((1, 0), (100, 1), (250, 2), (500, 3), (1000, 6), (2000, 12))
"""Up to which seed plans have how many faults."""
_CYCLE = (1, 2, 3, 6, 12, 24)
_CYCLE_SEEDS = 500
_WEATHERS = (
    Weather(),
    Weather(latency_s_min=0.0005, latency_s_mean=0.0005),
    Weather(latency_s_min=0.001, latency_s_mean=0.03),
)
_STEADY = Weather(latency_s_min=0.005, latency_s_mean=0.0)
"""Messages sent at once arrive at once, and priorities decide what comes first."""
_CHANGES = 3


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run is made from. ``changes`` are the steps at which the node that runs becomes the
    least important one, in a schedule by priorities; ``reroll`` draws other luck on the network
    and the disks."""

    seed: int
    plan: Plan
    weather: Weather = Weather()
    schedule: Schedule = "random"
    changes: tuple[int, ...] = ()
    buggify: bool = False
    reroll: int = 0


def faults_of(seed: int) -> int:
    """How many faults the plan of a seed has: none, then few, then more."""
    for end, count in _STAGES:
        if seed < end:
            return count
    return _CYCLE[(seed - _STAGES[-1][0]) // _CYCLE_SEEDS % len(_CYCLE)]


def draw_setting(seed: int, traits: Traits, steps: int) -> Setting:
    """The setting of a seed. A run takes about ``steps`` steps.

    Each seed has its own share of the kinds of faults (swarm testing, Groce and others, 2012),
    its weather, and one of two schedules: at random, or by priorities that change a few times
    (probabilistic concurrency testing, Burckhardt and others, 2010).
    """
    dice = random.Random(f"setting {seed}").random
    count = faults_of(seed)
    kinds = tuple(kind for kind in traits.kinds if dice() < 0.5)
    if not kinds and traits.kinds:
        kinds = (traits.kinds[int(dice() * len(traits.kinds))],)
    ordered = dice() < 0.3
    changes = sorted(int(dice() * steps) for _ in range(_CHANGES)) if ordered else []
    weather = _STEADY if ordered else _WEATHERS[int(dice() * len(_WEATHERS))]
    plan = Plan(duration_s=traits.duration_s, faults=(), seed=seed)
    if count and kinds:
        plan = draw_plan(seed, _wishes(traits, kinds, count), Targets(nodes=traits.nodes))
    return Setting(
        seed=seed,
        plan=plan,
        weather=weather,
        schedule="priorities" if ordered else "random",
        changes=tuple(changes),
        buggify=bool(count) and dice() < 0.5,
    )


def _wishes(traits: Traits, kinds: tuple[str, ...], count: int) -> Wishes:
    whole_s = traits.duration_s
    return Wishes(
        duration_s=whole_s,
        budget=count,
        count=count,
        kinds=kinds,
        shortest_s=whole_s / 100,
        longest_s=whole_s / 3,
        quiet_start_s=0.0,
        quiet_end_s=0.0,
        rest_s=whole_s / 50,
    )
