"""A role's plan: what was added and why, what fills the gap, and the weeks it takes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.authoring.loading import load_catalogue
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.gap import gap_to
from practicum.curriculum.planning import (
    PathPlan,
    PlannedStep,
    dated,
    plan_course,
    plan_path,
    reviews_of,
    usual_hours,
    weekly,
)
from practicum.curriculum.search import search

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue([ROOT / "courses"])
ROLES = {path.role: path for path in CATALOGUE.paths.paths}


def planned(role: str) -> PathPlan:
    """The plan of a role of ours."""
    return plan_path(CATALOGUE, ROLES[role])


@pytest.mark.parametrize("role", ROLES)
def test_every_plan_holds_its_path_and_respects_all_dependencies(role: str) -> None:
    """Nothing is lost, nothing stands before what it needs, each step says why it is there."""
    plan = planned(role)
    order = [step.id for step in plan.steps]
    listed = [step.id for step in ROLES[role].steps]
    assert set(listed) <= set(order)
    assert sorted(order) == sorted(set(order))
    assert [step.id for step in plan.steps if not step.added_for] == [
        step for step in order if step in listed
    ]
    for edge in graph_of(CATALOGUE).edges:
        if edge.after in order and not edge.order_only:
            assert order.index(edge.before) < order.index(edge.after)
    assert all(step.purpose or step.why_added for step in plan.steps)
    assert all(step.pending for step in plan.steps if step.state == "pending")


def test_a_platform_engineer_gets_what_the_path_forgot() -> None:
    """API design before the mesh, timeouts before chaos; the sum counts them."""
    plan = planned("platform engineer")
    added = {step.id: step.added_for for step in plan.steps if step.added_for}
    assert added == {
        "patterns/api-design": "patterns/service-mesh-production",
        "patterns/timeouts": "patterns/chaos-engineering",
    }
    assert plan.minutes == (2790, 2790)
    assert plan.hours == (40, 50)


def test_the_resilience_exam_comes_after_all_resilience_modules() -> None:
    """Though the path of a reliability engineer lists it first."""
    order = [step.id for step in planned("site reliability engineer").steps]
    assert order[:5] == [
        "patterns/circuit-breaker",
        "patterns/rate-limiting",
        "patterns/timeouts",
        "patterns/chaos-engineering",
        "exam:resilience-engineering",
    ]


def test_a_dependency_of_order_only_adds_nothing() -> None:
    """Tracing comes after the mesh where both are, and alone where it is alone."""
    order = [step.id for step in planned("site reliability engineer").steps]
    assert "exam:distributed-tracing" in order
    assert "patterns/service-mesh-production" not in order
    order = [step.id for step in planned("security engineer").steps]
    assert order.index("patterns/service-mesh-production") < order.index(
        "exam:distributed-security"
    )


def test_a_length_that_nobody_knows_is_told() -> None:
    """It is not counted as nothing without a word."""
    assert planned("data engineer").unmeasured == ("pillars/work-distribution",)


@pytest.mark.parametrize("role", ROLES)
def test_electives_close_the_gap_to_the_level(role: str) -> None:
    """With them nothing is short; without one of them, something is."""
    plan = planned(role)
    level = CATALOGUE.level(plan.level)
    assert level is not None
    steps = [step.id for step in plan.steps]
    for left_out in (None, *plan.gap.electives):
        taken = [each for each in plan.gap.electives if each is not left_out]
        more = [step for each in taken for step in (*each.brings, each.id)]
        short = gap_to(CATALOGUE, [*steps, *more], level).shortfalls
        assert bool(short) == (left_out is not None), (left_out, short)
    assert bool(plan.gap.shortfalls) == bool(plan.gap.electives)


def test_rules_are_filled_before_counts() -> None:
    """Level 3 from nothing: the three modules and two exams that it names are among them."""
    level = CATALOGUE.level(3)
    assert level is not None
    gap = gap_to(CATALOGUE, [], level)
    taken = [each.id for each in gap.electives]
    brought = [step for each in gap.electives for step in each.brings]
    assert {
        "patterns/microservices-decomposition",
        "patterns/service-mesh-production",
        "patterns/saga-pattern",
        "exam:correlated-failure",
        "exam:economic-reality",
    } <= {*taken, *brought}
    counted = Counter("exam" if step.startswith("exam:") else "module" for step in taken + brought)
    assert counted == {"exam": 6, "module": 8}
    assert "multi-pattern synthesis in the case studies" in gap.beside
    assert [each.needed - each.has for each in gap.shortfalls] == [1, 1, 1, 1, 1, 8, 6]


STEP = st.builds(
    PlannedStep,
    id=st.uuids().map(str),
    title=st.just("t"),
    minutes=st.integers(0, 900).map(lambda most: (most, most)),
    state=st.just("pending"),
)


@given(st.lists(STEP, max_size=8), st.floats(0.5, 80), st.integers(1, 6))
def test_weeks_hold_every_minute_once_and_in_order(
    steps: list[PlannedStep], hours: float, every: int
) -> None:
    """None is fuller than the budget, none but the last leaves any of it; each step that has
    ended is reviewed once, at the end of its stretch of weeks."""
    weeks = weekly(steps, hours, every)
    spent: dict[str, int] = {}
    for week in weeks:
        for step, minutes in week.work:
            spent[step] = spent.get(step, 0) + minutes
    assert list(spent.items()) == [(step.id, step.minutes[1]) for step in steps]
    sums = [sum(minutes for _, minutes in week.work) for week in weeks]
    assert all(total == round(hours * 60) for total in sums[:-1])
    assert all(total <= round(hours * 60) for total in sums)
    reviewed = [step for week in weeks for step in week.review]
    last = {step: week.number for week in weeks for step, _ in week.work}
    stretches = len(weeks) // every * every
    assert sorted(reviewed) == sorted(step for step, end in last.items() if end <= stretches)
    assert all(week.number % every == 0 for week in weeks if week.review)
    reviews = reviews_of(weeks, every)
    assert sorted(step for each in reviews for step in each.steps) == sorted(last)
    assert all(each.week % every == 0 for each in reviews)
    assert all(
        last[step] <= each.week < last[step] + every for each in reviews for step in each.steps
    )
    assert sum(each.week > len(weeks) for each in reviews) <= 1


@given(
    st.sampled_from([*ROLES, *(name for name, each in CATALOGUE.courses.items() if each.modules)]),
    st.floats(0.5, 80),
)
def test_nothing_is_planned_before_what_it_needs(name: str, hours: float) -> None:
    """No week begins a step before the week in which the last thing it needs has ended, and the
    weeks sum up to the hours of the steps."""
    if name in ROLES:
        plan = plan_path(CATALOGUE, ROLES[name], hours_per_week=hours)
    else:
        plan = plan_course(CATALOGUE, name, hours_per_week=hours)
    begins: dict[str, tuple[int, int]] = {}
    ends: dict[str, tuple[int, int]] = {}
    for week in plan.weeks:
        for place, (step, _) in enumerate(week.work):
            begins.setdefault(step, (week.number, place))
            ends[step] = (week.number, place)
    assert set(begins) == {step.id for step in plan.steps}
    for edge in graph_of(CATALOGUE).edges:
        if edge.before in ends and edge.after in begins:
            assert ends[edge.before] < begins[edge.after]
    assert sum(left for week in plan.weeks for _, left in week.work) == plan.minutes[1]


def test_days_follow_from_the_first() -> None:
    """Weeks of seven days; a review on the last of its week."""
    plan = dated(plan_course(CATALOGUE, "patterns", hours_per_week=10), dt.date(2026, 12, 1))
    assert [week.begins for week in plan.weeks[:2]] == [dt.date(2026, 12, 1), dt.date(2026, 12, 8)]
    assert plan.reviews[0].on == dt.date(2026, 12, 28)


def test_a_course_has_the_weeks_that_it_states() -> None:
    """Eight at its own hours, two to three full time, and more where the hours are fewer; what
    it needs from elsewhere would be added."""
    plan = plan_course(CATALOGUE, "service-mesh")
    weeks = {pace.budget.name: pace.weeks for pace in plan.paces}
    assert weeks == {"light": (4, 60), "standard": (8, 8), "intensive": (2, 3)}
    assert plan.hours == (80, 120)
    assert [step.track for step in plan.steps][::2] == [
        "Foundation",
        "Core implementation",
        "Operational excellence",
        "Advanced patterns",
    ]
    assert {step.minutes for step in plan.steps} == {(120, 120)}
    assert all(step.purpose for step in plan.steps)


def test_a_budget_is_planned_with_its_middle() -> None:
    """2 to 4 hours are 3, 10 to 15 are 12.5."""
    hours = {each.name: usual_hours(each) for each in CATALOGUE.paths.budgets}
    assert hours == {"light": 3, "standard": 12.5, "intensive": 37.5}


def test_paces_span_the_stated_hours_and_the_steps() -> None:
    """40 to 50 hours at 2 to 4 a week are 10 to 25 weeks; a sum beyond the hours counts."""
    light, standard, intensive = planned("platform engineer").paces
    assert (light.weeks, standard.weeks, intensive.weeks) == ((10, 25), (3, 5), (1, 2))
    assert planned("engineering manager").paces[0].weeks == (5, 19)


def test_what_is_in_the_catalogue_is_found() -> None:
    """All words, in any case and order; names before texts."""
    assert search(CATALOGUE, ["PATTERN", "saga"])[0].id == "patterns/saga-pattern"
    assert search(CATALOGUE, ["saga pattern"])[0].id == "patterns/saga-pattern"
    (hit,) = search(CATALOGUE, ["g-counter"])
    assert hit.id == "pillars/state-distribution"
    assert hit.found_in == (("topics", "G-Counter, PN-Counter, OR-Set, LWW-Register"),)
    assert search(CATALOGUE, ["saga", "zebra"]) == []
    assert search(CATALOGUE, [" "]) == []


def test_every_entry_is_found_by_its_own_id() -> None:
    """Modules, tracks, exams, paths and levels."""
    for key in CATALOGUE.steps():
        assert key in [hit.id for hit in search(CATALOGUE, [key])]


def test_a_catalogue_of_its_own_plans_without_files() -> None:
    """The library is quiet: a path can be made of what is there."""
    path = msgspec.structs.replace(ROLES["platform engineer"], tracks=())
    assert isinstance(CATALOGUE, Catalogue)
    assert plan_path(CATALOGUE, path).steps == ()
