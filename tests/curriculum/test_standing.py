"""What a learner is told to do next, and why."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from practicum.authoring.loading import load_catalogue
from practicum.curriculum.catalogue import Catalogue
from practicum.curriculum.dependencies import graph_of
from practicum.curriculum.planning import plan_path
from practicum.curriculum.standing import Standing, can_be_done, is_done, next_step

LOADED = load_catalogue([Path(__file__).parents[2] / "courses"])
MODULES = list(dict(LOADED.modules()))
LAB = "microservices/transactions/kill-in-mid-payment"
EVENTS = "microservices/events"
# What is written changes from day to day; these tests say for themselves what is.
CATALOGUE = msgspec.structs.replace(LOADED, written=frozenset())


def written(*steps: str) -> Catalogue:
    """The catalogue with those modules and exams written."""
    return msgspec.structs.replace(CATALOGUE, written=frozenset(steps))


def test_without_anything_passed_the_first_that_can_be_done_comes_next() -> None:
    """And what stands before it is told, with the reason why it is not next."""
    step = next_step(CATALOGUE, Standing())
    assert step.id == "microservices/transactions"
    assert step.labs_left == (LAB,)
    assert step.then == EVENTS
    assert not step.can_be_read
    assert all(each.why.startswith("pending: ") for each in step.before)
    assert "pending" in step.why[0]


def test_a_module_whose_labs_have_passed_is_behind() -> None:
    """With the day on which the last of them did."""
    step = next_step(CATALOGUE, Standing(passed={LAB: "2026-11-20T08:00:00Z"}))
    assert step.id == EVENTS
    told = {each.id: each.why for each in step.before}
    assert told["microservices/transactions"] == "passed: all its labs, the last on 2026-11-20"


def test_an_exam_that_was_passed_is_behind() -> None:
    """One that was not passed, and that has a paper, can be done."""
    exams = ("exam:data-consistency", "exam:flow-control-180")
    catalogue = written(*exams)
    first = next_step(catalogue, Standing(), exams)
    assert (first.id, first.then) == exams
    then = next_step(catalogue, Standing(passed={exams[0]: "2026-11-20T08:00:00Z"}), exams)
    assert then.id == exams[1]
    assert [each.why for each in then.before] == ["passed on 2026-11-20"]


def test_a_module_without_labs_is_behind_when_it_is_complete() -> None:
    """Its blocks and its gauntlet show it; nobody has to point at the next."""
    module = "pillars/truth-distribution"
    catalogue = written(module)
    assert next_step(catalogue, Standing(), [module]).id == module
    then = next_step(catalogue, Standing(passed={module: ""}), [module, EVENTS])
    assert then.id == EVENTS
    assert then.before[0].why.startswith("passed: its blocks are read")


def test_a_module_that_was_begun_says_how_far_it_is() -> None:
    """One of two labs."""
    lab = CATALOGUE.labs[EVENTS][0]
    where = Standing(passed={LAB: "2026-11-20", lab: "2026-11-21"})
    step = next_step(CATALOGUE, where)
    assert step.id == EVENTS
    assert step.why[0] == "you have begun it: labs passed: 1 of 2"
    assert step.labs_passed == (lab,)


def test_the_current_module_is_next_until_it_has_passed() -> None:
    """What stands before it is left behind, and told so."""
    step = next_step(CATALOGUE, Standing(current=EVENTS))
    assert step.id == EVENTS
    assert step.why[0] == "you point at it; labs passed: 0 of 2"
    told = {each.id: each.why for each in step.before}
    assert told["microservices/transactions"].startswith("left behind")
    passed = dict.fromkeys(CATALOGUE.labs[EVENTS], "2026-11-20")
    then = next_step(CATALOGUE, Standing(current=EVENTS, passed=passed))
    assert then.id == "microservices/observability"


def test_a_path_of_which_nothing_can_be_done_offers_what_lies_beside_it() -> None:
    """And says that it does."""
    step = next_step(CATALOGUE, Standing(), ["exam:data-pipeline", "patterns/timeouts"])
    assert not step.is_on_path
    assert step.id == "microservices/transactions"
    assert [each.id for each in step.before] == ["exam:data-pipeline", "patterns/timeouts"]


def test_a_step_tells_what_it_is_for_and_what_builds_on_it() -> None:
    """On the path of a role."""
    role = next(path for path in CATALOGUE.paths.paths if path.role == "site reliability engineer")
    there = msgspec.structs.replace(CATALOGUE, written=frozenset(["patterns/timeouts"]))
    plan = plan_path(there, role)
    purposes = {each.id: each.purpose for each in plan.steps}
    step = next_step(there, Standing(), [each.id for each in plan.steps], purposes)
    assert step.id == "patterns/timeouts"
    assert step.why[0] == "on this path it is for timeouts that do not cascade"
    assert any("patterns/chaos-engineering" in why and "build" in why for why in step.why)


def test_nothing_left_is_told() -> None:
    """No step, and each reason why not."""
    passed = {lab: "2026-11-20" for labs in CATALOGUE.labs.values() for lab in labs}
    step = next_step(CATALOGUE, Standing(passed=passed))
    assert step.id == ""
    assert len(step.before) == len(MODULES)


@given(
    st.sets(st.sampled_from(MODULES)),
    st.sets(st.sampled_from([lab for labs in CATALOGUE.labs.values() for lab in labs])),
    st.sampled_from(["", *MODULES]),
    st.lists(st.sampled_from(list(CATALOGUE.steps())), unique=True, max_size=8),
)
def test_next_is_never_before_what_it_needs(
    there: set[str], passed: set[str], current: str, asked: list[str]
) -> None:
    """Of what can be done at all; it can be done, has not passed, and each step of the way is
    either before it with a reason or after it."""
    catalogue = msgspec.structs.replace(CATALOGUE, written=frozenset(there))
    where = Standing(passed=dict.fromkeys(passed, "2026-11-20"), current=current)
    way = graph_of(catalogue).order(asked)
    step = next_step(catalogue, where, way)
    if not step.id:
        assert (
            not any(can_be_done(catalogue, x) and not is_done(catalogue, x, where) for x in MODULES)
            or current
        )
        return
    assert can_be_done(catalogue, step.id)
    assert not is_done(catalogue, step.id, where)
    if step.is_on_path and way:
        assert [each.id for each in step.before] == way[: way.index(step.id)]
        needed = {edge.before for edge in graph_of(catalogue).needed_by(step.id)} & set(way)
        assert needed <= {each.id for each in step.before}
