"""A node is the same in both worlds: what its code sees of messages, calls, disks and deaths."""

from __future__ import annotations

from pathlib import Path

import pytest

from practicum.checking.verdict import Verdict
from practicum.faults.fault import (
    AnyFault,
    Delay,
    Disk,
    Duplicate,
    Kill,
    Loss,
    Partition,
    Pause,
    Skew,
    Slow,
)
from practicum.simulation.running.judging import LIVENESS, UNHANDLED
from worlds.two_worlds import PROTOCOLS, World, real, simulated

ALL_THE_TIME = {"start_s": 0.0, "duration_s": 0.95}
UNDER: dict[str, tuple[AnyFault, ...]] = {
    "messages_arrive_in_order": (),
    "values_stay_what_they_are": (),
    "calls_are_answered": (),
    "an_empty_inbox_times_out": (),
    "clients_record_what_they_do": (),
    "a_partition_loses_and_heals": (Partition(target="n1", start_s=0.4, duration_s=0.6),),
    "all_is_lost": (Loss(target="n1", ratio=1.0, start_s=0.0, duration_s=1.1),),
    "all_is_doubled": (Duplicate(target="n1", ratio=1.0, start_s=0.0, duration_s=1.1),),
    "a_crash_is_a_new_life": (Kill(target="n1", start_s=0.5, duration_s=0.3),),
    "a_pause_forgets_nothing": (Pause(target="n1", start_s=0.3, duration_s=0.4),),
    "a_skewed_clock": (Skew(target="n1", offset_ms=60_000, start_s=0.25, duration_s=0.7),),
    "a_disk_that_refuses": (Disk(target="n1", ratio=1.0, start_s=0.05, duration_s=0.4),),
}
CASES = [
    *UNDER.items(),
    ("messages_arrive_in_order", (Slow(target="n2", delay_ms=2, **ALL_THE_TIME),)),
    ("messages_arrive_in_order", (Delay(target="n2", delay_ms=50, **ALL_THE_TIME),)),
]
WORLDS = pytest.mark.parametrize("world", [simulated, real])


@WORLDS
@pytest.mark.parametrize(("name", "faults"), CASES)
def test_a_protocol_of_the_contract_passes(
    name: str, faults: tuple[AnyFault, ...], world: World, tmp_path: Path
) -> None:
    """Its own check says what must hold, and every fault of its plan has an effect."""
    run = world(PROTOCOLS / f"{name}.py", faults, tmp_path)
    assert [each.seen for each in run.judgements if each.verdict is not Verdict.PASS] == []
    assert run.done > 0
    assert all(run.fired), run.fired


@WORLDS
def test_a_node_without_power_stays_down(world: World, tmp_path: Path) -> None:
    """Although its disk had failed it, and it was to be started again soon."""
    faults = (
        Disk(target="n1", ratio=1.0, start_s=0.05, duration_s=0.3),
        Kill(target="n1", start_s=0.4, duration_s=1.2),
    )
    run = world(PROTOCOLS / "a_node_without_power_stays_down.py", faults, tmp_path)
    assert [each.seen for each in run.judgements if each.verdict is not Verdict.PASS] == []
    assert [bool(count) for count in run.fired] == [True, False]


@WORLDS
def test_an_error_that_nobody_handles_fails_the_run(world: World, tmp_path: Path) -> None:
    """With the words and the line, and no check is asked."""
    run = world(PROTOCOLS / "an_error_ends_the_run.py", (), tmp_path)
    assert [(each.check, each.look_next) for each in run.judgements] == [
        (UNHANDLED, "an_error_ends_the_run.py:9")
    ]
    assert "KeyError: 'nobody handles this'" in run.judgements[0].seen


@WORLDS
def test_a_finish_that_never_ends_fails_the_run(world: World, tmp_path: Path) -> None:
    """With the line where it waits."""
    run = world(PROTOCOLS / "what_never_ends.py", (), tmp_path)
    assert [(each.check, each.look_next) for each in run.judgements] == [
        (LIVENESS, "what_never_ends.py:18")
    ]


def test_the_contract_has_no_protocol_that_nobody_runs() -> None:
    """Each file is in a test."""
    names = {path.stem for path in PROTOCOLS.glob("*.py")}
    others = {"a_node_without_power_stays_down", "an_error_ends_the_run", "what_never_ends"}
    assert names == {*UNDER, *others}
