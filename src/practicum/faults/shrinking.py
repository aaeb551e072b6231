"""Make a failing plan small: fewer faults, then shorter and weaker ones.

Delta debugging (Zeller and Hildebrandt, 2002, algorithm ddmin) over the faults; then every
duration is halved, and again, while the plan still fails. A plan that is left cannot lose any
one fault and still fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from practicum.faults.fault import AnyFault
from practicum.faults.plan import Plan, strength

Fails = Callable[[Plan], bool]

SHORTEST_S = 0.05


class _Budget:
    """Asks at most so many times; afterwards nothing fails any more."""

    def __init__(self, fails: Fails, tries_max: int) -> None:
        self._fails, self._left = fails, tries_max

    def __call__(self, plan: Plan) -> bool:
        self._left -= 1
        return self._left >= 0 and self._fails(plan)


def shrink(plan: Plan, fails: Fails, tries_max: int = 500) -> Plan:
    """A smaller plan for which ``fails`` still says True, as it does for ``plan``.

    ``fails`` is asked at most ``tries_max`` times, and never for ``plan`` itself. When the
    tries run out, the smallest failing plan so far is returned.
    """
    ask = _Budget(fails, tries_max)
    plan = fewer(plan, ask)
    while True:
        smaller = next((each for each in weakened(plan) if ask(each)), None)
        if smaller is None:
            return plan
        plan = smaller


def fewer(plan: Plan, fails: Fails) -> Plan:
    """The plan without the faults that its failure does not need."""
    faults, parts = list(plan.faults), 2
    if faults and fails(_with(plan, ())):
        return _with(plan, ())
    while len(faults) >= 2:
        size = -(-len(faults) // parts)
        starts = range(0, len(faults), size)
        smaller = next(
            (
                rest
                for at in starts
                if fails(_with(plan, rest := faults[:at] + faults[at + size :]))
            ),
            None,
        )
        if smaller is not None:
            faults, parts = smaller, max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(faults))
    return _with(plan, faults)


def weakened(plan: Plan) -> Iterator[Plan]:
    """The plan with one duration halved, or one strength, for each there is to halve."""
    for index, fault in enumerate(plan.faults):
        if fault.duration_s > SHORTEST_S:
            half = {"duration_s": max(SHORTEST_S, round(fault.duration_s / 2, 3))}
            yield _replaced(plan, index, half)
        for name, value in strength(fault).items():
            if abs(value) > 0.05:
                yield _replaced(plan, index, {name: round(value / 2, 3)})


def _replaced(plan: Plan, index: int, changes: dict[str, float]) -> Plan:
    fault = msgspec.structs.replace(plan.faults[index], **changes)
    return _with(plan, (*plan.faults[:index], fault, *plan.faults[index + 1 :]))


def _with(plan: Plan, faults: Sequence[AnyFault]) -> Plan:
    # What is left was not drawn from the seed any more.
    return msgspec.structs.replace(plan, faults=tuple(faults), seed=None)
