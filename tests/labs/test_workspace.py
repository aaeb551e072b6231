"""A learner's workspace: all or nothing, remembered, and nothing of hers is ever lost."""

from __future__ import annotations

import errno
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.test_library import COURSES, edit
from practicum.labs.lab import Lab, load_lab
from practicum.labs.workspace import replacing, state, workspace
from practicum.labs.workspace.merge3 import MINE
from practicum.labs.workspace.state import HIDDEN, Pending, WorkspaceError, sha256
from practicum.labs.workspace.workspace import Workspace, place_of
from practicum.servers.home import RangeError, write_atomically


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab that can be changed."""
    shutil.copytree(COURSES, tmp_path / "courses")
    return load_lab(tmp_path / "courses" / "practice" / "01-basics" / "labs" / "count-once")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home for workspaces."""
    return tmp_path / "home"


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, locks apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "lock" not in path.name
    }


def test_a_workspace_holds_what_is_edited_and_what_is_read(lab: Lab, home: Path) -> None:
    """The story comes without its hints; these are asked for."""
    mine, new = Workspace.start(home, lab)
    assert new
    assert mine.folder == home / "workspaces" / "practice" / "basics" / "count-once"
    visible = {path.name for path in mine.folder.iterdir() if not path.name.startswith(".")}
    assert visible == {"rules.py", "lab.md", "checks.py"}
    assert (mine.folder / "rules.py").read_bytes() == (lab.folder / "start/rules.py").read_bytes()
    story = (mine.folder / "lab.md").read_text()
    assert "The same message can come twice" not in story
    assert "## Hint 1 is not here: this is a comment." in story
    assert "`practicum lab hint count-once`" in story
    assert "## Predict\n\nHow many parcels" in story
    assert mine.edited() == []
    assert not mine.is_outdated


def test_starting_again_changes_nothing(lab: Lab, home: Path) -> None:
    """The learner's work is not overwritten."""
    mine, _ = Workspace.start(home, lab)
    (mine.folder / "rules.py").write_text("mine")
    mine.note_attempt()
    before = everything(home)
    again, new = Workspace.start(home, lab)
    assert not new
    assert everything(home) == before
    assert again.state.attempts == 1


def test_a_folder_that_is_no_workspace_is_left_alone(lab: Lab, home: Path) -> None:
    """It may be somebody's."""
    place = place_of(home, lab)
    place.mkdir(parents=True)
    (place / "rules.py").write_text("mine")
    with pytest.raises(WorkspaceError, match="it is no workspace"):
        Workspace.start(home, lab)
    assert (place / "rules.py").read_text() == "mine"
    with pytest.raises(WorkspaceError, match="practicum lab start count-once"):
        Workspace.open(home, lab)


def test_hints_come_one_by_one_and_are_remembered(lab: Lab, home: Path) -> None:
    """After the third the third again; earlier ones can be read again, later ones not."""
    mine, _ = Workspace.start(home, lab)
    with pytest.raises(WorkspaceError, match="hint 1 was not told yet"):
        mine.hint_again(1)
    assert mine.hint().text == "Who calls `count`, and how often?"
    told = Workspace.open(home, lab).hint()
    assert (told.number, told.text, told.left) == (2, "The same message can come twice.", 1)
    assert mine.hint_again(1).number == 1
    assert [mine.hint().number, mine.hint().number] == [3, 3]
    assert Workspace.open(home, lab).state.hints == 3


def test_the_difference_is_to_the_last_pass_or_else_to_the_start(lab: Lab, home: Path) -> None:
    """To what was checked then, not to what was saved later."""
    mine, _ = Workspace.start(home, lab)
    assert mine.diff() == []
    edit(mine.folder / "rules.py", "390 + 25 * pieces", "390 + 26 * pieces")
    lines = mine.diff()
    assert lines[:2] == ["--- start/rules.py", "+++ now/rules.py"]
    assert "-    return 390 + 25 * pieces" in lines
    checked = mine.files()
    edit(mine.folder / "rules.py", "26 * pieces", "27 * pieces")
    mine.note_pass(checked)
    lines = Workspace.open(home, lab).diff()
    assert lines[0] == "--- passed/rules.py"
    assert "-    return 390 + 26 * pieces" in lines
    assert "+    return 390 + 27 * pieces" in lines
    (mine.folder / "rules.py").unlink()
    assert all(line.startswith(("-", "+++", "@@")) for line in mine.diff())


def test_attempts_of_two_processes_are_all_counted(lab: Lab, home: Path) -> None:
    """Also when they end at the same moment."""
    Workspace.start(home, lab)

    def attempt() -> None:
        own = Workspace.open(home, lab)
        for _ in range(5):
            own.note_attempt()
            own.hint()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Workspace.open(home, lab).state.attempts == 20


def test_reset_keeps_what_was_edited_beside(lab: Lab, home: Path) -> None:
    """Notes in the story too; what was counted stays counted."""
    mine, _ = Workspace.start(home, lab)
    assert mine.reset() is None
    (mine.folder / "rules.py").write_text("mine")
    (mine.folder / "lab.md").write_text("my notes")
    mine.note_attempt()
    kept = mine.reset()
    assert kept is not None
    assert (kept / "rules.py").read_text() == "mine"
    assert (kept / "lab.md").read_text() == "my notes"
    assert mine.edited() == []
    assert mine.state.attempts == 1


