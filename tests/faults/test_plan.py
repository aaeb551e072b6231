"""Plans are data: read as written, equal by hash, and refused with every reason at once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.faults.drawing import Wishes, draw_plan
from practicum.faults.fault import (
    KINDS,
    Crash,
    Delay,
    Kill,
    Pause,
    Refuse,
    clash,
    describe,
    overlap,
)
from practicum.faults.plan import BadPlan, Plan, Targets, canonical, check, read_plan
from practicum.faults.shrinking import SHORTEST_S, fewer, shrink

TARGETS = Targets(
    processes=("nats", "postgres", "order", "payment", "bank"),
    services=("order", "payment", "bank"),
    moods={"bank": ("decline", "hesitate")},
    crash_points={"payment": ("payment.charged", "relay.published")},
)
seeds = st.integers(0, 2**64)
wishes = st.builds(
    Wishes,
    duration_s=st.floats(10, 120),
    budget=st.integers(1, 5),
    per_minute=st.floats(0.1, 40),
    kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, unique=True).map(tuple),
)
drawn = st.builds(lambda seed, wish: draw_plan(seed, wish, TARGETS), seeds, wishes)


@given(drawn)
def test_a_drawn_plan_has_nothing_wrong_and_at_least_one_fault(plan: Plan) -> None:
    """What the almanac draws, the almanac accepts."""
    assert check(plan, TARGETS) == []
    assert plan.faults


@given(seeds, wishes)
def test_the_same_seed_draws_the_same_plan(seed: int, wish: Wishes) -> None:
    """And says so by its digest."""
    one, other = draw_plan(seed, wish, TARGETS), draw_plan(seed, wish, TARGETS)
    assert one == other
    assert one.digest == other.digest


def test_what_a_seed_draws_is_fixed_by_the_version() -> None:
    """Change this digest only together with `plan.VERSION`: kept seeds would lie."""
    plan = draw_plan(7, Wishes(), TARGETS)
    assert plan.version == 1
    assert plan.digest.startswith("d91a49921620ddeb")
    assert draw_plan(8, Wishes(), TARGETS).digest != plan.digest


@given(drawn)
def test_the_budget_and_the_rest_of_each_target_are_kept(plan: Plan) -> None:
    """Never more faults at a time than allowed, and nothing is killed while it is down."""
    for fault in plan.faults:
        at_once = [f for f in plan.faults if f.start_s <= fault.start_s < f.end_s]
        assert len(at_once) <= plan.budget
    for index, fault in enumerate(plan.faults):
        for later in plan.faults[index + 1 :]:
            assert not (clash(fault, later) and overlap(fault, later, Wishes().rest_s))


@given(drawn)
def test_a_plan_is_read_as_it_was_written(plan: Plan) -> None:
    """Canonical JSON there and back."""
    assert read_plan(canonical(plan)) == plan


@given(drawn, st.randoms(use_true_random=False))
def test_the_order_of_faults_in_a_file_does_not_matter(plan: Plan, chance: object) -> None:
    """Plans with the same faults have the same digest."""
    faults = list(plan.faults)
    chance.shuffle(faults)  # type: ignore[attr-defined]
    assert msgspec.structs.replace(plan, faults=tuple(faults)).digest == plan.digest


@given(st.binary(max_size=200))
def test_what_is_no_plan_is_refused_in_words(text: bytes) -> None:
    """Never another exception."""
    with pytest.raises(BadPlan, match=r"not a plan|version|duration|budget"):
        read_plan(text)


def test_every_reason_is_told_at_once() -> None:
    """A person corrects a plan once, not five times."""
    plan = Plan(
        duration_s=10,
        budget=1,
        faults=(
            Kill(target="order", start_s=1, duration_s=4),
            Kill(target="order", start_s=3, duration_s=1),
            Delay(target="nats", start_s=6, duration_s=9, delay_ms=1),
            Crash(target="payment", start_s=5, point="payment.nowhere"),
        ),
    )
    told = "\n".join(check(plan, TARGETS))
    for words in (
        "delay of nats at 6 s ends at 15 s, after the plan",
        "kill of order at 3 s falls into kill of order at 1 s: start it at 5 s",
        "2 faults last at 3 s, the budget is 1",
        "nats cannot suffer that (order, payment, bank can)",
        "it has no point payment.nowhere (payment.charged, relay.published)",
    ):
        assert words in told


def test_nothing_else_happens_to_who_is_down_but_an_edge_can_be_slow_and_refuse() -> None:
    """Delay and refuse go together, a pause goes with nothing."""
    slow, refuse = Delay(target="a", delay_ms=1), Refuse(target="a")
    assert not clash(slow, refuse)
    assert clash(slow, Pause(target="a"))
    assert not clash(slow, Pause(target="b"))
    assert clash(slow, slow)


@pytest.mark.parametrize("wish", [Wishes(duration_s=7), Wishes(kinds=("flood",)), Wishes(kinds=())])
def test_wishes_that_cannot_be_met_are_refused(wish: Wishes) -> None:
    """With what to ask for instead."""
    with pytest.raises(BadPlan, match=r"use more than|there are kill|name other"):
        draw_plan(1, wish, TARGETS)


@given(drawn)
def test_every_fault_can_be_told(plan: Plan) -> None:
    """In words that begin with who suffers it."""
    assert all(describe(fault).startswith(fault.target) for fault in plan.faults)


@given(drawn, st.data())
def test_shrinking_leaves_just_the_faults_that_are_needed(plan: Plan, data: st.DataObject) -> None:
    """The failure needs some faults together: those stay, and no other."""
    size = st.integers(1, min(3, len(plan.faults)))
    needed = set(data.draw(st.permutations(range(len(plan.faults))))[: data.draw(size)])
    wanted = {(plan.faults[i].start_s, plan.faults[i].target) for i in needed}

    def fails(candidate: Plan) -> bool:
        return wanted <= {(f.start_s, f.target) for f in candidate.faults}

    small = fewer(plan, fails)
    assert fails(small)
    for index in range(len(small.faults)):
        rest = small.faults[:index] + small.faults[index + 1 :]
        assert not fails(msgspec.structs.replace(small, faults=rest))


def test_shrinking_halves_what_is_left_while_it_fails() -> None:
    """A delay of at least 100 ms is what it takes: the rest goes, down to that."""
    plan = Plan(
        duration_s=60,
        faults=(
            Kill(target="order", start_s=1),
            Delay(target="bank", start_s=5, duration_s=8, delay_ms=400, jitter_ms=40),
        ),
    )

    def fails(candidate: Plan) -> bool:
        return any(isinstance(f, Delay) and f.delay_ms >= 100 for f in candidate.faults)

    (fault,) = shrink(plan, fails).faults
    assert isinstance(fault, Delay)
    assert fault.delay_ms == 100
    assert fault.duration_s == SHORTEST_S


def test_shrinking_asks_no_more_often_than_it_may() -> None:
    """And gives back the smallest plan that it saw fail."""
    plan, asked = draw_plan(3, Wishes(duration_s=600, per_minute=20), TARGETS), []

    def fails(candidate: Plan) -> bool:
        asked.append(candidate)
        return len(candidate.faults) >= 2

    small = shrink(plan, fails, tries_max=20)
    assert len(asked) == 20
    assert 2 <= len(small.faults) < len(plan.faults)
