"""From what ``lab.yaml`` says of its experiment to a plan that can be run. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from practicum.faults.fault import AnyFault, clash, overlap
from practicum.faults.plan import Plan as Storm
from practicum.faults.plan import in_order
from practicum.labs.experiment.run import Plan
from practicum.labs.lab import ExperimentSpec


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """How a run differs from what the lab says; None is as the lab says. ``calm`` is without
    faults."""

    seed: int | None = None
    rate: float | None = None
    duration_s: float | None = None
    calm: bool = False


def plan_of(spec: ExperimentSpec, variation: Variation) -> Plan:
    """The plan. When it lasts longer than the lab says, its faults come again and again; when
    it is shorter, those that would begin after the last order are left out."""
    duration_s = variation.duration_s or spec.duration_s
    faults = () if variation.calm else repeated(spec.faults, spec.duration_s, duration_s)
    return Plan(
        rate=variation.rate or spec.rate,
        duration_s=duration_s,
        storm=Storm(
            duration_s=max([duration_s, *(fault.end_s for fault in faults)]),
            faults=faults,
            budget=max(1, len(faults)),
        ),
        settle_s=spec.settle_s,
        fickle_ratio=spec.fickle_ratio,
        seed=spec.seed if variation.seed is None else variation.seed,
        calm=variation.calm,
    )


def repeated(faults: Sequence[AnyFault], every_s: float, duration_s: float) -> tuple[AnyFault, ...]:
    """The faults of one round, once for each round that begins within the duration.

    What would fall into one that lasts already is left out.
    """
    found: list[AnyFault] = []
    for number in range(math.ceil(duration_s / every_s)):
        for fault in in_order(faults):
            later: AnyFault = msgspec.structs.replace(
                fault, start_s=round(fault.start_s + number * every_s, 6)
            )
            hindered = any(clash(one, later) and overlap(one, later) for one in found)
            if later.start_s < duration_s and not (hindered and number):
                found.append(later)
    return in_order(found)
