"""Two worlds side by side: what was seen where, and when a pass is none."""

from __future__ import annotations

from collections import Counter

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.real_world.comparing import compare
from practicum.labs.real_world.conditions import ORDER, not_applied
from practicum.labs.real_world.outcome import Run
from practicum.labs.real_world.transitions import Transition
from practicum.labs.real_world.worlds import seed_of
from practicum.simulation.running.setting import faults_of

VOTE = Transition("n", "its start", "call vote", "n")
BEAT = Transition("n", "its start", "call beat", "n")


def a_run(verdict: Verdict = Verdict.PASS, **more: object) -> Run:
    """One run with one check."""
    check = Judgement(check="check_one", verdict=verdict, expected="one", seen="two")
    facts = {"fired": (1,), "transitions": (VOTE,), "done": 3, "sent": 5, "time_s": 1.0, **more}
    return Run(seed=1, verdict=verdict, judgements=(check,), **facts)  # type: ignore[arg-type]


def test_what_one_world_alone_has_seen_is_told_with_numbers() -> None:
    """Of checks and of transitions; what both have seen is counted."""
    simulated = [a_run(Verdict.FAIL, transitions=(VOTE, BEAT)), a_run(), a_run()]
    found = compare("x.py", simulated, [a_run(), a_run()], Counter(kill=2))
    assert found.verdict is Verdict.FAIL
    assert [found.words(each) for each in found.broken] == [
        "check_one: seen in the simulator in 1 of 3 runs, never on processes"
    ]
    assert [found.words(each) for each in found.differing] == [
        f"{BEAT.words}: seen in the simulator in 1 of 3 runs, never on processes"
    ]
    assert found.shared == 1
    assert found.fired == {"kill": 2}


def test_a_failure_on_processes_alone_is_one() -> None:
    """And one in both worlds is told as such."""
    found = compare("x.py", [a_run()], [a_run(Verdict.FAIL)], Counter())
    assert found.verdict is Verdict.FAIL
    assert found.words(found.broken[0]).endswith(
        "on processes in 1 of 1 runs, never in the simulator"
    )
    both = compare("x.py", [a_run(Verdict.FAIL)], [a_run(Verdict.FAIL)], Counter())
    assert both.words(both.broken[0]).endswith(
        "in the simulator in 1 of 1 runs, and on processes in 1 of 1 runs"
    )


def test_a_pass_needs_something_done_and_a_fault_that_struck() -> None:
    """In each world that ran, and on processes."""
    assert compare("x.py", [], [a_run()], Counter()).verdict is Verdict.PASS
    assert compare("x.py", [], [a_run(fired=(0,))], Counter()).verdict is Verdict.UNKNOWN
    assert compare("x.py", [], [a_run(done=0)], Counter()).verdict is Verdict.UNKNOWN
    assert compare("x.py", [a_run(done=0)], [a_run()], Counter()).verdict is Verdict.UNKNOWN
    assert compare("x.py", [], [], Counter()).verdict is Verdict.UNKNOWN


def test_what_processes_cannot_suffer_is_named() -> None:
    """For the kinds that were planned, and the order always."""
    assert not_applied(["loss"]) == (ORDER,)
    assert [text.partition(":")[0] for text in not_applied(["skew", "kill", "kill"])[1:]] == [
        "kill",
        "skew",
    ]


def test_runs_have_ever_more_faults_and_no_seed_twice() -> None:
    """None, then one, two, three, six and twelve in turn."""
    seeds = [seed_of(number) for number in range(60)]
    assert len(set(seeds)) == len(seeds)
    assert [faults_of(seed) for seed in seeds[:7]] == [0, 1, 2, 3, 6, 12, 1]
