"""What a lab's range remembers survives kills; two checks never have it at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from practicum.labs.check.files import copy_files, digest_of, hashes_of
from practicum.labs.check.memory import FILE, Memory, alone, recall, remember
from practicum.servers.home import RangeError

HOLD = """
import sys, pathlib, time
from practicum.labs.check.memory import alone
with alone(pathlib.Path(sys.argv[1]), "lab-x"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    """Whole."""
    memory = Memory(
        manifest="m",
        shelves_used=3,
        supervisor=9,
        loaded={"payment": {"a.b": "/x/b.py"}},
        proofs={"k": 1.5},
    )
    remember(tmp_path, memory)
    assert recall(tmp_path) == memory


def test_a_range_without_a_memory_is_one_that_nothing_is_known_of(tmp_path: Path) -> None:
    """Also while there is no folder at all."""
    assert recall(tmp_path) == recall(tmp_path / "nowhere") == Memory()


def test_half_a_memory_is_none(tmp_path: Path) -> None:
    """As a disk that was full may leave it."""
    remember(tmp_path, Memory(shelves_used=3))
    whole = (tmp_path / FILE).read_bytes()
    for length in range(len(whole)):
        (tmp_path / FILE).write_bytes(whole[:length])
        assert recall(tmp_path) == Memory()


def test_a_second_check_of_a_range_is_told_to_wait(tmp_path: Path) -> None:
    """Until the first has ended; a check of another range is not concerned."""
    with alone(tmp_path, "lab-x"):
        with pytest.raises(RangeError, match="another check"), alone(tmp_path, "lab-x"):
            pass
        with alone(tmp_path, "lab-y"):
            pass
    with alone(tmp_path, "lab-x"):
        pass


def test_a_check_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """The lock ends with the process."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RangeError), alone(tmp_path, "lab-x"):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with alone(tmp_path, "lab-x"):
        pass


def test_a_running_service_does_not_see_later_edits(tmp_path: Path) -> None:
    """The copy is named by its content; the same content is copied once."""
    source, folder = tmp_path / "mine", tmp_path / "range"
    source.mkdir()
    folder.mkdir()
    (source / "a.py").write_text("one")
    first = copy_files(source, ["a.py"], folder)
    (source / "a.py").write_text("two")
    second = copy_files(source, ["a.py"], folder)
    assert (first.folder / "a.py").read_text() == "one"
    assert (second.folder / "a.py").read_text() == "two"
    assert first.digest != second.digest == digest_of(hashes_of(source, ["a.py"]))
    (source / "a.py").write_text("one")
    assert copy_files(source, ["a.py"], folder).folder == first.folder
    assert sorted(p.name for p in first.folder.parent.iterdir()) == sorted(
        {first.folder.name, second.folder.name}
    )
    line = f'File "{first.folder}/a.py", line 3'
    assert first.as_learner_knows(line) == f'File "{source}/a.py", line 3'


def test_files_that_vanish_are_told(tmp_path: Path) -> None:
    """By name, without a traceback."""
    with pytest.raises(RangeError, match=r"a\.py|No such file"):
        copy_files(tmp_path, ["a.py"], tmp_path)
