"""A tour that failed on a machine that was not well: unknown where time ran out, else a fail."""

from __future__ import annotations

import msgspec
import pytest

from practicum.checking.verdict import Judgement, Verdict
from practicum.labs.check.machine import MachineSeen
from practicum.labs.tour.excuse import excuse, verdict_of

WELL = MachineSeen(
    seconds=30.0,
    cores=2,
    running_per_core=1.5,
    load_per_core=1.0,
    steal=0.0,
    iowait=0.0,
    late_share=0.0,
    late_ms_max=20.0,
    disk_ms=5.0,
    clock_jump_s=0.0,
)
BUSY = msgspec.structs.replace(WELL, running_per_core=8.0, steal=0.5)


def judged(**verdicts: Verdict) -> list[Judgement]:
    """Checks by their names."""
    return [
        Judgement(check=name.replace("_", " "), verdict=verdict, expected="", seen="")
        for name, verdict in verdicts.items()
    ]


@pytest.mark.parametrize("check", ["recovery", "one_final_state"])
def test_where_time_ran_out_a_busy_machine_makes_it_unknown(check: str) -> None:
    """And says what was wrong with it; a machine that was well excuses nothing."""
    late = judged(**{check: Verdict.FAIL, "money_conserved": Verdict.PASS})
    assert verdict_of(late, BUSY) is Verdict.UNKNOWN
    told = excuse(late, BUSY)
    assert told is not None
    assert "8.0 processes" in told.seen
    assert "50%" in told.examples[0]
    assert verdict_of(late, WELL) is Verdict.FAIL
    assert excuse(late, WELL) is None


def test_no_machine_excuses_money_that_is_lost() -> None:
    """If all orders ended in time, the books must agree."""
    lost = judged(one_final_state=Verdict.PASS, money_conserved=Verdict.FAIL)
    assert verdict_of(lost, BUSY) is Verdict.FAIL
    assert excuse(lost, BUSY) is None


def test_a_pass_on_a_busy_machine_is_a_pass() -> None:
    """All the more."""
    held = judged(recovery=Verdict.PASS)
    assert verdict_of(held, BUSY) is Verdict.PASS
    assert excuse(held, BUSY) is None
