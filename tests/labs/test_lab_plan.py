"""The lab's experiment as a plan: varied, without faults, and again and again if it lasts."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.faults.plan import check
from practicum.labs.check.plan import Variation, plan_of
from practicum.labs.lab import ExperimentSpec

SPEC = msgspec.convert(
    {
        "rate": 60,
        "duration_s": 5,
        "settle_s": 4,
        "seed": 7,
        "faults": [
            {"kind": "hesitate", "target": "bank", "duration_s": 5, "delay_ms": 100},
            {"kind": "pause", "target": "inventory", "start_s": 4, "duration_s": 2},
            {"kind": "crash", "target": "payment", "start_s": 1, "duration_s": 2, "point": "a.b"},
        ],
    },
    ExperimentSpec,
)


def test_the_plan_is_what_the_lab_says() -> None:
    """All faults, in order, within a budget that allows them."""
    plan = plan_of(SPEC, Variation())
    assert (plan.rate, plan.duration_s, plan.settle_s, plan.seed) == (60, 5, 4, 7)
    assert [fault.kind for fault in plan.storm.faults] == ["hesitate", "crash", "pause"]
    assert check(plan.storm) == []


def test_a_calm_plan_has_no_faults_and_says_so() -> None:
    """Everything else is the same."""
    plan = plan_of(SPEC, Variation(calm=True))
    assert plan.storm.faults == ()
    assert plan.calm
    assert plan.digest != plan_of(SPEC, Variation()).digest


def test_equal_plans_have_equal_digests() -> None:
    """And a seed more makes another plan."""
    assert plan_of(SPEC, Variation()).digest == plan_of(SPEC, Variation(seed=7)).digest
    assert plan_of(SPEC, Variation()).digest != plan_of(SPEC, Variation(seed=8)).digest


@given(st.floats(0.5, 60), st.floats(1, 500))
def test_a_varied_plan_can_always_be_carried_out(duration_s: float, rate: float) -> None:
    """No two faults clash, none begins after the last order, and all of a short run's strike."""
    plan = plan_of(SPEC, Variation(duration_s=duration_s, rate=rate))
    assert check(plan.storm) == []
    assert all(fault.start_s < duration_s for fault in plan.storm.faults)
    due = [fault for fault in SPEC.faults if fault.start_s < duration_s]
    assert len(plan.storm.faults) >= len(due)


def test_faults_come_again_when_the_run_is_longer() -> None:
    """Once a round; what would fall into one that still lasts is left out."""
    plan = plan_of(SPEC, Variation(duration_s=15))
    starts = [fault.start_s for fault in plan.storm.faults if fault.kind == "crash"]
    assert starts == [1, 6, 11]


def test_a_fault_that_still_lasts_is_not_begun_again() -> None:
    """It comes again in the first round in which there is room for it."""
    long = {"kind": "pause", "target": "shipping", "start_s": 1, "duration_s": 6}
    spec = msgspec.convert({"rate": 60, "duration_s": 5, "faults": [long]}, ExperimentSpec)
    plan = plan_of(spec, Variation(duration_s=15))
    assert [fault.start_s for fault in plan.storm.faults] == [1, 11]
    assert check(plan.storm) == []
