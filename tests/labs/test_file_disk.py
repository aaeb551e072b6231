"""A node's disk in a file: it says what a simulated one says, and survives being killed."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from practicum.labs.real_world.disk import FileDisk
from practicum.simulation.disk import Disk, DiskError, Platter

NAMES = st.sampled_from(["a", "b"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=5,
)
WRITES = st.lists(st.tuples(st.just("write") | st.just("append"), NAMES, VALUES), max_size=12)


def opened(path: Path) -> FileDisk:
    """A disk without faults."""
    return FileDisk(path, random.Random(1), lambda: None)


def simulated() -> Disk:
    """A simulated disk of a node that lives."""
    node = SimpleNamespace(
        name="n1",
        domain=SimpleNamespace(alive=True),
        around=SimpleNamespace(tell=lambda *_: None),
    )
    return Disk(Platter("1"), node, 0.0)


def apply(disk: Disk, writes: list[tuple[str, str, Any]]) -> None:
    """Do what can be done: a list alone can be appended to."""
    for what, name, value in writes:
        if what == "write":
            disk.write(name, value)
        elif isinstance(disk.read(name, []), list):
            disk.append(name, value)


@given(writes=WRITES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_it_reads_as_a_simulated_disk_does(tmp_path: Path, writes: Any) -> None:
    """Before and after it is opened again."""
    path = tmp_path / "disk"
    path.unlink(missing_ok=True)
    disk, other = opened(path), simulated()
    apply(disk, writes)
    apply(other, writes)
    for name in ("a", "b"):
        assert (
            disk.read(name, "none") == other.read(name, "none") == opened(path).read(name, "none")
        )


@given(writes=WRITES, cut=st.integers(1, 8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_write_that_was_cut_off_never_was(tmp_path: Path, writes: Any, cut: int) -> None:
    """And what comes after it can be read."""
    path = tmp_path / "disk"
    path.unlink(missing_ok=True)
    disk = opened(path)
    apply(disk, writes)
    before = disk.read("a", "none")
    disk.write("a", "the last")
    path.write_bytes(path.read_bytes()[:-cut])
    again = opened(path)
    assert again.read("a", "none") == before
    again.write("b", "next")
    assert opened(path).read("b") == "next"


def test_what_is_read_is_ones_own(tmp_path: Path) -> None:
    """To change it changes nothing on the disk."""
    disk = opened(tmp_path / "disk")
    written = [1]
    disk.write("a", written)
    written.append(2)
    disk.read("a").append(3)
    assert disk.read("a") == [1]


async def test_a_disk_that_refuses_has_done_nothing(tmp_path: Path) -> None:
    """Neither a write nor a sync, and each refusal is told."""
    refused: list[None] = []
    disk = FileDisk(tmp_path / "disk", random.Random(1), lambda: refused.append(None))
    disk.errors = 1.0
    with pytest.raises(DiskError):
        disk.write("a", 1)
    with pytest.raises(DiskError):
        await disk.sync()
    assert (len(refused), disk.read("a", "none")) == (2, "none")