def test_edited_checks_are_noticed(lab: Lab, home: Path) -> None:
    """They change nothing, and the learner is told."""
    mine, _ = Workspace.start(home, lab)
    assert not mine.checks_edited
    (mine.folder / "checks.py").write_text("def test_all(): pass")
    assert mine.checks_edited


def newer(lab: Lab, old: str, new: str) -> Lab:
    """The lab with another start file, one version later."""
    edit(lab.folder / "start" / "rules.py", old, new)
    edit(lab.folder / "lab.yaml", "minutes: 20", "minutes: 20\nversion: 2")
    (lab.folder / "checks.py").write_text((lab.folder / "checks.py").read_text() + "\n# new\n")
    return load_lab(lab.folder)


def test_a_newer_lab_is_noticed_and_merged_when_asked(lab: Lab, home: Path) -> None:
    """Both changes are in the file, the checks are the new ones, the old files are kept."""
    mine, _ = Workspace.start(home, lab)
    edit(mine.folder / "rules.py", "390 + 25 * pieces", "390 + 25 * (pieces)")
    old = (mine.folder / "rules.py").read_bytes()
    lab = newer(
        lab,
        '"""A parcel is booked once, sent once, and once cancelled stays so."""',
        '"""How we count parcels."""',
    )
    mine = Workspace.open(home, lab)
    assert mine.is_outdated
    assert (mine.folder / "rules.py").read_bytes() == old
    outcomes, kept = mine.merge()
    text = (mine.folder / "rules.py").read_text()
    assert '"""How we count parcels."""' in text
    assert "390 + 25 * (pieces)" in text
    assert {each.name: each.outcome for each in outcomes} == {
        "rules.py": "merged",
        "lab.md": "taken",
        "checks.py": "taken",
    }
    assert (mine.folder / "checks.py").read_text().endswith("# new\n")
    assert kept is not None
    assert (kept / "rules.py").read_bytes() == old
    assert not Workspace.open(home, lab).is_outdated
    assert Workspace.open(home, lab).state.lab_version == 2
    assert mine.edited() == ["rules.py"]


def test_a_clash_is_marked_and_its_lines_told(lab: Lab, home: Path) -> None:
    """The learner decides."""
    mine, _ = Workspace.start(home, lab)
    edit(mine.folder / "rules.py", "390 + 25 * pieces", "390 + 1")
    lab = newer(lab, "390 + 25 * pieces", "390 + 2")
    mine = Workspace.open(home, lab)
    outcomes, _ = mine.merge()
    (clash,) = [each for each in outcomes if each.outcome == "conflict"]
    ((first, last),) = clash.lines
    lines = (mine.folder / "rules.py").read_bytes().splitlines(keepends=True)
    assert lines[first - 1] == MINE
    assert lines[first] == b"    return 390 + 1\n"
    assert lines[last - 2] == b"    return 390 + 2\n"


def test_untouched_files_are_taken_anew_and_untouched_by_the_lab_are_kept(
    lab: Lab, home: Path
) -> None:
    """No markers where nobody clashes."""
    mine, _ = Workspace.start(home, lab)
    lab = newer(lab, "390 + 25 * pieces", "390 + 2")
    mine = Workspace.open(home, lab)
    outcomes, kept = mine.merge()
    assert {each.outcome for each in outcomes} == {"taken"}
    assert kept is None
    edit(mine.folder / "rules.py", "390 + 2", "390 + 3")
    outcomes, _ = mine.merge()
    assert {each.name: each.outcome for each in outcomes}["rules.py"] == "kept"
    assert "390 + 3" in (mine.folder / "rules.py").read_text()


class Killed(BaseException):
    """The process ends here, as far as the test is concerned."""


