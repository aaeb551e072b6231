"""Who is to blame: the solution's run and the machine decide, never the failure alone."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check.attribution import (
    PROOF_AGE_S_MAX,
    Ran,
    attribute,
    attribute_answer,
    needs_reference,
    proof_stands,
)
from practicum.labs.check.machine import MachineSeen
from practicum.labs.grading_plugin import Trouble

CALM = MachineSeen(
    seconds=10.0,
    cores=2,
    running_per_core=1.0,
    load_per_core=1.0,
    steal=0.0,
    iowait=0.01,
    late_share=0.0,
    late_ms_max=8.0,
    disk_ms=3.0,
    clock_jump_s=0.0,
)
BUSY = msgspec.structs.replace(CALM, running_per_core=9.0)
PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
BROKEN = Trouble("check", "the check itself broke at checks.py:3: KeyError: 'x'")


def ran(verdict: Verdict, machine: MachineSeen = CALM, *troubles: Trouble) -> Ran:
    """A run in which one check came to that verdict."""
    judgement = Judgement(check="money", verdict=verdict, expected="all", seen="less")
    return Ran(judgements=(judgement,), machine=machine, troubles=troubles)


@pytest.mark.parametrize(
    ("mine", "reference", "verdict", "blame"),
    [
        (ran(FAIL), ran(PASS), FAIL, "learner"),
        (ran(FAIL, BUSY), ran(PASS, BUSY), FAIL, "learner"),
        (ran(FAIL, CALM), ran(PASS, BUSY), FAIL, "learner"),
        (ran(FAIL, BUSY), ran(PASS, CALM), UNKNOWN, "machine"),
        (ran(FAIL), ran(FAIL), UNKNOWN, "lab"),
        (ran(FAIL), ran(UNKNOWN), UNKNOWN, "lab"),
        (ran(FAIL, BUSY), ran(FAIL), UNKNOWN, "machine"),
        (ran(FAIL), ran(FAIL, BUSY), UNKNOWN, "machine"),
        (ran(UNKNOWN), ran(PASS), UNKNOWN, "nobody"),
        (ran(UNKNOWN, BUSY), None, UNKNOWN, "machine"),
        (ran(UNKNOWN), None, UNKNOWN, "nobody"),
        (ran(FAIL), None, FAIL, "nobody"),
        (ran(UNKNOWN, CALM, BROKEN), None, UNKNOWN, "lab"),
        (ran(FAIL, CALM, BROKEN), ran(PASS), FAIL, "learner"),
        (ran(PASS, BUSY), None, PASS, "nobody"),
    ],
)
def test_both_runs_and_the_machine_decide(
    mine: Ran, reference: Ran | None, verdict: Verdict, blame: str
) -> None:
    """Only what the solution withstands is the learner's."""
    finding = attribute(mine, reference)
    assert (finding.verdict, finding.blame) == (verdict, blame)
    assert bool(finding.reason) == (verdict is not PASS)


@pytest.mark.parametrize(("machine", "blame"), [(CALM, "lab"), (BUSY, "machine")])
def test_a_solution_that_fails_itself_is_never_a_fail(machine: MachineSeen, blame: str) -> None:
    """It proves nothing about anybody's files."""
    mine = ran(FAIL, machine)
    assert not needs_reference(mine, is_solution=True)
    finding = attribute(mine, None, is_solution=True)
    assert (finding.verdict, finding.blame) == (UNKNOWN, blame)


@given(st.floats(0, PROOF_AGE_S_MAX))
def test_a_fresh_proof_stands_for_a_run_on_a_calm_machine_alone(age_s: float) -> None:
    """On a busy one the solution has to be heard again."""
    assert proof_stands(ran(FAIL), age_s)
    assert not proof_stands(ran(FAIL, BUSY), age_s)
    finding = attribute(ran(FAIL), None, proof_age_s=age_s)
    assert (finding.verdict, finding.blame) == (FAIL, "learner")
    assert "min ago" in finding.reason


@given(st.one_of(st.none(), st.floats(PROOF_AGE_S_MAX + 0.1, 1e9), st.floats(-1e9, -0.001)))
def test_an_old_proof_or_one_of_the_future_is_none(age_s: float | None) -> None:
    """A clock that was set back makes no proof fresh."""
    assert not proof_stands(ran(FAIL), age_s)
    assert attribute(ran(FAIL), None, proof_age_s=age_s).blame == "nobody"


@given(
    st.sampled_from([PASS, FAIL, UNKNOWN]),
    st.sampled_from([CALM, BUSY]),
    st.one_of(
        st.none(), st.builds(ran, st.sampled_from(list(Verdict)), st.sampled_from([CALM, BUSY]))
    ),
    st.booleans(),
)
def test_the_learner_is_blamed_only_for_a_fail_that_the_solution_withstood(
    verdict: Verdict, machine: MachineSeen, reference: Ran | None, is_solution: bool
) -> None:
    """Whatever else is the case."""
    finding = attribute(ran(verdict, machine), reference, is_solution=is_solution)
    if finding.blame == "learner":
        assert finding.verdict is FAIL is verdict
        assert reference is not None
        assert reference.verdict is PASS
        assert not is_solution
    if verdict is not FAIL:
        assert finding.verdict is verdict


def test_an_answer_that_fails_is_the_learners_and_a_broken_check_the_labs() -> None:
    """An answer cannot have gone otherwise on another machine."""
    assert attribute_answer(ran(FAIL)).blame == "learner"
    assert attribute_answer(ran(UNKNOWN, CALM, BROKEN)).blame == "lab"
    assert attribute_answer(ran(UNKNOWN)).verdict is UNKNOWN
    assert attribute_answer(ran(PASS)).reason == ""


def test_an_answer_that_is_not_written_yet_costs_nobody_an_attempt() -> None:
    """It fails all the same, and the reason says why it does not count."""
    found = attribute_answer(ran(FAIL), unfinished="nothing is answered yet")
    assert (found.verdict, found.blame) == (FAIL, "nobody")
    assert found.reason == "nothing is answered yet; it costs no attempt"
    assert attribute_answer(ran(PASS), unfinished="nothing is answered yet").verdict is PASS
