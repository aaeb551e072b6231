"""The works of the simulator's benches: what is measured is what their results say."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from benchmarks.simulators import resident, tracing
from benchmarks.simulators.engines import practicum, practicum_asyncio
from benchmarks.simulators.programs import LONG, SHORT, Work, definitions, outages, perform


@pytest.fixture
def collector() -> Iterator[None]:
    """The garbage collector works again after a bench, and on all that there is."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("work", [SHORT, LONG, resident.SHORTEST], ids=lambda work: work.title)
def test_every_period_of_an_election_has_a_crash_and_a_partition(work: Work) -> None:
    """Both are over before the next of their kind and before the end."""
    for seed in range(200):
        found = outages(seed, work)
        crashes = [each for each in found if not each.right]
        splits = [each for each in found if each.right]
        assert len(crashes) == len(splits) == max(1, work.seconds // 2)
        for same in (crashes, splits):
            ends_s = [each.end_s for each in same]
            begins_s = [each.start_s for each in same]
            assert all(end <= begin for end, begin in zip(ends_s, begins_s[1:], strict=False))
            assert ends_s[-1] <= work.seconds


def test_the_same_election_has_leaders_as_a_protocol_file_and_as_the_peers_program() -> None:
    """Crashes and partitions alike, some node leads in both."""
    for seed in range(3):
        assert practicum.perform(SHORT, seed) > 0
        assert perform(practicum_asyncio.run, SHORT, seed) > 0


def test_the_results_say_which_election_it_is() -> None:
    """Timeouts, heartbeats and faults stand in one line."""
    (line,) = (each for each in definitions().splitlines() if "election" in each)
    for words in ("150 to 300 ms", "heartbeat every 50 ms", "one node crashes", "two are cut off"):
        assert words in line


@pytest.mark.usefixtures("collector")
def test_traced_and_plain_runs_of_the_same_seeds_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each takes its time, and both do the same."""
    monkeypatch.setitem(tracing.CPU_S, "election", 0.05)
    found = tracing.compare(SHORT)
    assert found["seeds"] >= 1
    assert min(found["plain_s"], found["traced_s"]) > 0


@pytest.mark.usefixtures("collector")
def test_memory_is_read_after_every_so_many_seeds() -> None:
    """As often as asked for, and never beyond the peak."""
    found = resident.grow(6, 2)
    assert len(found["resident_mb"]) == len(found["peak_mb"]) == 3
    assert all(
        0 < now <= peak + 1
        for now, peak in zip(found["resident_mb"], found["peak_mb"], strict=True)
    )
