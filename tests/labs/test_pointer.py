"""The module that a learner points at, and the labs that she has passed."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import msgspec
import pytest

from practicum.labs.workspace.pointer import (
    FILE,
    Pointer,
    clear_pointer,
    passed_labs,
    read_pointer,
    write_pointer,
)
from practicum.labs.workspace.state import HIDDEN, Memory, State
from practicum.servers.home import RangeError

POINTER = Pointer(module="microservices/events", since=dt.date(2026, 11, 21))


def test_what_was_pointed_at_is_found_again(tmp_path: Path) -> None:
    """In a home that is made if need be; and no longer when it was cleared."""
    home = tmp_path / "new" / "home"
    assert read_pointer(home) is None
    write_pointer(home, POINTER)
    assert read_pointer(home) == POINTER
    clear_pointer(home)
    clear_pointer(home)
    assert read_pointer(home) is None


def test_a_write_that_is_cut_off_leaves_the_old_pointer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, and no half file beside it."""
    write_pointer(tmp_path, POINTER)

    def cut(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(RangeError, match="no space left"):
        write_pointer(tmp_path, msgspec.structs.replace(POINTER, module="pillars/flow-control"))
    monkeypatch.undo()
    assert read_pointer(tmp_path) == POINTER
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "said", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"module": "a/b", "since": "2026-13-01"}']
)
def test_a_pointer_that_cannot_be_read_says_how_to_mend_it(tmp_path: Path, said: bytes) -> None:
    """By its path."""
    (tmp_path / FILE).write_bytes(said)
    with pytest.raises(RangeError, match=f"{FILE}.*practicum current MODULE"):
        read_pointer(tmp_path)


def test_a_pointer_of_a_newer_practicum_is_left_alone(tmp_path: Path) -> None:
    """Its form may mean something else."""
    write_pointer(tmp_path, msgspec.structs.replace(POINTER, schema=99))
    with pytest.raises(RangeError, match="version 99"):
        read_pointer(tmp_path)


def test_only_labs_whose_workspace_says_so_have_passed(tmp_path: Path) -> None:
    """Not one that was only begun, nor one that cannot be read, nor one never started."""
    for lab, passed_at in (("a/b/passed", "2026-11-20T10:00:00Z"), ("a/b/begun", "")):
        place = tmp_path / "workspaces" / lab
        (place / HIDDEN).mkdir(parents=True)
        Memory(place).save(
            State(
                lab_id=lab,
                lab_version=1,
                lab_sha256="",
                base="",
                started_at="2026-11-20T09:00:00Z",
                passed_at=passed_at,
            )
        )
    broken = tmp_path / "workspaces" / "a/b/broken" / HIDDEN
    broken.mkdir(parents=True)
    (broken / "state.json").write_text("{")
    labs = ["a/b/passed", "a/b/begun", "a/b/broken", "a/b/never"]
    assert passed_labs(tmp_path, labs) == {"a/b/passed": "2026-11-20T10:00:00Z"}
