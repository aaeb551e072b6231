"""The machine is watched from outside: what the kernel tells, and what our own waits show."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from practicum.labs.check.machine import (
    CpuTimes,
    MachineSeen,
    as_figures,
    read_cpu,
    read_running,
    sync_ms,
    watching,
)

STAT = """cpu  100 5 50 800 40 2 3 7 90 1
cpu0 50 2 25 400 20 1 1 3 45 0
intr 12345 0 0
ctxt 99
procs_running 5
procs_blocked 1
"""
WELL = MachineSeen(
    seconds=5.0,
    cores=2,
    running_per_core=1.5,
    load_per_core=1.0,
    steal=0.01,
    iowait=0.1,
    late_share=0.01,
    late_ms_max=120.0,
    disk_ms=8.0,
    clock_jump_s=0.001,
)


def test_the_kernels_figures_are_read() -> None:
    """Guest time is part of user time, and not counted twice; we ourselves do not count."""
    assert read_cpu(STAT) == CpuTimes(1007, 40, 7)
    assert read_running(STAT) == 4


@pytest.mark.parametrize("text", ["", "cpu 1 2 3\n", "procs_running 0\n"])
def test_a_kernel_that_tells_less_is_no_trouble(text: str) -> None:
    """What is not there is nothing."""
    assert read_cpu(text).steal == 0
    assert read_running(text) == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("running_per_core", 8.0, "8.0 processes wanted each of the 2 processors"),
        ("steal", 0.3, "30% of the processor time"),
        ("iowait", 0.6, "60% of the time"),
        ("late_share", 0.5, "50% of the moments"),
        ("disk_ms", 900.0, "900 ms to make a write safe"),
        ("clock_jump_s", 3600.0, "jumped by 3600.0 s"),
    ],
)
def test_each_trouble_is_told_in_words(field: str, value: float, words: str) -> None:
    """A machine that is well has none."""
    assert WELL.troubles == ()
    (trouble,) = msgspec.structs.replace(WELL, **{field: value}).troubles
    assert words in trouble


async def test_a_loop_that_is_held_up_shows(tmp_path: Path) -> None:
    """Every wake-up of ours is late while something blocks the loop."""
    async with watching(tmp_path) as watch:
        for _ in range(4):
            time.sleep(0.3)  # noqa: ASYNC251
            await asyncio.sleep(0)
        await asyncio.sleep(0.06)
        seen = watch.seen()
    assert seen.late_ms_max > 150
    assert seen.late_share > 0
    assert seen.cores >= 1
    assert set(as_figures(seen)) >= {"steal", "iowait", "disk_ms"}


def test_a_folder_that_cannot_be_written_is_no_measurement(tmp_path: Path) -> None:
    """And no error."""
    assert sync_ms(tmp_path) > 0
    assert sync_ms(tmp_path / "nowhere") == 0
