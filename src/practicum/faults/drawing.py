"""From a seed to a plan: the same seed and wishes give the same plan, on every machine.

Only ``random()`` of the generator is used, the one method whose values Python promises to keep;
what a seed means changes only with `plan.VERSION`.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Literal, TypeVar

import msgspec

from practicum.faults.fault import (
    KINDS,
    SIMULATED,
    AnyFault,
    Crash,
    Decline,
    Delay,
    Disk,
    Duplicate,
    Hesitate,
    Kill,
    Lie,
    Loss,
    Partition,
    Pause,
    Refuse,
    Restart,
    Skew,
    Slow,
    clash,
    overlap,
)
from practicum.faults.plan import FAULTS_MAX, VERSION, BadPlan, Plan, Targets, in_order

_T = TypeVar("_T")
_MISSES_MAX = 50
"""So many draws in a row that fit nowhere: the plan is full."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What plans are to be like. Times in seconds.

    About ``per_minute`` faults, each ``shortest_s`` to ``longest_s`` long, at most ``budget``
    at a time, none before ``quiet_start_s`` nor in the last ``quiet_end_s``, and ``rest_s``
    for a target to recover before it is hurt in a way that clashes. ``kinds`` of them. With
    ``count`` there are so many faults, whatever ``per_minute`` says, or as many as fit.
    """

    duration_s: float = 60.0
    budget: int = 2
    per_minute: float = 12.0
    kinds: tuple[str, ...] = tuple(KINDS)
    shortest_s: float = 0.5
    longest_s: float = 5.0
    quiet_start_s: float = 2.0
    quiet_end_s: float = 5.0
    rest_s: float = 3.0
    count: int | None = None


class _Dice:
    """Draws from a seed, by ``random()`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"practicum/faults/{VERSION}/{seed}")

    def between(self, low: float, high: float) -> float:
        """Evenly from ``low`` to ``high``, in thousandths."""
        return round(low + (high - low) * self._random.random(), 3)

    def one_of(self, things: Sequence[_T]) -> _T:
        """Each alike."""
        return things[int(self._random.random() * len(things))]


def draw_plan(seed: int, wishes: Wishes, targets: Targets) -> Plan:
    """The plan of a seed. `BadPlan` if the wishes leave no room for a single fault."""
    known = SIMULATED if targets.nodes else KINDS
    kinds = [kind for kind in wishes.kinds if kind in known and targets.of(kind)]
    first_s, last_s = wishes.quiet_start_s, wishes.duration_s - wishes.quiet_end_s
    _insist(wishes, known, kinds, last_s - first_s)
    dice = _Dice(seed)
    wanted = wishes.count or max(1, round(wishes.per_minute * wishes.duration_s / 60))
    wanted = min(FAULTS_MAX, wanted)
    faults: list[AnyFault] = []
    misses = 0
    while len(faults) < wanted and misses < _MISSES_MAX:
        start_s = dice.between(first_s, last_s - wishes.shortest_s)
        longest_s = min(wishes.longest_s, last_s - start_s)
        duration_s = dice.between(wishes.shortest_s, longest_s)
        fault = _draw(dice, dice.one_of(kinds), targets, (start_s, duration_s))
        if _fits(fault, faults, wishes):
            faults.append(fault)
            misses = 0
        else:
            misses += 1
    return Plan(
        duration_s=wishes.duration_s, faults=in_order(faults), budget=wishes.budget, seed=seed
    )


def _insist(wishes: Wishes, known: Collection[str], kinds: Sequence[str], room_s: float) -> None:
    unknown = [kind for kind in wishes.kinds if kind not in known]
    if unknown:
        raise BadPlan(f"there is no fault {', '.join(unknown)}: there are {', '.join(known)}")
    if not kinds:
        raise BadPlan("nothing here can suffer a fault of these kinds: name other kinds")
    if not 0 < wishes.shortest_s <= wishes.longest_s or wishes.budget < 1:
        raise BadPlan("the shortest fault is over 0 s and not over the longest; budget is over 0")
    if room_s < wishes.shortest_s:
        quiet_s = wishes.quiet_start_s + wishes.quiet_end_s
        raise BadPlan(
            f"{wishes.duration_s:g} s leave no room for a fault, since {quiet_s:g} s of them stay "
            f"quiet: use more than {quiet_s + wishes.shortest_s:g} s"
        )


def _draw(dice: _Dice, kind: str, targets: Targets, when: tuple[float, float]) -> AnyFault:
    target = dice.one_of(targets.of(kind))
    start_s, duration_s = when
    match kind:
        case "delay":
            slow_ms, jitter_ms = dice.between(20, 400), dice.between(0, 100)
            return Delay(
                target=target,
                start_s=start_s,
                duration_s=duration_s,
                delay_ms=slow_ms,
                jitter_ms=jitter_ms,
            )
        case "refuse":
            ratio = dice.one_of((0.1, 0.3, 1.0))
            return Refuse(target=target, start_s=start_s, duration_s=duration_s, ratio=ratio)
        case "decline":
            ratio = dice.one_of((0.1, 0.5, 1.0))
            return Decline(target=target, start_s=start_s, duration_s=duration_s, ratio=ratio)
        case "hesitate":
            slow_ms = dice.between(50, 1500)
            return Hesitate(target=target, start_s=start_s, duration_s=duration_s, delay_ms=slow_ms)
        case "crash":
            point = dice.one_of(targets.crash_points[target])
            hit = 1 + int(dice.between(0, 5))
            return Crash(
                target=target, start_s=start_s, duration_s=duration_s, point=point, hit=hit
            )
    plain: dict[str, type[Kill | Pause | Restart]]
    plain = {"kill": Kill, "pause": Pause, "restart": Restart}
    if kind in plain:
        return plain[kind](target=target, start_s=start_s, duration_s=duration_s)
    return _draw_simulated(dice, kind, (target, targets.nodes), when)


def _draw_simulated(
    dice: _Dice, kind: str, who: tuple[str, Sequence[str]], when: tuple[float, float]
) -> AnyFault:
    (target, nodes), (start_s, duration_s) = who, when
    match kind:
        case "partition":
            return _draw_partition(dice, target, nodes, when)
        case "slow":
            slow_ms = dice.one_of((1.0, 5.0, 20.0, 100.0))
            return Slow(target=target, start_s=start_s, duration_s=duration_s, delay_ms=slow_ms)
        case "lie":
            return Lie(target=target, start_s=start_s, duration_s=duration_s)
        case "skew":
            offset_ms = dice.one_of((-60_000.0, -1_000.0, -100.0, 100.0, 1_000.0, 60_000.0))
            return Skew(target=target, start_s=start_s, duration_s=duration_s, offset_ms=offset_ms)
    shares: dict[str, type[Loss | Duplicate | Disk]]
    shares = {"loss": Loss, "duplicate": Duplicate, "disk": Disk}
    ratio = dice.one_of((0.05, 0.2, 0.5))
    return shares[kind](target=target, start_s=start_s, duration_s=duration_s, ratio=ratio)


def _draw_partition(
    dice: _Dice, target: str, nodes: Sequence[str], when: tuple[float, float]
) -> Partition:
    """One node alone, a side of several, or a cut between two that all others see through."""
    others = [name for name in nodes if name != target]
    shape = dice.one_of(("alone", "alone", "side", "pair"))
    direction: Literal["both", "out", "in"] = dice.one_of(("both", "both", "out", "in"))
    beside: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    if shape == "side":
        beside = tuple(name for name in others if dice.between(0, 1) < 0.4)
        if len(beside) == len(others):
            beside = beside[1:]
    elif shape == "pair" and others:
        apart = (dice.one_of(others),)
    return Partition(
        target=target,
        start_s=when[0],
        duration_s=when[1],
        beside=beside,
        apart=apart,
        direction=direction,
    )


def _fits(fault: AnyFault, faults: Sequence[AnyFault], wishes: Wishes) -> bool:
    if any(clash(fault, other) and overlap(fault, other, wishes.rest_s) for other in faults):
        return False
    # Neighbours in time are counted as if all were there at once: simple, and never too many.
    return sum(overlap(fault, other) for other in faults) < wishes.budget