def failing_at(number: int, error: BaseException) -> Callable[[Path, bytes], None]:
    """Writing that fails at the given time."""
    left = [number]

    def write(path: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise error
        write_atomically(path, data)

    return write


def sabotage(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> None:
    """Let the workspace's ``number``-th write fail."""
    write = failing_at(number, error)
    for module in (state, replacing, workspace):
        monkeypatch.setattr(module, "write_atomically", write)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_full_disk_at_any_write_leaves_no_half_workspace(
    number: int, lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told plainly, and the next start works."""
    with monkeypatch.context() as patch:
        sabotage(patch, number, OSError(errno.ENOSPC, "No space left on device"))
        if number <= 7:
            with pytest.raises(RangeError, match="no space left"):
                Workspace.start(home, lab)
            assert not place_of(home, lab).exists()
    _, new = Workspace.start(home, lab)
    assert new
    left = [path.name for path in place_of(home, lab).parent.iterdir()]
    assert sorted(left) == [".count-once.lock", "count-once"]


@pytest.mark.parametrize("number", range(1, 14))
def test_a_merge_that_is_killed_anywhere_is_finished_or_never_was(
    number: int, lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next who opens the workspace finds either; merging again gives no second markers."""
    mine, _ = Workspace.start(home, lab)
    edit(mine.folder / "rules.py", "390 + 25 * pieces", "390 + 1")
    before = (mine.folder / "rules.py").read_bytes()
    lab = newer(lab, "390 + 25 * pieces", "390 + 2")
    mine = Workspace.open(home, lab)
    with monkeypatch.context() as patch:
        sabotage(patch, number, Killed())
        with pytest.raises(Killed):
            mine.merge()
    mine = Workspace.open(home, lab)
    if mine.is_outdated:
        assert (mine.folder / "rules.py").read_bytes() == before
        mine.merge()
    text = (mine.folder / "rules.py").read_bytes()
    assert text.count(MINE) == 1
    assert mine.state.pending is None
    copies = {path.name for path in (mine.folder / HIDDEN / "copies").iterdir()}
    assert len(copies) <= 3
    mine.merge()
    assert {path.name for path in (mine.folder / HIDDEN / "copies").iterdir()} == {mine.state.base}


def test_an_edit_in_the_middle_of_a_torn_replacement_is_kept(lab: Lab, home: Path) -> None:
    """The new file lies beside it."""
    mine, _ = Workspace.start(home, lab)
    memory = state.Memory(mine.folder)
    pending = Pending(copy=memory.keep({"rules.py": b"new"}), before={"rules.py": sha256(b"old")})
    memory.save(msgspec.structs.replace(mine.state, pending=pending))
    (mine.folder / "rules.py").write_bytes(b"edited meanwhile")
    mine = Workspace.open(home, lab)
    assert (mine.folder / "rules.py").read_bytes() == b"edited meanwhile"
    assert (mine.folder / "rules.py.new").read_bytes() == b"new"
    assert "rules.py.new holds the lab's version" in mine.told[0]


KILLED = """
import sys
from pathlib import Path
from practicum.labs.lab import load_lab
from practicum.labs.workspace.workspace import Workspace
from practicum.servers.home import write_atomically
home, lab = Path(sys.argv[1]), load_lab(Path(sys.argv[2]))
mine, _ = Workspace.start(home, lab)
print("ready", flush=True)
while True:
    mine.note_attempt()
    mine.note_pass({"rules.py": b"x" * 100_000})
    write_atomically(mine.folder / "rules.py", b"mine")
    mine.reset()
"""


def test_kill_9_at_any_moment_leaves_a_workspace_that_opens(lab: Lab, home: Path) -> None:
    """In the middle of attempts and resets, again and again."""
    for pause in (0.001, 0.004, 0.011, 0.023):
        victim = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(home), str(lab.folder)], stdout=subprocess.PIPE
        )
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"ready\n"
        threading.Event().wait(pause)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
        mine = Workspace.open(home, lab)
        assert mine.files()["rules.py"] in (b"mine", (lab.folder / "start/rules.py").read_bytes())
        assert mine.diff() is not None


def test_a_home_that_cannot_be_written_is_told(
    lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do."""
    sabotage(monkeypatch, 1, OSError(errno.EROFS, "Read-only file system", "/somewhere"))
    with pytest.raises(RangeError, match=r"/somewhere cannot be written .* set PRACTICUM_HOME"):
        Workspace.start(home, lab)


def test_a_state_that_cannot_be_read_is_told(lab: Lab, home: Path) -> None:
    """Broken, or of a later practicum; nothing is thrown away."""
    mine, _ = Workspace.start(home, lab)
    path = mine.folder / HIDDEN / "state.json"
    text = path.read_text()
    path.write_text(text.replace('"schema":1', '"schema":2'))
    with pytest.raises(WorkspaceError, match="is of version 2"):
        Workspace.open(home, lab)
    path.write_text("{")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Workspace.open(home, lab)
    path.write_text(text)
    (copy,) = (mine.folder / HIDDEN / "copies").iterdir()
    (copy / "rules.py").write_text("changed")
    with pytest.raises(WorkspaceError, match="was changed"):
        Workspace.open(home, lab).diff()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["edit", "pass", "fail", "reset", "merge", "hint", "lab"])))
def test_whatever_is_done_the_last_files_are_there_or_kept(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory, deeds: list[str]
) -> None:
    """Every text that was ever saved and replaced by us lies beside."""
    home = tmp_path_factory.mktemp("home")
    mine, _ = Workspace.start(home, lab)
    written, attempts = [], 0
    for number, deed in enumerate(deeds):
        mine = Workspace.open(home, lab)
        if deed == "edit":
            written = [f"# edit {number}\n".encode()]
            (mine.folder / "rules.py").write_bytes(written[0])
        elif deed in ("pass", "fail"):
            attempts += deed == "fail"
            mine.note_pass(mine.files()) if deed == "pass" else mine.note_attempt()
        elif deed == "lab":
            lab = msgspec.structs.replace(lab)
            (lab.folder / "start" / "rules.py").write_text(f"# lab {number}\n")
        else:
            getattr(mine, deed)()
        texts = set(everything(mine.folder.parent).values())
        assert all(any(text in there for there in texts) for text in written)
    assert Workspace.open(home, lab).state.attempts == attempts
